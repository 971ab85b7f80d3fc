// Errors as values. Nothing in Gnomon throws across a stage.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gnomon {

enum class StatusCode : unsigned char {
  kOk,
  kInvalidArgument,     // the caller's input is wrong: a bad flag, file, field
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,    // authenticated, but not allowed; or no rights to a file or interface
  kUnauthenticated,     // no valid credential
  kFailedPrecondition,  // not in a state for this, for example not enrolled
  kResourceExhausted,   // a bound was reached
  kConflict,            // the same name with other content
  kUnavailable,         // may pass by itself: retry with back-off
  kDataLoss,            // stored data is damaged
  kInternal,
};

// Stable lower-case name, for logs and JSON.
std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // True where the same call may succeed later without anything being changed.
  bool retryable() const { return code_ == StatusCode::kUnavailable; }
  // "message", or "ok".
  std::string ToString() const;
  // The same error with "prefix: " in front of its message.
  Status WithContext(std::string_view prefix) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status AlreadyExists(std::string message);
Status PermissionDenied(std::string message);
Status Unauthenticated(std::string message);
Status FailedPrecondition(std::string message);
Status ResourceExhausted(std::string message);
Status Conflict(std::string message);
Status Unavailable(std::string message);
Status DataLoss(std::string message);
Status Internal(std::string message);

// A value or the Status that says why there is none (std::expected is C++23).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}          // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) {}   // NOLINT: implicit by design; must not be ok

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status::Ok() : std::get<Status>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T& value() & { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace gnomon

// Returns from the enclosing function where `expr` (a Status) is an error.
#define GNOMON_RETURN_IF_ERROR(expr)                          \
  do {                                                        \
    if (::gnomon::Status gnomon_status_ = (expr); !gnomon_status_.ok()) return gnomon_status_; \
  } while (0)

#define GNOMON_CONCAT_INNER_(a, b) a##b
#define GNOMON_CONCAT_(a, b) GNOMON_CONCAT_INNER_(a, b)
// GNOMON_ASSIGN_OR_RETURN(auto x, F()): x = the value, or return the Status.
#define GNOMON_ASSIGN_OR_RETURN(lhs, expr) \
  GNOMON_ASSIGN_OR_RETURN_IMPL_(GNOMON_CONCAT_(gnomon_result_, __LINE__), lhs, expr)
#define GNOMON_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) return tmp.status();                 \
  lhs = std::move(tmp).value()

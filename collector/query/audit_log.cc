#include "collector/query/audit_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

namespace gnomon::query {
namespace {

// What an operator typed is kept as typed, up to this many bytes.
constexpr size_t kMaxWord = 64;

std::string FormatUtc(TimeUs time) {
  const std::time_t seconds = static_cast<std::time_t>(time / kSecondUs);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return Unavailable(std::string("the audit log: ") + std::strerror(errno));
    text.remove_prefix(static_cast<size_t>(put));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::Open(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return PermissionDenied(file.string() + ": " + std::strerror(errno));
  std::unique_ptr<AuditLog> log(new AuditLog(fd));
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(fd, &last, 1, size - 1) != 1) {
    return Internal(file.string() + ": cannot be read");
  }
  if (last != '\n') GNOMON_RETURN_IF_ERROR(WriteAll(fd, "\n"));
  return log;
}

AuditLog::~AuditLog() {
  ::close(fd_);
}

Status AuditLog::Append(const AuditEntry& entry) {
  nlohmann::ordered_json line;
  line["time"] = FormatUtc(entry.time);
  line["operator"] = entry.operator_name.substr(0, kMaxWord);
  line["role"] = entry.role.substr(0, kMaxWord);
  line["question"] = entry.question;
  if (entry.subject.empty()) line["month"] = entry.month.substr(0, kMaxWord);
  if (!entry.subject.empty()) line["subject"] = entry.subject.substr(0, kMaxWord);
  if (!entry.department.empty()) line["department"] = entry.department.substr(0, kMaxWord);
  line["outcome"] = entry.outcome.ok() ? "answered" : "refused";
  if (!entry.outcome.ok()) line["reason"] = StatusCodeName(entry.outcome.code());
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";

  const std::lock_guard lock(mutex_);
  GNOMON_RETURN_IF_ERROR(WriteAll(fd_, text));
  if (::fdatasync(fd_) != 0) {
    return Unavailable(std::string("the audit log: ") + std::strerror(errno));
  }
  return Status::Ok();
}

}  // namespace gnomon::query

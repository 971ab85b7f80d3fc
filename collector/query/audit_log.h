// Who asked what, and when: one JSON object a line, on the disk before the answer leaves.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::query {

struct AuditEntry {
  TimeUs time = 0;
  std::string operator_name;
  std::string role;
  std::string question;    // "departments", "services"
  std::string month;       // as asked
  std::string department;  // as asked; empty: all
  Status outcome;          // why it was refused, or ok
  std::string subject = {};  // what an action was about: a token's or operator's id, a device; empty: none
};

// Threads: safe.
class AuditLog {
 public:
  // Opens for appending, creates with mode 0600. A line that a crash cut short is ended first.
  static Result<std::unique_ptr<AuditLog>> Open(const std::filesystem::path& file);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Returns when the line is on the disk. On an error the question must not be answered.
  Status Append(const AuditEntry& entry);

 private:
  explicit AuditLog(int fd) : fd_(fd) {}
  std::mutex mutex_;
  const int fd_;
};

}  // namespace gnomon::query

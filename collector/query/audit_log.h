// Who asked what, and when: one JSON object a line, on the disk before the answer leaves. Each line carries a digest
// that ties it to the one before. docs/formats/audit.md
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "collector/query/audit_chain.h"

namespace gnomon::query {

struct AuditEntry {
  TimeUs time = 0;
  std::string operator_name;
  std::string role;
  std::string question;    // "departments", "services"
  std::string month;       // as asked
  std::string department;  // as asked; empty: all
  Status outcome;          // why it was refused, or ok
  std::string subject =
      {};  // what an action was about: a token's or operator's id, a device; empty: none
};

// Threads: safe; and several programs may append to one log, as gnomon-collector operator does beside a running collector.
class AuditLog {
 public:
  static constexpr uint64_t kPartBytes = 64 << 20;  // then the log goes on in a new file

  // Opens for appending, creates with mode 0600. What a crash cut short or somebody cut off is not mended but named by a
  // line of its own.
  static Result<std::unique_ptr<AuditLog>> Open(const std::filesystem::path& file,
                                                uint64_t part_bytes = kPartBytes);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // Returns when the line is on the disk. On an error the question must not be answered.
  Status Append(const AuditEntry& entry);

 private:
  AuditLog(std::filesystem::path file, uint64_t part_bytes)
      : file_(std::move(file)), part_bytes_(part_bytes) {}

  // Where another program wrote since, or nothing was read yet.
  Status CatchUp();
  Status ReadTail();
  Status WriteLine(nlohmann::ordered_json object);
  Status SaveHead();
  Status StartNewPart();
  Status Reopen();

  const std::filesystem::path file_;
  const uint64_t part_bytes_;
  std::mutex mutex_;  // guards what follows
  int fd_ = -1;
  int lock_fd_ = -1;  // the head's file: its lock is the lock of the log
  AuditHead head_;
  int64_t size_ = -1;  // of the file, after what this program has read or written
};

}  // namespace gnomon::query

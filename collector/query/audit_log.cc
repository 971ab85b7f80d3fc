#include "collector/query/audit_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/log.h"

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

// Lines are under 4 KiB: every word is bounded, and JSON makes at most six bytes of one.
constexpr int64_t kTailBytes = 64 << 10;

Result<std::string> ReadFrom(int fd, int64_t from, int64_t end) {
  std::string bytes(static_cast<size_t>(end - from), '\0');
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t read = ::pread(fd, bytes.data() + got, bytes.size() - got,
                                 from + static_cast<int64_t>(got));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return Unavailable("the audit log cannot be read");
    got += static_cast<size_t>(read);
  }
  return bytes;
}

// The last whole line of a file, and what stands behind it.
struct Tail {
  std::string line, torn;
};
Result<Tail> ReadTailOf(int fd, int64_t size) {
  Tail tail;
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFrom(fd, std::max<int64_t>(0, size - kTailBytes), size));
  const size_t end = bytes.rfind('\n');
  tail.torn = end == std::string::npos ? bytes : bytes.substr(end + 1);
  if (end == std::string::npos || end == 0) return tail;
  const size_t before = bytes.rfind('\n', end - 1);
  const size_t start = before == std::string::npos ? 0 : before + 1;
  tail.line = bytes.substr(start, end - start);
  return tail;
}

uint64_t NumberOf(const std::string& object) {
  const auto json = nlohmann::json::parse(object, nullptr, false);
  if (!json.is_object() || !json.contains("n") || !json["n"].is_number_unsigned()) return 0;
  return json["n"].get<uint64_t>();
}

class FileLock {
 public:
  explicit FileLock(int fd) : fd_(fd) {
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FileLock() { ::flock(fd_, LOCK_UN); }
  FileLock(const FileLock&) = delete;

 private:
  const int fd_;
};

}  // namespace

Result<std::unique_ptr<AuditLog>> AuditLog::Open(const std::filesystem::path& file,
                                                 uint64_t part_bytes) {
  std::unique_ptr<AuditLog> log(new AuditLog(file, part_bytes));
  const std::lock_guard lock(log->mutex_);
  const std::filesystem::path head = HeadFile(file);
  log->lock_fd_ = ::open(head.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (log->lock_fd_ < 0) return PermissionDenied(head.string() + ": " + std::strerror(errno));
  const FileLock exclusive(log->lock_fd_);
  GNOMON_RETURN_IF_ERROR(log->Reopen());
  GNOMON_RETURN_IF_ERROR(log->CatchUp());
  return log;
}

AuditLog::~AuditLog() {
  if (fd_ >= 0) ::close(fd_);
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Status AuditLog::Reopen() {
  if (fd_ >= 0) ::close(fd_);
  size_ = -1;
  fd_ = ::open(file_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return PermissionDenied(file_.string() + ": " + std::strerror(errno));
  return Status::Ok();
}

Status AuditLog::CatchUp() {
  struct stat open_file {}, named {};
  if (::fstat(fd_, &open_file) != 0) return Unavailable("the audit log cannot be read");
  if (::stat(file_.c_str(), &named) != 0 || named.st_ino != open_file.st_ino) {
    GNOMON_RETURN_IF_ERROR(Reopen());
    if (::fstat(fd_, &open_file) != 0) return Unavailable("the audit log cannot be read");
  }
  if (open_file.st_size == size_) return Status::Ok();
  size_ = open_file.st_size;
  const Status read = ReadTail();
  if (!read.ok()) size_ = -1;  // read it again before the next line
  return read;
}

Status AuditLog::ReadTail() {
  GNOMON_ASSIGN_OR_RETURN(const Tail tail, ReadTailOf(fd_, size_));
  AuditHead last;
  bool older = false;  // lines from before there was a chain
  if (!tail.line.empty()) {
    const AuditLine line = SplitLine(tail.line);
    older = !line.chained;
    if (line.chained) last = {NumberOf(line.object), line.chain};
  } else if (const auto parts = AuditParts(file_); parts.size() > 1) {
    const int fd = ::open(parts[parts.size() - 2].c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return Unavailable("the audit log's last part cannot be opened");
    const auto part = ReadTailOf(fd, ::lseek(fd, 0, SEEK_END));
    ::close(fd);
    GNOMON_RETURN_IF_ERROR(part.status());
    const AuditLine line = SplitLine(part->line);
    if (line.chained) last = {NumberOf(line.object), line.chain};
  }
  std::string text(128, '\0');
  const ssize_t got = ::pread(lock_fd_, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  const Result<AuditHead> saved = ParseHead(text);
  head_ = last;
  nlohmann::ordered_json event;
  if (!tail.torn.empty()) {
    GNOMON_RETURN_IF_ERROR(WriteAll(fd_, "\n"));
    size_ += 1;
    event = {{"event", "torn_line"},
             {"bytes", tail.torn.size()},
             {"digest", AuditDigest(tail.torn)}};
    if (!older && (!saved.ok() || saved->number <= head_.number)) return WriteLine(event);
  }
  if (older) {
    GNOMON_ASSIGN_OR_RETURN(const std::string all, ReadFrom(fd_, 0, size_));
    event = {{"event", "chain_begins"}, {"bytes", all.size()}, {"digest", AuditDigest(all)}};
    return WriteLine(event);
  }
  if (saved.ok() && saved->number > head_.number) {
    event = {{"event", "lines_missing"},
             {"from", head_.number + 1},
             {"to", saved->number},
             {"after", saved->chain}};
    log::Error("audit_lines_missing", {{"lines", saved->number - head_.number}});
    head_ = *saved;
    return WriteLine(event);
  }
  return Status::Ok();
}

Status AuditLog::WriteLine(nlohmann::ordered_json object) {
  nlohmann::ordered_json numbered = {{"n", head_.number + 1}};
  numbered.update(object);
  AuditHead next = head_;
  const std::string line =
      TieLine(numbered.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), next) + "\n";
  if (Status status = WriteAll(fd_, line); !status.ok()) {
    size_ = -1;  // a part of it may be there
    return status;
  }
  size_ += static_cast<int64_t>(line.size());
  head_ = next;
  if (::fdatasync(fd_) != 0) {
    return Unavailable(std::string("the audit log: ") + std::strerror(errno));
  }
  return SaveHead();
}

Status AuditLog::SaveHead() {
  const std::string text = RenderHead(head_);
  if (::pwrite(lock_fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fdatasync(lock_fd_) != 0) {
    return Unavailable(std::string("the audit log's head: ") + std::strerror(errno));
  }
  return Status::Ok();
}

Status AuditLog::StartNewPart() {
  std::error_code error;
  std::filesystem::rename(file_, PartName(file_, head_.number), error);
  if (error) return Unavailable("the audit log: " + error.message());
  const AuditHead head = head_;
  GNOMON_RETURN_IF_ERROR(Reopen());
  head_ = head;
  size_ = 0;
  return Status::Ok();
}

Status AuditLog::Append(const AuditEntry& entry) {
  nlohmann::ordered_json line;
  line["time"] = FormatUtc(entry.time);
  line["operator"] = entry.operator_name.substr(0, kMaxWord);
  line["role"] = entry.role.substr(0, kMaxWord);
  line["question"] = entry.question.substr(0, kMaxWord);
  if (entry.subject.empty()) line["month"] = entry.month.substr(0, kMaxWord);
  if (!entry.subject.empty()) line["subject"] = entry.subject.substr(0, kMaxWord);
  if (!entry.department.empty()) line["department"] = entry.department.substr(0, kMaxWord);
  line["outcome"] = entry.outcome.ok() ? "answered" : "refused";
  if (!entry.outcome.ok()) line["reason"] = StatusCodeName(entry.outcome.code());

  const std::lock_guard lock(mutex_);
  const FileLock exclusive(lock_fd_);
  GNOMON_RETURN_IF_ERROR(CatchUp());
  if (size_ > 0 && static_cast<uint64_t>(size_) >= part_bytes_) GNOMON_RETURN_IF_ERROR(StartNewPart());
  return WriteLine(std::move(line));
}

}  // namespace gnomon::query

#include "collector/query/audit_reader.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/clock.h"
#include "base/file.h"

namespace gnomon::query {
namespace {

// A line of the log is under 4 KiB; what is longer was not written by it.
constexpr size_t kMaxLine = 64 << 10;

// What there is to read, as of one moment between two lines.
struct Snapshot {
  std::vector<std::filesystem::path> parts;
  std::ifstream last;
  uint64_t last_bytes = 0;
  Result<AuditHead> head = AuditHead{};
};

Result<Snapshot> TakeSnapshot(const std::filesystem::path& log) {
  Snapshot snapshot;
  const int lock = ::open(HeadFile(log).c_str(), O_RDONLY | O_CLOEXEC);
  if (lock >= 0) ::flock(lock, LOCK_SH);  // given back by close
  snapshot.parts = AuditParts(log);
  snapshot.last.open(log, std::ios::binary);
  struct stat info {};
  if (::stat(log.c_str(), &info) == 0) snapshot.last_bytes = static_cast<uint64_t>(info.st_size);
  const Result<std::string> head = ReadFile(HeadFile(log), 4096);
  snapshot.head = head.ok() ? ParseHead(*head) : head.status();
  if (lock >= 0) ::close(lock);
  return snapshot;
}

// One line of at most kMaxLine bytes, without line feed; longer ones come in pieces. `left` are the bytes that may be read.
bool NextLine(std::istream& in, uint64_t& left, std::string& line, bool& whole) {
  line.clear();
  whole = false;
  std::streambuf* bytes = in.rdbuf();
  while (left > 0 && line.size() < kMaxLine) {
    const int c = bytes->sbumpc();
    if (c == std::char_traits<char>::eof()) break;
    --left;
    if (c == '\n') {
      whole = true;
      return true;
    }
    line.push_back(static_cast<char>(c));
  }
  return !line.empty();
}

// visit: bool(size_t part, const std::string& line, bool whole); false ends it.
template <typename Visit>
Status ForEachLine(Snapshot& snapshot, size_t first_part, Visit&& visit) {
  std::string line;
  bool whole = false;
  for (size_t i = first_part; i < snapshot.parts.size(); ++i) {
    const bool last = i + 1 == snapshot.parts.size();
    std::ifstream part;
    if (!last) {
      part.open(snapshot.parts[i], std::ios::binary);
      if (!part) return Unavailable("a part of the audit log cannot be read");
    }
    std::istream& in = last ? static_cast<std::istream&>(snapshot.last) : part;
    uint64_t left = last ? snapshot.last_bytes : UINT64_MAX;
    while (NextLine(in, left, line, whole)) {
      if (!visit(i, line, whole)) return Status::Ok();
    }
  }
  return Status::Ok();
}

nlohmann::json ParseObject(const std::string& text) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_object() ? json : nlohmann::json::object();
}
uint64_t Number(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}
std::string Word(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

v1::AuditEntry ToEntry(const nlohmann::json& json) {
  v1::AuditEntry entry;
  entry.set_number(Number(json, "n"));
  entry.set_time(Word(json, "time"));
  entry.set_operator_(Word(json, "operator"));
  entry.set_role(Word(json, "role"));
  entry.set_question(Word(json, "question"));
  entry.set_month(Word(json, "month"));
  entry.set_department(Word(json, "department"));
  entry.set_subject(Word(json, "subject"));
  entry.set_outcome(Word(json, "outcome"));
  entry.set_reason(Word(json, "reason"));
  entry.set_event(Word(json, "event"));
  return entry;
}

// Lines from..to of a list in a sentence.
std::string Lines(uint64_t from, uint64_t to) {
  return from == to ? "line " + std::to_string(from)
                    : "lines " + std::to_string(from) + " to " + std::to_string(to);
}

class Verifier {
 public:
  Verifier(std::optional<AuditHead> seen) : seen_(std::move(seen)) {}

  void Take(size_t part, const std::string& line, bool whole) {
    if (part != part_) {
      ReportStray();
      part_ = part;
    }
    const AuditLine parts = whole ? SplitLine(line) : AuditLine{};
    if (!parts.chained) {
      stray_ += line;
      if (whole) stray_ += "\n";
      return;
    }
    ++lines_;
    const auto json = ParseObject(parts.object);
    const uint64_t number = Number(json, "n");
    const std::string event = Word(json, "event");
    CheckStray(event, json);
    if (event == "lines_missing") {
      Find(Lines(Number(json, "from"), Number(json, "to")) + " cut off before line " +
           std::to_string(number));
      head_ = {Number(json, "to"), Word(json, "after")};
    }
    if (number > head_.number + 1) {
      Find(Lines(head_.number + 1, number - 1) + " missing");
    } else if (number != head_.number + 1) {
      Find("line " + std::to_string(number) + " stands behind line " + std::to_string(head_.number));
    } else if (!Follows(parts, head_.chain)) {
      Find("line " + std::to_string(number) +
           " does not follow from the line before: one of the two was changed");
    }
    head_ = {number, parts.chain};
    if (seen_ && seen_->number == number) {
      met_ = true;
      if (seen_->chain != parts.chain) {
        Find("line " + std::to_string(number) +
             " is not the one that was seen: the log was written anew");
      }
    }
  }

  v1::VerifyAuditResponse Finish(const Result<AuditHead>& saved) {
    ReportStray();
    if (!saved.ok()) {
      if (lines_ > 0) Find("the head beside the log is missing or damaged: lines cut off would not show");
    } else if (saved->number > head_.number) {
      Find(Lines(head_.number + 1, saved->number) + ", the last, cut off");
    } else if (saved->number + 1 < head_.number) {
      Find("the head beside the log is older than the log: it was put back");
    } else if (saved->number == head_.number && saved->chain != head_.chain) {
      Find("the last line is not the one that the head beside the log names");
    }
    if (seen_ && seen_->number > 0 && !met_) {
      Find("the log has no line " + std::to_string(seen_->number) + " any more, which was seen");
    }
    answer_.set_lines(lines_);
    answer_.mutable_head()->set_number(head_.number);
    answer_.mutable_head()->set_chain(head_.chain);
    return std::move(answer_);
  }

 private:
  void Find(std::string finding) {
    if (answer_.findings_size() < kMaxAuditFindings) answer_.add_findings(std::move(finding));
  }

  // Bytes that are no line of the chain: named by the line behind them, or put there.
  void CheckStray(const std::string& event, const nlohmann::json& json) {
    if (event == "torn_line" || event == "chain_begins") {
      // The line feed behind a torn line is not of it.
      if (event == "torn_line" && !stray_.empty()) stray_.pop_back();
      const bool first = event == "torn_line" || lines_ == 1;
      if (!first || AuditDigest(stray_) != Word(json, "digest")) {
        Find("what stands before line " + std::to_string(Number(json, "n")) + " was changed");
      }
      stray_.clear();
      return;
    }
    ReportStray();
  }
  void ReportStray() {
    if (stray_.empty()) return;
    Find(std::to_string(stray_.size()) + " bytes behind line " + std::to_string(head_.number) +
         " are no line of the log");
    stray_.clear();
  }

  const std::optional<AuditHead> seen_;
  v1::VerifyAuditResponse answer_;
  AuditHead head_;
  std::string stray_;
  size_t part_ = 0;
  uint64_t lines_ = 0;
  bool met_ = false;
};

}  // namespace

Result<v1::ListAuditResponse> ReadAuditPage(const std::filesystem::path& log,
                                            const v1::ListAuditRequest& request) {
  if (!request.since().empty()) {
    GNOMON_RETURN_IF_ERROR(ParseDay(request.since()).status().WithContext("since"));
  }
  GNOMON_ASSIGN_OR_RETURN(Snapshot snapshot, TakeSnapshot(log));
  // A part is named by its last line.
  size_t first = 0;
  while (first + 1 < snapshot.parts.size() &&
         std::strtoull(snapshot.parts[first].extension().c_str() + 1, nullptr, 10) <=
             request.after()) {
    ++first;
  }
  v1::ListAuditResponse page;
  page.set_last(request.after());
  const auto visit = [&](size_t, const std::string& line, bool whole) {
    const AuditLine parts = whole ? SplitLine(line) : AuditLine{};
    if (!parts.chained) return true;
    v1::AuditEntry entry = ToEntry(ParseObject(parts.object));
    if (entry.number() <= request.after()) return true;
    if (page.entries_size() == kAuditPage) {
      page.set_more(true);
      return false;
    }
    page.set_last(entry.number());
    const bool wanted = (request.operator_().empty() || entry.operator_() == request.operator_()) &&
                        (request.since().empty() || entry.time() >= request.since() ||
                         (entry.time().empty() && request.operator_().empty()));
    if (wanted) *page.add_entries() = std::move(entry);
    return true;
  };
  GNOMON_RETURN_IF_ERROR(ForEachLine(snapshot, first, visit));
  return page;
}

Result<v1::VerifyAuditResponse> VerifyAuditLog(const std::filesystem::path& log,
                                               const std::optional<AuditHead>& seen) {
  GNOMON_ASSIGN_OR_RETURN(Snapshot snapshot, TakeSnapshot(log));
  Verifier verifier(seen);
  GNOMON_RETURN_IF_ERROR(
      ForEachLine(snapshot, 0, [&](size_t part, const std::string& line, bool whole) {
        verifier.Take(part, line, whole);
        return true;
      }));
  return verifier.Finish(snapshot.head);
}

}  // namespace gnomon::query

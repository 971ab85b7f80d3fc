// What `inspect --watch` knows: events reduced to a row a service and a log. It has no clock and no
// screen; the renderer (watch_screen.h) reads it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/classify/sighting.h"
#include "agent/sessionise/events.h"
#include "catalogue/table.h"

namespace gnomon::inspect {

// Server bytes a bucket, newest last: five minutes.
inline constexpr TimeUs kBucketUs = 5 * kSecondUs;
inline constexpr size_t kBuckets = 60;
// An answer pauses for up to seconds (docs/turns.md); most gaps in it are below one and a half.
inline constexpr TimeUs kStreamingUs = 3 * kSecondUs / 2;

// Server packets up to this size are keep-alives (docs/turns.md) and no answer.
inline constexpr uint32_t kKeepAliveBytes = 40;
// A visit ends after five minutes without use.
inline constexpr TimeUs kOpenUs = 300 * kSecondUs;

enum class Activity { kStreaming, kOpen, kIdle };

struct WatchRow {
  catalogue::ServiceIndex service = catalogue::kNoService;
  std::string name;
  v1::Client client = v1::CLIENT_UNKNOWN;  // of the last use
  uint32_t clients = 0;                    // bit i: v1::Client i was seen
  uint64_t visits = 0;                     // that are over
  uint64_t turns = 0;
  uint64_t automated = 0;  // of them
  uint64_t uploads = 0;
  TimeUs answering = 0;  // time with an answer arriving, over all turns
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  TimeUs last_data = 0;    // either way
  TimeUs last_answer = 0;  // from the server
  int64_t newest_bucket = 0;
  std::array<uint64_t, kBuckets> buckets{};  // ring, by bucket number
};

enum class WatchEventKind { kTurn, kUpload, kVisit };

struct WatchEvent {
  TimeUs time = 0;
  WatchEventKind kind = WatchEventKind::kTurn;
  std::string service;  // its name
  std::string host;
  std::string detail;
};

enum class WatchSort { kRecent, kTurns, kBytes, kName };
WatchSort NextSort(WatchSort sort);
const char* SortName(WatchSort sort);

class WatchState : public classify::SightingSink, public sessionise::SessionSink {
 public:
  // Bounds: rows are those of the catalogue's services, the log keeps its newest.
  static constexpr size_t kMaxEvents = 256;

  explicit WatchState(std::shared_ptr<const catalogue::Table> table) : table_(std::move(table)) {}

  void Consume(const classify::Sighting& sighting) override;
  void Consume(const sessionise::SessionEvent& event) override;
  // Time passes, with or without traffic.
  void AdvanceTo(TimeUs now);

  TimeUs now() const { return now_; }
  TimeUs since() const { return since_; }
  uint64_t turns() const { return turns_; }
  uint64_t uploads() const { return uploads_; }
  const std::deque<WatchEvent>& events() const { return events_; }  // newest last
  std::vector<const WatchRow*> Rows(WatchSort sort) const;
  Activity ActivityOf(const WatchRow& row) const;
  // Server bytes a second over the last two buckets.
  uint64_t RateOf(const WatchRow& row) const;
  // The last `count` buckets, oldest first, up to now.
  std::vector<uint64_t> History(const WatchRow& row, size_t count) const;

 private:
  WatchRow* RowOf(catalogue::ServiceIndex service);
  void Log(TimeUs time, WatchEventKind kind, catalogue::ServiceIndex service,
           const std::string& host, std::string detail);

  std::shared_ptr<const catalogue::Table> table_;
  std::map<catalogue::ServiceIndex, WatchRow> rows_;
  std::deque<WatchEvent> events_;
  uint64_t turns_ = 0;
  uint64_t uploads_ = 0;
  TimeUs since_ = 0;
  TimeUs now_ = 0;
};

}  // namespace gnomon::inspect

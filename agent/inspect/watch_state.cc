#include "agent/inspect/watch_state.h"

#include <algorithm>

#include "agent/inspect/words.h"

namespace gnomon::inspect {

using classify::Sighting;
using classify::SightingKind;

WatchSort NextSort(WatchSort sort) {
  switch (sort) {
    case WatchSort::kRecent:
      return WatchSort::kTurns;
    case WatchSort::kTurns:
      return WatchSort::kBytes;
    case WatchSort::kBytes:
      return WatchSort::kName;
    case WatchSort::kName:
      break;
  }
  return WatchSort::kRecent;
}

const char* SortName(WatchSort sort) {
  switch (sort) {
    case WatchSort::kRecent:
      return "recent";
    case WatchSort::kTurns:
      return "turns";
    case WatchSort::kBytes:
      return "bytes";
    case WatchSort::kName:
      break;
  }
  return "name";
}

WatchRow* WatchState::RowOf(catalogue::ServiceIndex service) {
  if (!table_ || service >= table_->service_count()) return nullptr;
  const auto [found, made] = rows_.try_emplace(service);
  if (made) {
    found->second.service = service;
    found->second.name = table_->service(service).name();
  }
  return &found->second;
}

void WatchState::AdvanceTo(TimeUs now) {
  if (since_ == 0) since_ = now;
  // A clock that was set back goes on from there.
  if (now + 5 * kSecondUs < now_) since_ = now - (now_ - since_);
  now_ = now;
}

void WatchState::Consume(const Sighting& s) {
  if (s.time > now_ || now_ == 0) AdvanceTo(s.time);
  // The parts of a service that count as its use: beacons and sign-in pages are none.
  if (s.match.role != v1::HOST_ROLE_USE && s.match.role != v1::HOST_ROLE_FILES) return;
  if (s.kind == SightingKind::kEnd) return;
  WatchRow* row = RowOf(s.match.service);
  if (row == nullptr) return;
  row->client = s.client;
  row->clients |= 1u << (static_cast<unsigned>(s.client) & 31);
  row->last_data = s.time;
  if (s.kind != SightingKind::kData) return;
  if (s.upstream) {
    row->bytes_up += s.bytes;
    return;
  }
  row->bytes_down += s.bytes;
  if (s.bytes > kKeepAliveBytes) row->last_answer = s.time;
  const int64_t bucket = s.time / kBucketUs;
  if (bucket < row->newest_bucket) row->buckets.fill(0), row->newest_bucket = bucket;
  while (row->newest_bucket < bucket) {
    if (bucket - row->newest_bucket > static_cast<int64_t>(kBuckets)) {
      row->buckets.fill(0);
      row->newest_bucket = bucket;
      break;
    }
    ++row->newest_bucket;
    row->buckets[static_cast<size_t>(row->newest_bucket) % kBuckets] = 0;
  }
  row->buckets[static_cast<size_t>(bucket) % kBuckets] += s.bytes;
}

void WatchState::Consume(const sessionise::SessionEvent& event) {
  if (const auto* turn = std::get_if<sessionise::Turn>(&event)) {
    WatchRow* row = RowOf(turn->service);
    if (row == nullptr) return;
    ++row->turns;
    row->automated += turn->automated_before + (turn->automated ? 1 : 0);
    ++turns_;
    row->answering += turn->last - turn->first;
    Log(turn->start, WatchEventKind::kTurn, turn->service, turn->host, TurnDetail(*turn));
  } else if (const auto* upload = std::get_if<sessionise::Upload>(&event)) {
    WatchRow* row = RowOf(upload->service);
    if (row == nullptr) return;
    ++row->uploads;
    ++uploads_;
    Log(upload->start, WatchEventKind::kUpload, upload->service, upload->host,
        UploadDetail(*upload));
  } else if (const auto* visit = std::get_if<sessionise::Visit>(&event)) {
    WatchRow* row = RowOf(visit->service);
    if (row == nullptr || !visit->final) return;
    ++row->visits;
    Log(visit->end, WatchEventKind::kVisit, visit->service, visit->host, VisitDetail(*visit));
  }
}

void WatchState::Log(TimeUs time, WatchEventKind kind, catalogue::ServiceIndex service,
                     const std::string& host, std::string detail) {
  if (events_.size() >= kMaxEvents) events_.pop_front();
  events_.push_back({time, kind, table_->service(service).name(), host, std::move(detail)});
}

std::vector<const WatchRow*> WatchState::Rows(WatchSort sort) const {
  std::vector<const WatchRow*> rows;
  for (const auto& [service, row] : rows_) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](auto* a, auto* b) { return a->name < b->name; });
  std::stable_sort(rows.begin(), rows.end(), [sort](const WatchRow* a, const WatchRow* b) {
    switch (sort) {
      // By bucket, so that two services at work do not change places with every packet.
      case WatchSort::kRecent:
        return a->last_data / kBucketUs > b->last_data / kBucketUs;
      case WatchSort::kTurns:
        return a->turns > b->turns;
      case WatchSort::kBytes:
        return a->bytes_up + a->bytes_down > b->bytes_up + b->bytes_down;
      case WatchSort::kName:
        break;
    }
    return false;
  });
  return rows;
}

Activity WatchState::ActivityOf(const WatchRow& row) const {
  if (row.last_answer != 0 && now_ - row.last_answer < kStreamingUs) return Activity::kStreaming;
  return now_ - row.last_data < kOpenUs ? Activity::kOpen : Activity::kIdle;
}

uint64_t WatchState::RateOf(const WatchRow& row) const {
  const std::vector<uint64_t> last = History(row, 2);
  // The newest bucket is as old as the time within it.
  const TimeUs span = kBucketUs + now_ % kBucketUs;
  return (last[0] + last[1]) * kSecondUs / static_cast<uint64_t>(std::max(span, kSecondUs));
}

std::vector<uint64_t> WatchState::History(const WatchRow& row, size_t count) const {
  std::vector<uint64_t> history(count, 0);
  const int64_t newest = now_ / kBucketUs;
  for (size_t i = 0; i < count; ++i) {
    const int64_t bucket = newest - static_cast<int64_t>(count - 1 - i);
    if (bucket <= row.newest_bucket && bucket >= 0 &&
        bucket > row.newest_bucket - static_cast<int64_t>(kBuckets)) {
      history[i] = row.buckets[static_cast<size_t>(bucket) % kBuckets];
    }
  }
  return history;
}

}  // namespace gnomon::inspect

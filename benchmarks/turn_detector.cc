// The cost of turns: time a packet and bytes a flow, beside what any tool that follows flows has to
// pay, an unordered_map of byte counters. Items a second are packets a second.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <unordered_map>
#include <vector>

#include "agent/sessionise/handshake_filter.h"
#include "agent/sessionise/sessioniser.h"
#include "agent/sessionise/turn_detector.h"
#include "agent/sessionise/upload_detector.h"

namespace {

size_t g_allocated = 0;  // bytes asked for and not given back

}  // namespace

void* operator new(size_t size) {
  size_t* block = static_cast<size_t*>(std::malloc(size + alignof(std::max_align_t)));
  if (!block) throw std::bad_alloc();
  *block = size;
  g_allocated += size;
  return reinterpret_cast<char*>(block) + alignof(std::max_align_t);
}
void operator delete(void* at) noexcept {
  if (!at) return;
  size_t* block = reinterpret_cast<size_t*>(static_cast<char*>(at) - alignof(std::max_align_t));
  g_allocated -= *block;
  std::free(block);
}
void operator delete(void* at, size_t) noexcept {
  operator delete(at);
}

namespace {

using namespace gnomon;

struct Datum {
  TimeUs time = 0;
  bool upstream = false;
  uint32_t bytes = 0;
};

// Ten turns of a chat page: a load, then beacons, prompts of 14.5 kB, answers of 20 packets a
// second.
const std::vector<Datum>& Chat() {
  static const std::vector<Datum> chat = [] {
    std::vector<Datum> data;
    TimeUs t = kSecondUs;
    for (int i = 0; i < 1500; ++i) data.push_back({t + i * 300, false, 1448});
    t += 5 * kSecondUs;
    for (int turn = 0; turn < 10; ++turn) {
      for (int beacon = 0; beacon < 3; ++beacon) {
        data.push_back({t, true, 1448});
        data.push_back({t + 100, true, 700});
        data.push_back({t + 30'000, false, 150});
        t += 2 * kSecondUs;
      }
      for (int i = 0; i < 10; ++i) data.push_back({t + i * 50, true, 1448});
      t += kSecondUs;
      for (int i = 0; i < 200; ++i) data.push_back({t += 50'000, false, 140});
      t += 8 * kSecondUs;
    }
    return data;
  }();
  return chat;
}

struct Counter {
  TimeUs first = 0, last = 0;
  uint64_t up = 0, down = 0, packets = 0;

  void Add(const Datum& d) {
    if (packets++ == 0) first = d.time;
    last = d.time;
    (d.upstream ? up : down) += d.bytes;
  }
};

// One flow, its state at hand: nothing but counting.
void BaselineByteCounter(benchmark::State& state) {
  for (auto _ : state) {
    Counter counter;
    for (const Datum& d : Chat()) {
      counter.Add(d);
      benchmark::DoNotOptimize(counter);
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Chat().size()));
  state.counters["bytes_per_flow"] = sizeof(Counter);
}

void Detector(benchmark::State& state, const sessionise::TurnParameters& parameters, bool share) {
  size_t turns = 0;
  for (auto _ : state) {
    sessionise::PromptWindow window;
    sessionise::TurnDetector detector(parameters, 1);
    turns = 0;
    for (const Datum& d : Chat()) {
      turns += detector.Add(d.time, d.upstream, d.bytes, share ? &window : nullptr).has_value();
    }
    turns += detector.Finish(share ? &window : nullptr).has_value();
    benchmark::DoNotOptimize(turns);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Chat().size()));
  state.counters["turns"] = static_cast<double>(turns);
  state.counters["bytes_per_flow"] = sizeof(sessionise::TurnDetector);
}
void TurnDetectorWeb(benchmark::State& state) {
  Detector(state, sessionise::TurnParameters::Web(), true);
}
void TurnDetectorApi(benchmark::State& state) {
  Detector(state, sessionise::TurnParameters::Api(), false);
}

void Uploads(benchmark::State& state) {
  for (auto _ : state) {
    sessionise::UploadDetector detector(200'000);
    for (const Datum& d : Chat()) {
      if (d.upstream) benchmark::DoNotOptimize(detector.Add(d.time, d.bytes));
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Chat().size()));
  state.counters["bytes_per_flow"] = sizeof(sessionise::UploadDetector);
}

// The chat on many flows, their packets in turn, as a busy laptop has them.
void BaselineMapOfCounters(benchmark::State& state) {
  const auto flows = static_cast<uint64_t>(state.range(0));
  double bytes = 0;
  for (auto _ : state) {
    const size_t before = g_allocated;
    std::unordered_map<uint64_t, Counter> counters;
    for (const Datum& d : Chat()) {
      for (uint64_t flow = 0; flow < flows; ++flow) counters[flow].Add(d);
    }
    bytes = static_cast<double>(g_allocated - before) / static_cast<double>(flows);
    benchmark::DoNotOptimize(counters);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Chat().size() * flows));
  state.counters["bytes_per_flow"] = bytes;
}

std::shared_ptr<const catalogue::Table> OneService() {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  v1::Service& service = *catalogue.add_services();
  service.set_id("chat");
  service.set_name("Chat");
  service.set_vendor("Vendor");
  service.set_category(v1::CATEGORY_CHAT);
  service.set_surface(v1::SURFACE_WEB);
  v1::Host& host = *service.add_hosts();
  host.set_suffix("chat.example");
  host.set_role(v1::HOST_ROLE_USE);
  return *catalogue::Table::Build(catalogue);
}

struct Nothing : sessionise::SessionSink {
  void Consume(const sessionise::SessionEvent&) override {}
};

void SessioniserOfFlows(benchmark::State& state) {
  const auto flows = static_cast<uint64_t>(state.range(0));
  const auto table = OneService();
  double bytes = 0;
  for (auto _ : state) {
    Nothing sink;
    const size_t before = g_allocated;
    sessionise::Sessioniser sessioniser(table, {}, sink);
    classify::Sighting sighting;
    sighting.match = table->Find("chat.example");
    sighting.host = "chat.example";
    sighting.client = v1::CLIENT_BROWSER;
    sighting.time = 1;
    for (sighting.flow = 0; sighting.flow < flows; ++sighting.flow) sessioniser.Consume(sighting);
    sighting.kind = classify::SightingKind::kData;
    for (const Datum& d : Chat()) {
      sighting.time = d.time;
      sighting.upstream = d.upstream;
      sighting.bytes = d.bytes;
      for (sighting.flow = 0; sighting.flow < flows; ++sighting.flow) {
        sessioniser.Consume(sighting);
      }
    }
    bytes = static_cast<double>(g_allocated - before) / static_cast<double>(flows);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * Chat().size() * flows));
  state.counters["bytes_per_flow"] = bytes;
}

BENCHMARK(BaselineByteCounter);
BENCHMARK(TurnDetectorWeb);
BENCHMARK(TurnDetectorApi);
BENCHMARK(Uploads);
BENCHMARK(BaselineMapOfCounters)->Arg(1)->Arg(1000);
BENCHMARK(SessioniserOfFlows)->Arg(1)->Arg(1000);

}  // namespace

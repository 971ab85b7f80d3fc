// Memory: none is allocated for a packet of a known flow, and state is bounded.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/agent/sessionise/bench.h"

namespace {
std::atomic<uint64_t> allocations{0};
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
// std::stable_sort asks for its buffer with this one.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size ? size : 1);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace gnomon::sessionise {
namespace {

using test::At;
using test::Bench;
using test::Datum;
using test::Random;
using test::Traffic;

// Events hold strings and grow the test's vectors, so they are counted and thrown away.
class Counter : public SessionSink {
 public:
  void Consume(const SessionEvent&) override { ++events; }
  uint64_t events = 0;
};

TEST(Allocation, NoneForAPacketOfAKnownFlow) {
  Bench bench;  // for its table and sightings
  Counter counter;
  Sessioniser sessioniser(bench.table, {}, counter);
  Random random(3);
  Traffic traffic;
  test::BrowserChat(random, At(1), 10, traffic);
  traffic.Up(At(60), 400'000);
  const std::vector<Datum> data = traffic.Sorted();
  for (uint64_t flow = 1; flow <= 3; ++flow) {
    sessioniser.Consume(bench.Sight(flow, At(0), classify::SightingKind::kName, "chat.example"));
  }
  classify::Sighting s = bench.Sight(1, At(0), classify::SightingKind::kData, "chat.example");
  const uint64_t before = allocations;
  for (const Datum& d : data) {
    s.time = d.time;
    s.upstream = d.upstream;
    s.bytes = d.bytes;
    sessioniser.Consume(s);
  }
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GE(counter.events, 10u) << "the traffic must reach every part";
}

TEST(Allocation, CountingWorks) {
  const uint64_t before = allocations;
  ::operator delete(::operator new(16));
  EXPECT_GE(allocations - before, 1u);
}

}  // namespace
}  // namespace gnomon::sessionise

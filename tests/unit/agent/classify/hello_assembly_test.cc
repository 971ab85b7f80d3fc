#include "agent/classify/hello_assembly.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace gnomon::classify {
namespace {

std::vector<uint8_t> Pattern(size_t count) {
  std::vector<uint8_t> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + i / 256);
  return bytes;
}
std::vector<uint8_t> Copy(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(HelloAssembly, SegmentsOutOfOrderGiveThePrefixOnceTheGapCloses) {
  HelloAssembly assembly(1, 1024);
  const std::vector<uint8_t> bytes = Pattern(300);
  const auto at = assembly.Acquire(0, 500);
  assembly.Add(at, 600, Bytes(bytes).subspan(100, 200));
  EXPECT_TRUE(assembly.Prefix(at).empty());
  EXPECT_TRUE(assembly.HasGap(at));
  assembly.Add(at, 500, Bytes(bytes).first(100));
  EXPECT_EQ(Copy(assembly.Prefix(at)), bytes);
  EXPECT_FALSE(assembly.HasGap(at));
}

TEST(HelloAssembly, ALaterLongerSegmentReplacesStrayBytes) {
  HelloAssembly assembly(1, 1024);
  const std::vector<uint8_t> bytes = Pattern(300);
  const std::vector<uint8_t> stray = {0xee, 0xee};
  const auto at = assembly.Acquire(0, 1);
  assembly.Add(at, 1, stray);
  EXPECT_TRUE(assembly.EndsInStrayBytes(at));
  assembly.Add(at, 1, bytes);
  EXPECT_FALSE(assembly.EndsInStrayBytes(at));
  EXPECT_EQ(Copy(assembly.Prefix(at)), bytes);
}

TEST(HelloAssembly, StrayBytesReplaceNothing) {
  HelloAssembly assembly(1, 1024);
  const std::vector<uint8_t> bytes = Pattern(300);
  const std::vector<uint8_t> stray = {0xee, 0xee};
  const auto at = assembly.Acquire(0, 1);
  assembly.Add(at, 1, bytes);
  assembly.Add(at, 100, stray);
  EXPECT_EQ(Copy(assembly.Prefix(at)), bytes);
  assembly.Add(at, 300, stray);
  EXPECT_TRUE(assembly.EndsInStrayBytes(at)) << "one replaces nothing, the other comes at the end";
}

TEST(HelloAssembly, BytesOutsideTheBufferAreLeftOut) {
  HelloAssembly assembly(1, 128);
  const std::vector<uint8_t> bytes = Pattern(1000);
  const auto at = assembly.Acquire(0, 0xfffffff0);  // wraps inside the buffer
  assembly.Add(at, 0xfffffff0 - 100, bytes);
  EXPECT_TRUE(assembly.Full(at));
  EXPECT_EQ(Copy(assembly.Prefix(at)), Copy(Bytes(bytes).subspan(100, 128)));
  assembly.Add(at, 0xfffffff0 + 128, bytes);
  assembly.Add(at, 0xfffffff0 - 1000, bytes);
  EXPECT_EQ(Copy(assembly.Prefix(at)), Copy(Bytes(bytes).subspan(100, 128)));
}

TEST(HelloAssembly, TheStartCanBeMovedOverWhatIsThere) {
  HelloAssembly assembly(1, 1024);
  const std::vector<uint8_t> bytes = Pattern(300);
  const auto at = assembly.Acquire(0, 1);
  assembly.Add(at, 1, Bytes(bytes).first(200));
  assembly.StartAt(at, 51);
  EXPECT_EQ(Copy(assembly.Prefix(at)), Copy(Bytes(bytes).subspan(50, 150)));
  assembly.StartAt(at, 251);
  EXPECT_TRUE(assembly.Prefix(at).empty());
  assembly.Add(at, 201, Bytes(bytes).subspan(200));
  EXPECT_EQ(Copy(assembly.Prefix(at)), Copy(Bytes(bytes).subspan(250)));
}

TEST(HelloAssembly, AReusedBufferHoldsNothingOfItsLastUse) {
  HelloAssembly assembly(1, 1024);
  const std::vector<uint8_t> bytes = Pattern(1000);
  auto at = assembly.Acquire(0, 0);
  assembly.Add(at, 0, bytes);
  EXPECT_TRUE(assembly.exhausted());
  EXPECT_EQ(assembly.Acquire(1, 0), HelloAssembly::kNone);
  assembly.Release(at);
  at = assembly.Acquire(0, 0);
  EXPECT_TRUE(assembly.Prefix(at).empty());
  assembly.Add(at, 500, Bytes(bytes).first(100));
  EXPECT_TRUE(assembly.Prefix(at).empty());
  EXPECT_EQ(assembly.Lowest(at), 500u);
}

TEST(HelloAssembly, TheOldestOwnerIsTheOneThatBeganFirst) {
  HelloAssembly assembly(2, 64);
  EXPECT_EQ(assembly.OldestOwner(), HelloAssembly::kNone);
  const auto first = assembly.Acquire(41, 0);
  assembly.Acquire(42, 0);
  EXPECT_EQ(assembly.OldestOwner(), 41u);
  assembly.Release(first);
  assembly.Acquire(43, 0);
  EXPECT_EQ(assembly.OldestOwner(), 42u);
}

TEST(HelloAssembly, AnySegmentationInAnyOrderGivesTheStream) {
  std::mt19937 random(11);
  const std::vector<uint8_t> bytes = Pattern(2000);
  HelloAssembly assembly(1, 4096);
  for (int round = 0; round < 500; ++round) {
    const uint32_t base = random();
    const auto at = assembly.Acquire(0, base);
    std::vector<std::pair<uint32_t, uint32_t>> segments;
    const uint32_t largest = 1 + random() % 600;
    for (uint32_t begin = 0; begin < bytes.size();) {
      const uint32_t end =
          std::min<uint32_t>(begin + 1 + random() % largest, static_cast<uint32_t>(bytes.size()));
      segments.emplace_back(begin - std::min<uint32_t>(begin, random() % 50), end);
      begin = end;
    }
    std::shuffle(segments.begin(), segments.end(), random);
    for (const auto& [begin, end] : segments) {
      assembly.Add(at, base + begin, Bytes(bytes).subspan(begin, end - begin));
    }
    ASSERT_EQ(Copy(assembly.Prefix(at)), bytes) << "round " << round;
    assembly.Release(at);
  }
}

}  // namespace
}  // namespace gnomon::classify

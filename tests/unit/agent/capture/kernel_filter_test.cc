// The generated programs, run by libpcap's interpreter and by the kernel.
#include "agent/capture/kernel_filter.h"

#include <gtest/gtest.h>
#include <pcap.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "agent/capture/attach_filter.h"
#include "tests/unit/agent/capture/filter_model.h"
#include "tests/unit/agent/capture/random_frames.h"

namespace gnomon::capture {
namespace {

using gnomon::testing::FilterModel;
using gnomon::testing::RandomFrames;

uint32_t RunProgram(const BpfProgram& program, const std::vector<uint8_t>& frame) {
  static_assert(sizeof(BpfInstruction) == sizeof(bpf_insn));
  const auto length = static_cast<unsigned>(frame.size());
  return bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()), frame.data(), length,
                    length);
}

BpfProgram Compiled(const FilterSet& set, const FilterTarget& target = {}) {
  Result<BpfProgram> program = CompileFilter(set, target);
  EXPECT_TRUE(program.ok()) << program.status().message();
  return program.ok() ? *program : BpfProgram{};
}

// Two ends of a local socket: what is written to the first meets the filter of the second.
class FilteredSocket {
 public:
  FilteredSocket() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends_.data()), 0);
  }
  ~FilteredSocket() {
    for (const int end : ends_) close(end);
  }
  Status Attach(const BpfProgram& program) { return AttachFilter(ends_[1], program); }
  // The bytes that the kernel lets through.
  uint32_t Pass(const std::vector<uint8_t>& frame) {
    // A datagram that the filter drops is refused to its writer (EPERM).
    if (send(ends_[0], frame.data(), frame.size(), MSG_DONTWAIT) < 0) return 0;
    std::array<uint8_t, 4096> buffer;
    const ssize_t got = recv(ends_[1], buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? 0 : static_cast<uint32_t>(got);
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(KernelFilter, VerdictsAreThoseOfThePlainModelForAnySetAndAnyFrame) {
  RandomFrames random(20261123);
  std::array<int, 6> kept{};
  for (int round = 0; round < 120; ++round) {
    const size_t rules =
        round < 20 ? static_cast<size_t>(round) : random.Below(kMaxFilterRules + 1);
    FilterSet set = random.Set(rules);
    set.everything = round % 10 == 9;
    const BpfProgram program = Compiled(set);
    ASSERT_TRUE(bpf_validate(reinterpret_cast<const bpf_insn*>(program.data()),
                             static_cast<int>(program.size())));
    const FilterModel model(set);
    for (int i = 0; i < 2000; ++i) {
      const std::vector<uint8_t> frame = random.Frame();
      const uint32_t wanted = model.Verdict(frame, static_cast<uint32_t>(frame.size()));
      ASSERT_EQ(RunProgram(program, frame), wanted)
          << "round " << round << ", frame " << i << " of " << ::testing::PrintToString(frame);
      const std::array<uint32_t, 6> all = {0,          kKeepHeaders, kKeepHead,
                                           kKeepPiece, kKeepHello,   kKeepAll};
      for (size_t k = 0; k < all.size(); ++k) kept[k] += wanted == all[k] ? 1 : 0;
    }
  }
  // The frames do meet every verdict, often.
  for (const int count : kept) EXPECT_GT(count, 2000) << ::testing::PrintToString(kept);
}

TEST(KernelFilter, KernelTakesTheProgramsAndDecidesAsTheModelDoes) {
  RandomFrames random(7);
  for (const size_t rules : {size_t{0}, size_t{1}, size_t{40}, kMaxFilterRules}) {
    const FilterSet set = random.Set(rules);
    FilteredSocket socket;
    const Status attached = socket.Attach(Compiled(set));
    ASSERT_TRUE(attached.ok()) << attached.message();
    const FilterModel model(set);
    for (int i = 0; i < 3000; ++i) {
      const std::vector<uint8_t> frame = random.Frame();
      if (frame.empty()) continue;
      const auto length = static_cast<uint32_t>(frame.size());
      ASSERT_EQ(socket.Pass(frame), std::min(length, model.Verdict(frame, length)))
          << rules << " rules, frame " << i << " of " << ::testing::PrintToString(frame);
    }
  }
}

TEST(KernelFilter, KernelTakesTheProgramOfEachLinkLayerFileOrLive) {
  RandomFrames random(3);
  const FilterSet set = random.Set(kMaxFilterRules);
  for (const LinkType link : {LinkType::kEthernet, LinkType::kLinuxSll, LinkType::kLinuxSll2,
                              LinkType::kRawIp, LinkType::kNull, LinkType::kLoop}) {
    for (const bool live : {false, true}) {
      FilteredSocket socket;
      EXPECT_TRUE(socket.Attach(Compiled(set, {.link = link, .live = live})).ok());
    }
  }
}

TEST(KernelFilter, FileFramesOfEveryLinkLayerGetTheSameVerdict) {
  RandomFrames random(11);
  const FilterSet set = random.Set(50);
  const BpfProgram ethernet = Compiled(set);
  for (int i = 0; i < 20000; ++i) {
    const std::vector<uint8_t> frame = random.Frame();
    const bool ip = frame.size() > 60 && (frame[12] == 8 || frame[12] == 0x86) && frame[13] != 6;
    // Zero total length means the frame's, which differs by the link header.
    if (!ip || (frame[12] == 8 && frame[16] == 0 && frame[17] == 0)) continue;
    const uint32_t wanted = RunProgram(ethernet, frame);
    const auto on = [&](LinkType link, std::vector<uint8_t> header) {
      header.insert(header.end(), frame.begin() + 14, frame.end());
      EXPECT_EQ(RunProgram(Compiled(set, {.link = link}), header), wanted);
    };
    if (i % 100 != 0) continue;  // compiling takes longer than running
    on(LinkType::kRawIp, {});
    on(LinkType::kNull, {2, 0, 0, 0});
    on(LinkType::kLoop, {0, 0, 0, 2});
    std::vector<uint8_t> sll(16, 0), sll2(20, 0);
    sll[14] = sll2[0] = frame[12];
    sll[15] = sll2[1] = frame[13];
    on(LinkType::kLinuxSll, sll);
    on(LinkType::kLinuxSll2, sll2);
  }
}

TEST(KernelFilter, SnapLengthBoundsWhatIsKept) {
  const FilterSet everything{.rules = {}, .everything = true};
  for (const BpfInstruction& instruction : Compiled(everything, {.snap_length = 100})) {
    if (instruction.code == (BPF_RET | BPF_K)) {
      EXPECT_LE(instruction.k, 100u);
    }
  }
}

TEST(KernelFilter, MoreRulesThanThereIsRoomForAreRefused) {
  RandomFrames random(5);
  EXPECT_EQ(CompileFilter(random.Set(kMaxFilterRules + 1), {}).status().code(),
            StatusCode::kResourceExhausted);
}

TEST(KernelFilter, SearchIsBalanced) {
  // As many comparisons as a search tree of 256 leaves needs, not as a chain of 256 does.
  FilterSet set;
  for (uint32_t i = 0; i < kMaxFilterRules; ++i) {
    FilterRule rule;
    rule.address = {0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0xff,
                    0xff,
                    10,
                    0,
                    static_cast<uint8_t>(i >> 4),
                    static_cast<uint8_t>(i * 16)};
    set.rules.push_back(rule);
  }
  const BpfProgram program = Compiled(set);
  const size_t small = Compiled({}).size();
  EXPECT_LT(program.size(), small + 4 * kMaxFilterRules);
}

}  // namespace
}  // namespace gnomon::capture

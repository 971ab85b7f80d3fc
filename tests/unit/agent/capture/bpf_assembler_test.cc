#include "agent/capture/bpf_assembler.h"

#include <gtest/gtest.h>
#include <pcap.h>

namespace gnomon::capture {
namespace {

uint32_t RunProgram(const BpfProgram& program, const std::vector<uint8_t>& packet) {
  const auto length = static_cast<unsigned>(packet.size());
  return bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()), packet.data(), length,
                    length);
}

TEST(BpfAssembler, JumpsReachTargetsThatAreFurtherOffThanAByteCounts) {
  for (const int between : {0, 1, 253, 254, 255, 256, 257, 1000, 3000}) {
    BpfAssembler out;
    const BpfAssembler::Label one = out.NewLabel(), other = out.NewLabel();
    out.LoadConstantX(0);
    out.LoadByte(0);
    out.JumpIfEqual(7, one, other);
    for (int i = 0; i < between; ++i) out.LoadConstant(0);
    out.Bind(one);
    out.Return(1);
    out.Bind(other);
    out.Return(2);
    const Result<BpfProgram> program = out.Assemble();
    ASSERT_TRUE(program.ok());
    EXPECT_TRUE(bpf_validate(reinterpret_cast<const bpf_insn*>(program->data()),
                             static_cast<int>(program->size())));
    EXPECT_EQ(RunProgram(*program, {7}), 1u) << between;
    EXPECT_EQ(RunProgram(*program, {8}), 2u) << between;
  }
}

TEST(BpfAssembler, JumpMadeLongerMovesAnotherOutOfReach) {
  // Each of these is just in reach until one behind it grows.
  BpfAssembler out;
  std::vector<BpfAssembler::Label> labels;
  out.LoadConstantX(0);
  out.LoadByte(0);
  for (uint32_t i = 0; i < 200; ++i) {
    labels.push_back(out.NewLabel());
    out.JumpIfEqual(i, labels.back());
  }
  for (int i = 0; i < 55; ++i) out.LoadConstant(0);
  out.Return(1000);
  for (uint32_t i = 0; i < 200; ++i) {
    out.Bind(labels[i]);
    out.LoadConstant(0);
    out.Return(i + 1);
  }
  const Result<BpfProgram> program = out.Assemble();
  ASSERT_TRUE(program.ok());
  for (uint32_t i = 0; i < 200; ++i) EXPECT_EQ(RunProgram(*program, {static_cast<uint8_t>(i)}), i + 1);
  EXPECT_EQ(RunProgram(*program, {250}), 1000u);
}

TEST(BpfAssembler, ProgramLongerThanTheKernelTakesIsRefused) {
  BpfAssembler out;
  for (size_t i = 0; i < kMaxBpfInstructions; ++i) out.LoadConstant(0);
  out.Return(0);
  EXPECT_EQ(out.Assemble().status().code(), StatusCode::kResourceExhausted);
}

TEST(BpfAssembler, JumpWithoutATargetIsAnError) {
  BpfAssembler out;
  out.Jump(out.NewLabel());
  out.Return(0);
  EXPECT_EQ(out.Assemble().status().code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace gnomon::capture

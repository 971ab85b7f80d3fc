#include "agent/capture/bpf_assembler.h"

#include <string>

namespace gnomon::capture {
namespace {

// linux/bpf_common.h, in one name each.
constexpr uint16_t kLdWordAbs = 0x20;
constexpr uint16_t kLdWordInd = 0x40;
constexpr uint16_t kLdHalfInd = 0x48;
constexpr uint16_t kLdByteInd = 0x50;
constexpr uint16_t kLdLength = 0x80;
constexpr uint16_t kLdConstant = 0x00;
constexpr uint16_t kLdMemory = 0x60;
constexpr uint16_t kLdxConstant = 0x01;
constexpr uint16_t kLdxMemory = 0x61;
constexpr uint16_t kSt = 0x02;
constexpr uint16_t kAddK = 0x04;
constexpr uint16_t kAddX = 0x0c;
constexpr uint16_t kSubX = 0x1c;
constexpr uint16_t kAndK = 0x54;
constexpr uint16_t kLshK = 0x64;
constexpr uint16_t kRshK = 0x74;
constexpr uint16_t kTax = 0x07;
constexpr uint16_t kRetK = 0x06;
constexpr uint16_t kJa = 0x05;
constexpr uint16_t kJeqK = 0x15;
constexpr uint16_t kJgtK = 0x25;
constexpr uint16_t kJgtX = 0x2d;
constexpr uint16_t kJgeK = 0x35;
constexpr uint16_t kJsetK = 0x45;

constexpr uint32_t kAncillary = 0xfffff000;  // SKF_AD_OFF
constexpr uint32_t kUnbound = UINT32_MAX;
constexpr uint32_t kReach = 255;  // of a conditional jump

bool IsJump(uint16_t code) {
  return (code & 0x07) == 0x05;
}

}  // namespace

BpfAssembler::Label BpfAssembler::NewLabel() {
  labels_.push_back(kUnbound);
  return static_cast<Label>(labels_.size() - 1);
}
void BpfAssembler::Bind(Label label) {
  labels_[label] = static_cast<uint32_t>(lines_.size());
}

void BpfAssembler::LoadByte(uint32_t at) {
  Emit(kLdByteInd, at);
}
void BpfAssembler::LoadHalf(uint32_t at) {
  Emit(kLdHalfInd, at);
}
void BpfAssembler::LoadWord(uint32_t at) {
  Emit(kLdWordInd, at);
}
void BpfAssembler::LoadAncillary(Ancillary what) {
  Emit(kLdWordAbs, kAncillary + static_cast<uint32_t>(what));
}
void BpfAssembler::LoadLength() {
  Emit(kLdLength, 0);
}
void BpfAssembler::LoadSlot(uint32_t slot) {
  Emit(kLdMemory, slot);
}
void BpfAssembler::LoadSlotX(uint32_t slot) {
  Emit(kLdxMemory, slot);
}
void BpfAssembler::Store(uint32_t slot) {
  Emit(kSt, slot);
}
void BpfAssembler::LoadConstant(uint32_t k) {
  Emit(kLdConstant, k);
}
void BpfAssembler::LoadConstantX(uint32_t k) {
  Emit(kLdxConstant, k);
}
void BpfAssembler::And(uint32_t k) {
  Emit(kAndK, k);
}
void BpfAssembler::Add(uint32_t k) {
  Emit(kAddK, k);
}
void BpfAssembler::ShiftLeft(uint32_t bits) {
  Emit(kLshK, bits);
}
void BpfAssembler::ShiftRight(uint32_t bits) {
  Emit(kRshK, bits);
}
void BpfAssembler::AddX() {
  Emit(kAddX, 0);
}
void BpfAssembler::SubtractX() {
  Emit(kSubX, 0);
}
void BpfAssembler::MoveToX() {
  Emit(kTax, 0);
}

void BpfAssembler::JumpIfEqual(uint32_t k, Label yes, Label no) {
  Branch(kJeqK, k, yes, no);
}
void BpfAssembler::JumpIfGreater(uint32_t k, Label yes, Label no) {
  Branch(kJgtK, k, yes, no);
}
void BpfAssembler::JumpIfAtLeast(uint32_t k, Label yes, Label no) {
  Branch(kJgeK, k, yes, no);
}
void BpfAssembler::JumpIfAnyBit(uint32_t k, Label yes, Label no) {
  Branch(kJsetK, k, yes, no);
}
void BpfAssembler::JumpIfGreaterThanX(Label yes, Label no) {
  Branch(kJgtX, 0, yes, no);
}
void BpfAssembler::Jump(Label label) {
  Branch(kJa, 0, label, kNext);
}
void BpfAssembler::Return(uint32_t bytes) {
  Emit(kRetK, bytes);
}

Result<BpfProgram> BpfAssembler::Assemble() const {
  const size_t lines = lines_.size();
  std::vector<bool> far(lines, false);
  std::vector<uint32_t> at(lines + 1);  // where each line begins
  // How far off a target is from the instruction behind line `i`, in instructions.
  const auto distance = [&](size_t i, Label label) {
    const size_t target = label == kNext ? i + 1 : labels_[label];
    return at[target] - at[i] - 1;
  };
  // A jump that is made longer moves others apart, so until none is left; each round settles one.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < lines; ++i) at[i + 1] = at[i] + (far[i] ? 3 : 1);
    for (size_t i = 0; i < lines; ++i) {
      const Line& line = lines_[i];
      if (!IsJump(line.code)) continue;
      for (const Label label : {line.yes, line.no}) {
        if (label == kNext) continue;
        if (label >= labels_.size() || labels_[label] == kUnbound || labels_[label] <= i)
          return Internal("a BPF jump without a target ahead of it");
      }
      if (line.code == kJa || far[i]) continue;
      if (distance(i, line.yes) > kReach || distance(i, line.no) > kReach) {
        far[i] = true;
        changed = true;
      }
    }
  }
  if (at[lines] > kMaxBpfInstructions) {
    return ResourceExhausted("a BPF program of " + std::to_string(at[lines]) + " instructions");
  }
  BpfProgram program;
  program.reserve(at[lines]);
  for (size_t i = 0; i < lines; ++i) {
    const Line& line = lines_[i];
    if (!IsJump(line.code)) {
      program.push_back({line.code, 0, 0, line.k});
    } else if (line.code == kJa) {
      program.push_back({kJa, 0, 0, distance(i, line.yes)});
    } else if (!far[i]) {
      program.push_back({line.code, static_cast<uint8_t>(distance(i, line.yes)),
                         static_cast<uint8_t>(distance(i, line.no)), line.k});
    } else {
      program.push_back({line.code, 0, 1, line.k});
      program.push_back({kJa, 0, 0, distance(i, line.yes) - 1});
      program.push_back({kJa, 0, 0, distance(i, line.no) - 2});
    }
  }
  return program;
}

}  // namespace gnomon::capture

// Classic BPF with labels: what pcap_compile() has no expression for is written down here by hand.
// McCanne and Jacobson, "The BSD Packet Filter", USENIX 1993; Linux: Documentation/networking/
// filter.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"

namespace gnomon::capture {

// One instruction, laid out as the kernel's struct sock_filter and libpcap's struct bpf_insn.
struct BpfInstruction {
  uint16_t code = 0;
  uint8_t jump_true = 0;
  uint8_t jump_false = 0;
  uint32_t k = 0;
  bool operator==(const BpfInstruction&) const = default;
};
using BpfProgram = std::vector<BpfInstruction>;

// The kernel takes no longer program (BPF_MAXINSNS, linux/bpf_common.h).
inline constexpr size_t kMaxBpfInstructions = 4096;

// What the kernel knows of a packet beside its bytes (SKF_AD_*, linux/filter.h).
enum class Ancillary : uint32_t { kProtocol = 0, kPacketType = 4, kInterface = 8 };

// Emits instructions in order. A is the accumulator, X the index register; a load past the end of
// the packet ends the program with "drop".
class BpfAssembler {
 public:
  using Label = uint32_t;
  static constexpr Label kNext = UINT32_MAX;  // the instruction that follows

  Label NewLabel();
  void Bind(Label label);  // here; each label once, after all jumps to it

  // A = packet[X + at]; the network's byte order.
  void LoadByte(uint32_t at);
  void LoadHalf(uint32_t at);
  void LoadWord(uint32_t at);
  void LoadAncillary(Ancillary what);
  void LoadLength();              // A = bytes on the wire, link header and all
  void LoadSlot(uint32_t slot);   // A = M[slot]
  void LoadSlotX(uint32_t slot);  // X = M[slot]
  void Store(uint32_t slot);      // M[slot] = A
  void LoadConstant(uint32_t k);  // A = k
  void LoadConstantX(uint32_t k);
  void And(uint32_t k);
  void Add(uint32_t k);
  void ShiftLeft(uint32_t bits);
  void ShiftRight(uint32_t bits);
  void AddX();
  void SubtractX();
  void MoveToX();  // X = A

  void JumpIfEqual(uint32_t k, Label yes, Label no = kNext);
  void JumpIfGreater(uint32_t k, Label yes, Label no = kNext);
  void JumpIfAtLeast(uint32_t k, Label yes, Label no = kNext);
  void JumpIfAnyBit(uint32_t k, Label yes, Label no = kNext);
  void JumpIfGreaterThanX(Label yes, Label no = kNext);
  void Jump(Label label);
  void Return(uint32_t bytes);  // keep so much of the packet; 0: drop it

  // Conditional jumps reach 255 instructions; where a target is further off, an unconditional one
  // is put in between. kResourceExhausted over kMaxBpfInstructions.
  Result<BpfProgram> Assemble() const;

 private:
  struct Line {
    uint16_t code;
    uint32_t k;
    Label yes = kNext;
    Label no = kNext;
  };
  void Emit(uint16_t code, uint32_t k) { lines_.push_back({code, k}); }
  void Branch(uint16_t code, uint32_t k, Label yes, Label no) {
    lines_.push_back({code, k, yes, no});
  }

  std::vector<Line> lines_;
  std::vector<uint32_t> labels_;  // line of each
};

}  // namespace gnomon::capture

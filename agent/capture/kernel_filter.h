// The program that the kernel runs on each packet before it wakes the agent: most of what a laptop
// sends and receives ends there. Why it lets through what it does: docs/adr/0008-kernel-filter.md.
//
// A classic BPF program has no memory from one packet to the next, so it cannot know where in a
// stream a segment lies. It decides by direction, flags, first bytes and the FilterSet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/capture/bpf_assembler.h"
#include "agent/capture/filter_set.h"
#include "agent/capture/frame.h"
#include "base/status.h"

namespace gnomon::capture {

// Bytes kept of a frame, by what it is. A program's verdict is one of these, or 0.
// Link, IPv6 and TCP headers are at most 22 + 40 + 60 bytes, IPv4 with options 22 + 60 + 60.
inline constexpr uint32_t kKeepHeaders = 160;
// The first words of a server: which protocol it speaks, the head of an HTTP answer.
inline constexpr uint32_t kKeepHead = 1024;
// What a client says first: classify reads 16 KiB of it, and that many make one TLS record.
inline constexpr uint32_t kKeepHello = kKeepHeaders + 16384;
// ... where it does not begin as a protocol that is read: the rest of a hello that came in pieces.
// A post-quantum one has 1.8 kB.
inline constexpr uint32_t kKeepPiece = kKeepHeaders + 2304;
// DNS answers, fragments, tunnels: as many as the snap length allows.
inline constexpr uint32_t kKeepAll = 0x40000;

// More rules than this, and the headers of all data are let through. A rule costs 3 to 11
// instructions; the kernel of Debian 12 holds 20 KiB of program for a socket (net.core.optmem_max),
// the old and the new one together while they are exchanged.
inline constexpr size_t kMaxFilterRules = 256;

struct FilterTarget {
  LinkType link = LinkType::kEthernet;
  // On a live socket the kernel says which packets are outgoing, and hands over no link header
  // where libpcap makes one up (Linux "cooked"). Else the program is for frames of a file, and the
  // side with the higher port is the client.
  bool live = false;
  uint32_t snap_length = kKeepAll;
};

// kResourceExhausted: over kMaxBpfInstructions, or over kMaxFilterRules.
Result<BpfProgram> CompileFilter(const FilterSet& set, const FilterTarget& target);

}  // namespace gnomon::capture

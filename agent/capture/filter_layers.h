// The part of a kernel filter that reads the headers up to TCP or UDP.
#pragma once

#include <cstdint>

#include "agent/capture/bpf_assembler.h"
#include "agent/capture/frame.h"

namespace gnomon::capture {

// Scratch memory M[].
enum Slot : uint32_t {
  kNetwork,    // where the IP header begins
  kTransport,  // where TCP or UDP begins
  kEnd,        // where the IP datagram ends
  kPayload,    // where the payload begins
  kSource,     // where the source address is
  kTarget,     // where the destination address is
  kVersion,    // 4 or 6
  kProtocol,   // kTcp or kUdp
  kToServer,   // 1 where the client sends
  kServerPort,
  kClientPort,
  kFlags,
};

// Where the headers lead to.
struct LayerTargets {
  BpfAssembler::Label
      transport;            // A is the protocol; the slots up to kProtocol are filled, but kPayload
  BpfAssembler::Label all;  // is not looked into here, and has to be behind the filter
  BpfAssembler::Label drop;
};

// `live`: as a Linux socket hands frames to its filter, without the link header that libpcap makes
// up. `out` goes on behind the last header, with the label `transport` still to be bound.
void EmitLayers(BpfAssembler& out, LinkType link, bool live, const LayerTargets& to);

}  // namespace gnomon::capture

// The first four bytes are the ports; the rest is a datagram.
#include <cstdlib>

#include "agent/decode/tunnel_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon;
  if (size < 4) return 0;
  ByteReader in(Bytes(data, size));
  decode::Packet packet;
  packet.transport = decode::Transport::kUdp;
  packet.sport = in.U16();
  packet.dport = in.U16();
  packet.payload = in.rest();
  packet.payload_length = static_cast<uint32_t>(size - 4);
  const decode::TunnelHello hello = decode::RecogniseTunnel(packet);
  if (hello == decode::TunnelHello::kWireGuard && packet.payload_length != 148) std::abort();
  return 0;
}

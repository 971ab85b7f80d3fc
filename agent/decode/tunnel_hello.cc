#include "agent/decode/tunnel_hello.h"

namespace gnomon::decode {
namespace {

constexpr uint32_t kWireGuardInitiation = 148;  // bytes; never more, never less
constexpr uint16_t kIkePort = 500;
constexpr uint16_t kIkeNatPort = 4500;  // RFC 3948
constexpr uint16_t kOpenVpnPort = 1194;
constexpr uint32_t kIkeHeader = 28;
// SPI, sequence number, and the least of padding and check value (RFC 4303 section 2).
constexpr uint32_t kEspLeast = 8 + 4 + 12;
// Opcode, session identifier, number of acknowledgements, packet identifier.
constexpr uint32_t kOpenVpnReset = 14;

bool Uses(const Packet& packet, uint16_t port) {
  return packet.sport == port || packet.dport == port;
}

// Type 1 and three reserved bytes, which are zero.
bool IsWireGuard(const Packet& packet) {
  ByteReader in(packet.payload);
  return packet.payload_length == kWireGuardInitiation && in.U32() == 0x01000000 && in.ok();
}

// `length`: of the message on the wire.
bool IsIke(Bytes message, uint32_t length) {
  if (length < kIkeHeader) return false;
  ByteReader in(message);
  const uint64_t initiator = uint64_t{in.U32()} << 32 | in.U32();
  in.Skip(8 + 1);  // responder's SPI, next payload
  const uint8_t version = in.U8();
  const uint8_t exchange = in.U8();
  in.Skip(1 + 4);  // flags, message identifier
  const uint32_t stated = in.U32();
  if (!in.ok() || initiator == 0 || stated != length) return false;
  // Main, aggressive, informational and quick mode; IKE_SA_INIT to INFORMATIONAL, and what RFC 9242
  // puts in between.
  return version == 0x10 ? exchange == 2 || exchange == 4 || exchange == 5 || exchange == 32
                         : version == 0x20 && exchange >= 34 && exchange <= 43;
}

}  // namespace

TunnelHello RecogniseTunnel(const Packet& packet) {
  if (IsWireGuard(packet)) return TunnelHello::kWireGuard;
  if (Uses(packet, kIkePort) && IsIke(packet.payload, packet.payload_length))
    return TunnelHello::kIke;
  if (Uses(packet, kIkeNatPort) && packet.payload.size() >= 4) {
    ByteReader in(packet.payload);
    // Four zero bytes where ESP has its SPI, which is never 0 (RFC 3948 section 2.2).
    if (in.U32() != 0)
      return packet.payload_length >= kEspLeast ? TunnelHello::kEsp : TunnelHello::kNone;
    if (IsIke(in.rest(), packet.payload_length - 4)) return TunnelHello::kIke;
  }
  // P_CONTROL_HARD_RESET_CLIENT_V2 and V3 with key 0. One byte is a weak shape, hence the port.
  if (packet.dport == kOpenVpnPort && packet.payload_length >= kOpenVpnReset &&
      !packet.payload.empty() && (packet.payload[0] == 7 << 3 || packet.payload[0] == 10 << 3)) {
    return TunnelHello::kOpenVpn;
  }
  return TunnelHello::kNone;
}

}  // namespace gnomon::decode

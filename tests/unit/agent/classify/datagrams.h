// A QUIC client and its server over the wire of traffic.h.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/agent/classify/traffic.h"
#include "tests/unit/agent/decode/hello_builder.h"
#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::classify::test {

using gnomon::testing::BuildHello;
using gnomon::testing::CryptoFrame;
using gnomon::testing::HelloOptions;
using gnomon::testing::InitialShape;
using gnomon::testing::SealInitial;

// The handshake message, of a length as classic (500) and post-quantum (1800) clients send it.
inline ByteVector QuicHello(const std::string& name, size_t bytes = 500) {
  return BuildHello({.server_name = name, .alpn = {"h3"}, .message_bytes = bytes});
}
// A whole hello in one datagram.
inline ByteVector NamedInitial(const std::string& name, const InitialShape& shape = {}) {
  return SealInitial(shape, CryptoFrame(0, QuicHello(name)));
}
// A 1-RTT packet (RFC 9000 section 17.3): a short header and ciphertext.
inline ByteVector ShortPacket(size_t bytes) {
  return ByteVector(bytes, 0x4b);
}

// One five-tuple over UDP.
class Datagrams {
 public:
  explicit Datagrams(Wire& wire) : wire_(wire) {}

  decode::IpAddress client = V4(10, 0, 0, 2);
  decode::IpAddress server = V4(192, 0, 2, 7);
  uint16_t client_port = 50000;
  uint16_t server_port = 443;

  // `wire_length` more than the bytes: the rest was cut off by the snap length.
  void FromClient(Bytes bytes, uint32_t wire_length = 0) { Send(true, bytes, wire_length); }
  void FromServer(Bytes bytes, uint32_t wire_length = 0) { Send(false, bytes, wire_length); }

 private:
  void Send(bool from_client, Bytes bytes, uint32_t wire_length) {
    decode::Packet packet;
    packet.time = wire_.now;
    packet.transport = decode::Transport::kUdp;
    packet.src = from_client ? client : server;
    packet.dst = from_client ? server : client;
    packet.sport = from_client ? client_port : server_port;
    packet.dport = from_client ? server_port : client_port;
    packet.payload = bytes;
    packet.payload_length = std::max(wire_length, static_cast<uint32_t>(bytes.size()));
    wire_.Send(packet);
  }

  Wire& wire_;
};

}  // namespace gnomon::classify::test

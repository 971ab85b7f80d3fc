// Packets of Google's QUIC clients (chromium.org/quic: "QUIC Wire Layout Specification", "QUIC
// Crypto").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/agent/decode/quic_builder.h"

namespace gnomon::testing {

inline void PutLittle(ByteVector& to, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

using ChloTags = std::vector<std::pair<std::string, std::string>>;  // of 4 characters, and values

inline ByteVector Chlo(const ChloTags& tags) {
  ByteVector message = ToBytes("CHLO");
  PutLittle(message, tags.size(), 2);
  PutLittle(message, 0, 2);
  size_t end = 0;
  for (const auto& [tag, value] : tags) {
    PutText(message, tag);
    PutLittle(message, end += value.size(), 4);
  }
  for (const auto& [tag, value] : tags) PutText(message, value);
  return message;
}

// As a client's first one: padded, its version, its user agent.
inline ByteVector NamedChlo(const std::string& name) {
  ChloTags tags{{std::string("PAD\0", 4), std::string(600, '-')}};
  if (!name.empty()) tags.emplace_back(std::string("SNI\0", 4), name);
  tags.emplace_back(std::string("VER\0", 4), "Q043");
  tags.emplace_back("UAID", "Chrome/80.0 Linux");
  return Chlo(tags);
}

// A STREAM frame of the crypto stream (stream 1, offset 0, with its length), padded.
inline ByteVector GquicFrames(Bytes chlo, uint8_t type = 0xa0, uint8_t stream = 1) {
  ByteVector frames{type, stream};
  Put(frames, chlo.size(), 2);
  Put(frames, chlo);
  if (frames.size() < 1320) frames.resize(1320, 0);
  return frames;
}

// The hash is not looked at.
inline ByteVector Q043Packet(Bytes frames, uint8_t flags = 0x09, uint32_t version = 0x51303433) {
  ByteVector packet{flags};
  Put(packet, 0x0102030405060708, 8);
  Put(packet, version, 4);
  Put(packet, 1, flags & 0x10 ? 2 : 1);
  packet.resize(packet.size() + 12, 0xf0);
  Put(packet, frames);
  return packet;
}
inline ByteVector Q046Packet(Bytes frames) {
  ByteVector packet{0xc3};
  Put(packet, 0x51303436, 4);
  Put(packet, 0x50, 1);
  Put(packet, 0x0102030405060708, 8);
  Put(packet, 1, 4);
  packet.resize(packet.size() + 12, 0xf0);
  Put(packet, frames);
  return packet;
}
// An Initial packet whose CRYPTO frame has Google's type.
inline ByteVector Q050Packet(Bytes chlo) {
  ByteVector frames{0x08};
  PutVarint(frames, 0);
  PutVarint(frames, chlo.size(), 2);
  Put(frames, chlo);
  return SealInitial({.version = decode::kGoogleQ050, .scid = {}, .number = 1}, frames);
}

}  // namespace gnomon::testing

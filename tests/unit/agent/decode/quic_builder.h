// QUIC packets as clients and servers send them (RFC 9000 section 17.2), sealed with OpenSSL's own
// HMAC and AES: nothing of what is tested is used, but for the table of versions.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "agent/decode/quic_version.h"
#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::testing {

inline ByteVector FromHex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  ByteVector bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return bytes;
}

// In `width` bytes (1, 2, 4 or 8), or in as few as it takes.
inline void PutVarint(ByteVector& to, uint64_t value, size_t width = 0) {
  if (width == 0) width = value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8;
  const uint64_t prefix = width == 1 ? 0 : width == 2 ? 1 : width == 4 ? 2 : 3;
  Put(to, value | prefix << (8 * width - 2), width);
}

inline ByteVector CryptoFrame(uint64_t offset, Bytes data) {
  ByteVector frame{0x06};
  PutVarint(frame, offset);
  PutVarint(frame, data.size(), data.size() < 64 ? 1 : 2);
  Put(frame, data);
  return frame;
}

struct InitialShape {
  uint32_t version = decode::kQuicVersion1;
  ByteVector dcid = FromHex("8394c8f03e515708");
  ByteVector key_dcid = {};  // what the keys come from, where it is not `dcid`
  ByteVector scid = {1, 2, 3};
  ByteVector token = {};
  uint32_t number = 0;
  size_t number_length = 1;
  size_t packet_bytes = 1200;  // padded up to this; 0: not padded
  bool from_server = false;
};

inline ByteVector HmacSha256(Bytes key, Bytes text) {
  ByteVector out(32);
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), out.data(),
       nullptr);
  return out;
}

inline ByteVector ExpandLabel(Bytes secret, std::string_view label, size_t length) {
  ByteVector info;
  Put(info, length, 2);
  Put(info, 6 + label.size(), 1);
  PutText(info, "tls13 ");
  PutText(info, label);
  Put(info, 0x0001, 2);
  ByteVector out = HmacSha256(secret, info);
  out.resize(length);
  return out;
}

// The long header up to the packet's length; `type` as version 1 numbers it.
inline ByteVector LongHeader(const InitialShape& shape, int type) {
  const bool second = shape.version == decode::kQuicVersion2;
  ByteVector header{static_cast<uint8_t>(0xc0 | ((type + (second ? 1 : 0)) & 3) << 4 |
                                         (shape.number_length - 1))};
  Put(header, shape.version, 4);
  PutVector(header, shape.dcid, 1);
  PutVector(header, shape.scid, 1);
  return header;
}

// An Initial packet with these frames.
inline ByteVector SealInitial(const InitialShape& shape, ByteVector frames) {
  const decode::QuicVersion* version = decode::FindQuicVersion(shape.version);
  const ByteVector salt = version == nullptr
                              ? ByteVector(20, 1)
                              : ByteVector(version->salt.begin(), version->salt.end());
  const std::string label = shape.version == decode::kQuicVersion2 ? "quicv2 " : "quic ";
  const ByteVector initial = HmacSha256(salt, shape.key_dcid.empty() ? shape.dcid : shape.key_dcid);
  const ByteVector secret = ExpandLabel(initial, shape.from_server ? "server in" : "client in", 32);
  const ByteVector key = ExpandLabel(secret, label + "key", 16);
  ByteVector nonce = ExpandLabel(secret, label + "iv", 12);
  const ByteVector header_key = ExpandLabel(secret, label + "hp", 16);

  ByteVector packet = LongHeader(shape, 0);
  PutVarint(packet, shape.token.size());
  Put(packet, shape.token);
  const size_t overhead = packet.size() + 2 + shape.number_length + 16;
  // Padding so that there is enough for the sample (RFC 9001 section 5.4.2).
  const size_t least =
      std::max<size_t>(4, shape.packet_bytes - std::min(shape.packet_bytes, overhead));
  if (frames.size() < least) frames.resize(least);
  PutVarint(packet, shape.number_length + frames.size() + 16, 2);
  const size_t number_at = packet.size();
  Put(packet, shape.number, shape.number_length);
  for (size_t i = 0; i < 4; ++i) nonce[8 + i] ^= static_cast<uint8_t>(shape.number >> (24 - 8 * i));

  const size_t text_at = packet.size();
  packet.resize(text_at + frames.size() + 16);
  using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
  const Context seal(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  EVP_EncryptInit_ex(seal.get(), EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
  EVP_EncryptUpdate(seal.get(), nullptr, &length, packet.data(), static_cast<int>(text_at));
  EVP_EncryptUpdate(seal.get(), packet.data() + text_at, &length, frames.data(),
                    static_cast<int>(frames.size()));
  EVP_EncryptFinal_ex(seal.get(), nullptr, &length);
  EVP_CIPHER_CTX_ctrl(seal.get(), EVP_CTRL_AEAD_GET_TAG, 16,
                      packet.data() + text_at + frames.size());
  std::array<uint8_t, 32> mask;
  const Context ecb(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(ecb.get(), EVP_aes_128_ecb(), nullptr, header_key.data(), nullptr);
  EVP_EncryptUpdate(ecb.get(), mask.data(), &length, packet.data() + number_at + 4, 16);
  packet[0] ^= mask[0] & 0x0f;
  for (size_t i = 0; i < shape.number_length; ++i) packet[number_at + i] ^= mask[1 + i];
  return packet;
}

// A long-header packet of another type (1: 0-RTT, 2: Handshake) whose content nobody here can read.
inline ByteVector OtherLongPacket(const InitialShape& shape, int type, size_t content) {
  ByteVector packet = LongHeader(shape, type);
  PutVarint(packet, content, 2);
  packet.resize(packet.size() + content, 0x9d);
  return packet;
}

// RFC 9000 section 17.2.5: tells the client to begin anew towards shape.scid.
inline ByteVector RetryPacket(const InitialShape& shape) {
  ByteVector packet = LongHeader(shape, 3);
  packet.resize(packet.size() + 40, 0x77);  // token and integrity tag
  return packet;
}

}  // namespace gnomon::testing

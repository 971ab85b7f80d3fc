// Finds the server name in the first bytes of a TLS client, over TCP or QUIC.
// RFC 8446 section 4.1.2 (ClientHello), 5.1 (record layer); RFC 6066 section 3 (server_name).
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace gnomon::decode {

// A DNS name or address literal as it stood in the hello, lower-cased; at most 255 bytes.
class HostName {
 public:
  std::string_view view() const { return {bytes_.data(), length_}; }
  bool empty() const { return length_ == 0; }
  // False, and empty, where the text is no plausible host name: empty, over 255 bytes, a character
  // outside [A-Za-z0-9._:-], an empty or over-long label. A trailing dot is dropped.
  bool Assign(Bytes text);

 private:
  std::array<char, 255> bytes_{};
  uint8_t length_ = 0;
};

// At most `kMost` numbers, in the order of the wire; GREASE (RFC 8701) is left out.
template <size_t kMost>
class HelloList {
 public:
  void Add(uint16_t value) {
    if ((value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff)) return;
    if (count_ < kMost) {
      values_[count_++] = value;
    } else {
      overflown_ = true;
    }
  }
  std::span<const uint16_t> view() const { return {values_.data(), count_}; }
  bool overflown() const { return overflown_; }  // there were more

 private:
  std::array<uint16_t, kMost> values_;
  uint16_t count_ = 0;
  bool overflown_ = false;
};

// What the client offers: what a fingerprint of its TLS library is made of (agent/decode/ja4.h).
// Whole only where the hello is complete. What contradicts itself in here is left out and stops
// nothing.
struct HelloOffer {
  // The longest seen: 88 cipher suites (a VPN client), 20 extensions, 28 signature algorithms.
  HelloList<128> cipher_suites;
  HelloList<64> extensions;
  HelloList<64> signature_algorithms;
  uint16_t version = 0;           // the highest of supported_versions, else legacy_version
  std::array<uint8_t, 8> alpn{};  // the first protocol (RFC 7301), or what fits of it
  uint8_t alpn_length = 0;        // of all of it; 0: none
  uint8_t alpn_last = 0;          // its last byte

  std::string_view alpn_view() const {
    return {reinterpret_cast<const char*>(alpn.data()), std::min<size_t>(alpn_length, alpn.size())};
  }
};

struct ClientHello {
  HostName server_name;            // empty: the hello has none
  std::array<uint8_t, 32> random{};
  bool complete = false;           // all bytes of the hello were there
  bool has_ech_extension = false;  // type 0xfe0d, real or GREASE
  HelloOffer offer;
};

enum class HelloResult : uint8_t {
  kNeedMore,   // so far a ClientHello, but neither its name nor its end has arrived
  kFound,      // *out is filled; server_name may be empty
  kNotHello,   // not a TLS ClientHello
  kMalformed,  // began as one and contradicts itself
};

// `stream` is the client's byte stream from its first byte: one or more TLS records, the handshake
// message split over them in any way. Returns kFound as soon as the name (or the end) is known;
// bytes behind the name never change that answer, only `complete`, `has_ech_extension` and `offer`.
// A name that is well framed but no plausible host name is found empty.
HelloResult ParseClientHello(Bytes stream, ClientHello* out);

// The same for `handshake` bytes without records around them, from the first one: a ClientHello as
// QUIC's CRYPTO frames carry it (RFC 9001 section 4.1.3).
HelloResult ParseClientHelloMessage(Bytes handshake, ClientHello* out);

}  // namespace gnomon::decode

// JA4, the fingerprint of a TLS client's library: which hello it sends, whatever the order of its
// parts. FoxIO, "JA4: TLS Client Fingerprinting", technical_details/JA4.md of
// github.com/FoxIO-LLC/ja4. This is the TLS client fingerprint only, which is under the BSD
// 3-Clause licence; none of the others of JA4+ is here. Pure: no I/O, no clock, no allocation.
//
// It says which program a hello may come from, and so it stays where the kind of client is told:
// agent/classify/client_families.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/decode/packet.h"
#include "agent/decode/tls_client_hello.h"

namespace gnomon::decode {

struct Ja4 {
  // "t13d1516h2_8daaf6152771_e5627efa2ab1": transport, version, name or none, numbers of cipher
  // suites and extensions, ends of the first protocol; SHA-256 of the cipher suites, and of the
  // extensions with the signature algorithms, cut to 12 digits.
  std::array<char, 36> text{};
  // Extensions that the library sends with every hello: without pre_shared_key and early_data,
  // which come with a resumed session (RFC 8446 sections 4.2.10 and 4.2.11), and padding, which
  // comes with a length.
  uint8_t lasting_extensions = 0;

  std::string_view view() const { return {text.data(), text.size()}; }
  std::string_view head() const { return view().substr(0, 10); }
  std::string_view cipher_hash() const { return view().substr(11, 12); }
};

// None of a hello that is not complete, or has longer lists than are kept.
std::optional<Ja4> MakeJa4(const ClientHello& hello, Transport transport);

}  // namespace gnomon::decode

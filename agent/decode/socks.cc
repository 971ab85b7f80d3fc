#include "agent/decode/socks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace gnomon::decode {
namespace {

constexpr uint8_t kVersion4 = 4;
constexpr uint8_t kVersion5 = 5;
constexpr uint8_t kConnect = 1;

// RFC 1928 section 3.
constexpr uint8_t kPassword = 2;
constexpr uint8_t kNoAcceptable = 0xff;
// RFC 1929 section 2.
constexpr uint8_t kPasswordVersion = 1;

// RFC 1928 section 5.
constexpr uint8_t kIpv4 = 1;
constexpr uint8_t kDomain = 3;
constexpr uint8_t kIpv6 = 4;

// Of a user or host name in SOCKS 4, whose specification sets none; SOCKS 5 has one byte for it.
constexpr size_t kMaxField = 255;

// The address of 4 or 16 bytes, as text.
bool AssignAddress(Bytes address, HostName* out) {
  char text[INET6_ADDRSTRLEN];
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, address.data(), text, sizeof text) == nullptr) return false;
  return out->Assign({reinterpret_cast<const uint8_t*>(text), std::strlen(text)});
}

// The client's greeting, and its password where the proxy asked for one: which it did shows in the
// next byte, as a request begins with another version. Leaves the reader behind the request's.
SocksResult SkipGreeting(ByteReader& reader) {
  const uint8_t count = reader.U8();
  if (!reader.ok()) return SocksResult::kNeedMore;
  // DCE/RPC begins with 5 as well, and then has a 0.
  if (count == 0) return SocksResult::kNotSocks;
  const Bytes methods = reader.Take(count);
  if (!reader.ok()) return SocksResult::kNeedMore;
  const auto offers = [&](uint8_t method) {
    return std::find(methods.begin(), methods.end(), method) != methods.end();
  };
  if (offers(kNoAcceptable)) return SocksResult::kNotSocks;
  uint8_t version = reader.U8();
  if (version == kPasswordVersion && offers(kPassword)) {
    reader.Skip(reader.U8());
    reader.Skip(reader.U8());
    version = reader.U8();
  }
  if (!reader.ok()) return SocksResult::kNeedMore;
  return version == kVersion5 ? SocksResult::kFound : SocksResult::kMalformed;
}

SocksResult ParseRequest5(ByteReader& reader, SocksRequest* out) {
  const uint8_t command = reader.U8();
  if (!reader.ok()) return SocksResult::kNeedMore;
  const uint8_t reserved = reader.U8();
  if (command != kConnect || reserved != 0) return SocksResult::kMalformed;
  const uint8_t type = reader.U8();
  if (!reader.ok()) return SocksResult::kNeedMore;
  if (type != kIpv4 && type != kDomain && type != kIpv6) return SocksResult::kMalformed;
  const size_t length = type == kDomain ? reader.U8() : (type == kIpv4 ? 4 : 16);
  const Bytes host = reader.Take(length);
  out->port = reader.U16();
  if (!reader.ok()) return SocksResult::kNeedMore;
  const bool plausible = type == kDomain ? out->host.Assign(host) : AssignAddress(host, &out->host);
  return plausible && out->port != 0 ? SocksResult::kFound : SocksResult::kMalformed;
}

// Bytes up to a NUL, and the reader behind it.
SocksResult TakeText(ByteReader& reader, Bytes* text) {
  const Bytes rest = reader.rest();
  const size_t length =
      static_cast<size_t>(std::find(rest.begin(), rest.end(), uint8_t{0}) - rest.begin());
  if (length > kMaxField) return SocksResult::kMalformed;
  *text = reader.Take(length);
  reader.Skip(1);
  return reader.ok() ? SocksResult::kFound : SocksResult::kNeedMore;
}

// 4A: the address 0.0.0.x, with x not 0, says that a name comes behind the user's.
bool IsPlaceholder(Bytes address) {
  return address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
}

SocksResult ParseRequest4(ByteReader& reader, SocksRequest* out) {
  const uint8_t command = reader.U8();
  if (!reader.ok()) return SocksResult::kNeedMore;
  if (command != kConnect) return SocksResult::kNotSocks;
  out->port = reader.U16();
  const Bytes address = reader.Take(4);
  if (!reader.ok()) return SocksResult::kNeedMore;
  if (out->port == 0) return SocksResult::kMalformed;
  Bytes user;
  if (const SocksResult taken = TakeText(reader, &user); taken != SocksResult::kFound) return taken;
  // Other protocols may begin with the same two bytes; a user's name is text.
  if (std::any_of(user.begin(), user.end(), [](uint8_t c) { return c < 0x20 || c == 0x7f; }))
    return SocksResult::kMalformed;
  if (!IsPlaceholder(address))
    return AssignAddress(address, &out->host) ? SocksResult::kFound : SocksResult::kMalformed;
  Bytes host;
  if (const SocksResult taken = TakeText(reader, &host); taken != SocksResult::kFound) return taken;
  return out->host.Assign(host) ? SocksResult::kFound : SocksResult::kMalformed;
}

SocksResult Parse(ByteReader& reader, SocksRequest* out) {
  out->version = reader.U8();
  if (!reader.ok()) return SocksResult::kNeedMore;
  if (out->version == kVersion4) return ParseRequest4(reader, out);
  if (out->version != kVersion5) return SocksResult::kNotSocks;
  const SocksResult greeted = SkipGreeting(reader);
  return greeted == SocksResult::kFound ? ParseRequest5(reader, out) : greeted;
}

}  // namespace

SocksResult ParseSocks(Bytes stream, SocksRequest* out) {
  *out = {};
  ByteReader reader(stream);
  const SocksResult result = Parse(reader, out);
  if (result == SocksResult::kFound) {
    out->length = reader.position();
  } else {
    *out = {};
  }
  return result;
}

bool BeginsAsSocks4a(Bytes bytes) {
  return bytes.size() >= 8 && bytes[0] == kVersion4 && bytes[1] == kConnect &&
         IsPlaceholder(bytes.subspan(4, 4));
}

}  // namespace gnomon::decode

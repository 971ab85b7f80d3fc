#include "agent/decode/ja4.h"

// As in quic_keys.cc: the other ways to SHA-256 allocate on every use.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <span>

namespace gnomon::decode {
namespace {

constexpr uint16_t kServerName = 0;
constexpr uint16_t kProtocols = 16;
constexpr uint16_t kPadding = 21;
constexpr uint16_t kPreSharedKey = 41;
constexpr uint16_t kEarlyData = 42;
constexpr char kDigits[] = "0123456789abcdef";

using Values = std::span<const uint16_t>;
using Hash = std::array<char, 12>;

// "1301,1302": what the hashes are made of.
class ListHash {
 public:
  ListHash() { SHA256_Init(&context_); }

  void Add(Values values) {
    for (const uint16_t value : values) {
      if (!first_) Add(',');
      for (int shift = 12; shift >= 0; shift -= 4) Add(kDigits[value >> shift & 15]);
      first_ = false;
    }
  }
  void BeginNext() {
    Add('_');
    first_ = true;
  }
  Hash Finish() {
    std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256_Final(digest.data(), &context_);
    Hash hash;
    for (size_t i = 0; i < hash.size(); ++i)
      hash[i] = kDigits[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    return hash;
  }

 private:
  void Add(char character) { SHA256_Update(&context_, &character, 1); }

  SHA256_CTX context_;
  bool first_ = true;
};

constexpr Hash kNoHash = {'0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0', '0'};

std::string_view VersionName(uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    default:
      return "00";
  }
}

bool IsAlphanumeric(uint8_t byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

// The ends of the first protocol's name, or of its hexadecimal form where one of them is no letter
// or digit.
std::array<char, 2> ProtocolEnds(const HelloOffer& offer) {
  if (offer.alpn_length == 0) return {'0', '0'};
  const uint8_t first = offer.alpn[0];
  const uint8_t last = offer.alpn_last;
  if (IsAlphanumeric(first) && IsAlphanumeric(last))
    return {static_cast<char>(first), static_cast<char>(last)};
  return {kDigits[first >> 4], kDigits[last & 15]};
}

char* PutCount(size_t count, char* at) {
  count = std::min<size_t>(count, 99);
  *at++ = kDigits[count / 10];
  *at++ = kDigits[count % 10];
  return at;
}

Hash CipherHash(const HelloOffer& offer) {
  const Values suites = offer.cipher_suites.view();
  if (suites.empty()) return kNoHash;
  std::array<uint16_t, 128> sorted;
  const auto end = std::copy(suites.begin(), suites.end(), sorted.begin());
  std::sort(sorted.begin(), end);
  ListHash hash;
  hash.Add({sorted.begin(), end});
  return hash.Finish();
}

Hash ExtensionHash(const HelloOffer& offer) {
  const Values all = offer.extensions.view();
  std::array<uint16_t, 64> sorted;
  // These two say what is asked for rather than who asks.
  const auto end = std::copy_if(all.begin(), all.end(), sorted.begin(), [](uint16_t type) {
    return type != kServerName && type != kProtocols;
  });
  if (end == sorted.begin()) return kNoHash;
  std::sort(sorted.begin(), end);
  ListHash hash;
  hash.Add({sorted.begin(), end});
  if (const Values algorithms = offer.signature_algorithms.view(); !algorithms.empty()) {
    hash.BeginNext();
    hash.Add(algorithms);
  }
  return hash.Finish();
}

}  // namespace

std::optional<Ja4> MakeJa4(const ClientHello& hello, Transport transport) {
  const HelloOffer& offer = hello.offer;
  if (!hello.complete || offer.cipher_suites.overflown() || offer.extensions.overflown() ||
      offer.signature_algorithms.overflown()) {
    return std::nullopt;
  }
  const Values extensions = offer.extensions.view();
  const auto has = [&](uint16_t type) {
    return std::find(extensions.begin(), extensions.end(), type) != extensions.end();
  };
  Ja4 made;
  char* at = made.text.data();
  *at++ = transport == Transport::kUdp ? 'q' : 't';
  at = std::ranges::copy(VersionName(offer.version), at).out;
  *at++ = has(kServerName) ? 'd' : 'i';
  at = PutCount(offer.cipher_suites.view().size(), at);
  at = PutCount(extensions.size(), at);
  at = std::ranges::copy(ProtocolEnds(offer), at).out;
  *at++ = '_';
  at = std::ranges::copy(CipherHash(offer), at).out;
  *at++ = '_';
  std::ranges::copy(ExtensionHash(offer), at);
  made.lasting_extensions =
      static_cast<uint8_t>(std::count_if(extensions.begin(), extensions.end(), [](uint16_t type) {
        return type != kPreSharedKey && type != kEarlyData && type != kPadding;
      }));
  return made;
}

}  // namespace gnomon::decode

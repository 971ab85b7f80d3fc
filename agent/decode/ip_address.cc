#include <arpa/inet.h>

#include <algorithm>

#include "agent/decode/packet.h"

namespace gnomon::decode {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::FromV4(Bytes four) {
  IpAddress address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  std::copy_n(four.begin(), 4, address.bytes.begin() + kMappedPrefix.size());
  return address;
}

IpAddress IpAddress::FromV6(Bytes sixteen) {
  IpAddress address;
  std::copy_n(sixteen.begin(), 16, address.bytes.begin());
  return address;
}

bool IpAddress::IsV4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

bool IpAddress::IsLoopback() const {
  if (IsV4()) return bytes[12] == 127;
  return std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t b) { return b == 0; }) &&
         bytes[15] == 1;
}

bool IpAddress::IsLocalNetwork() const {
  if (IsV4()) {
    const uint8_t a = bytes[12], b = bytes[13];
    return a == 10 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) ||
           (a == 169 && b == 254);
  }
  const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;  // fe80::/10
  const bool unique_local = (bytes[0] & 0xfe) == 0xfc;                    // fc00::/7
  return link_local || unique_local;
}

size_t FormatAddress(const IpAddress& address, char (&out)[46]) {
  const char* text = address.IsV4() ? inet_ntop(AF_INET, &address.bytes[12], out, sizeof out)
                                    : inet_ntop(AF_INET6, address.bytes.data(), out, sizeof out);
  if (text == nullptr) out[0] = '\0';
  return std::strlen(out);
}

}  // namespace gnomon::decode

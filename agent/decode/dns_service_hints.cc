#include "agent/decode/dns_service_hints.h"

namespace gnomon::decode {
namespace {

constexpr uint16_t kIpv4Hint = 4;
constexpr uint16_t kIpv6Hint = 6;

}  // namespace

bool ReadServiceHints(Bytes params, const DnsAddress& found, DnsAddressSink* sink) {
  ByteReader in(params);
  while (in.ok() && in.remaining() > 0) {
    const uint16_t key = in.U16();
    const size_t length = in.U16();
    ByteReader value(in.Take(length));
    if (key != kIpv4Hint && key != kIpv6Hint) continue;
    const size_t width = key == kIpv4Hint ? 4 : 16;
    if (value.remaining() == 0 || value.remaining() % width != 0) return false;
    while (sink != nullptr && value.remaining() > 0) {
      DnsAddress hinted = found;
      hinted.address =
          width == 4 ? IpAddress::FromV4(value.Take(4)) : IpAddress::FromV6(value.Take(16));
      sink->Consume(hinted);
    }
  }
  return in.ok();
}

}  // namespace gnomon::decode

#include "agent/sessionise/handshake_filter.h"

#include <algorithm>

namespace gnomon::sessionise {

HandshakeFilter::HandshakeFilter(classify::Via via) {
  switch (via) {
    case classify::Via::kHttp:
      client_data_ = true;
      return;
    case classify::Via::kConnect:
      rounds_ = 2;
      break;
    case classify::Via::kSocks:
      rounds_ = 1;
      replies_ = true;
      break;
    case classify::Via::kQuic:
      rounds_ = 1;
      padded_ = 2;
      break;
    case classify::Via::kTls:
    case classify::Via::kDns:
      rounds_ = 1;
      break;
  }
  allowance_ = kClientFinished;
}

uint32_t HandshakeFilter::Filter(bool upstream, uint32_t bytes) {
  if (!upstream) {
    if (rounds_ == 0) return bytes;
    if (replies_ && bytes <= kSocksReply) return 0;
    // One flight may be many packets: each needs client data before it.
    if (client_spoke_ || rounds_ == 1) --rounds_;
    client_spoke_ = false;
    return 0;
  }
  client_spoke_ = true;
  if (rounds_ > 0) return 0;
  if (padded_ > 0 && !client_data_ && bytes >= kQuicPadded) {
    --padded_;
    return 0;
  }
  const uint32_t handshake = std::min(bytes, allowance_);
  allowance_ -= handshake;
  if (bytes > handshake) client_data_ = true;
  return bytes - handshake;
}

}  // namespace gnomon::sessionise

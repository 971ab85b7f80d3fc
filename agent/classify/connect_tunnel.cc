#include "agent/classify/connect_tunnel.h"

#include "agent/classify/ech.h"

namespace gnomon::classify {

uint32_t ConnectTunnel::Enter(size_t length, uint32_t start) {
  open = true;
  return start + static_cast<uint32_t>(length);
}

bool ConnectTunnel::InnerNameWins(const decode::ClientHello& inner) const {
  return !open || (!inner.server_name.empty() && !IsEncryptedHello(inner));
}

}  // namespace gnomon::classify

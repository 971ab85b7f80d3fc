#include "agent/classify/connect_tunnel.h"

#include "agent/classify/ech.h"

namespace gnomon::classify {

uint32_t ConnectTunnel::Enter(const decode::ConnectRequest& head, uint32_t start) {
  open = true;
  return start + static_cast<uint32_t>(head.length);
}

bool ConnectTunnel::InnerNameWins(const decode::ClientHello& inner) const {
  return !open || (!inner.server_name.empty() && !IsEncryptedHello(inner));
}

}  // namespace gnomon::classify

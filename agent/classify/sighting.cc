#include "agent/classify/sighting.h"

namespace gnomon::classify {

std::string_view ViaName(Via via) {
  switch (via) {
    case Via::kTls:
      return "tls";
    case Via::kQuic:
      return "quic";
    case Via::kHttp:
      return "http";
    case Via::kConnect:
      return "connect";
    case Via::kSocks:
      return "socks";
    case Via::kDns:
      return "dns";
  }
  return "unknown";
}

std::string_view ClientByName(ClientBy by) {
  switch (by) {
    case ClientBy::kNobody:
      return "";
    case ClientBy::kSocket:
      return "socket";
    case ClientBy::kFingerprint:
      return "fingerprint";
  }
  return "";
}

}  // namespace gnomon::classify

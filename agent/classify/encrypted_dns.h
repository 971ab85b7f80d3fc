// Look-ups that the agent cannot read: DNS over HTTPS, TLS or QUIC. Such flows are counted, because
// what they answered cannot attribute a nameless flow; they are never a service.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/classify/sighting.h"
#include "agent/decode/tls_client_hello.h"

namespace gnomon::classify {

enum class EncryptedDns : uint8_t {
  kNone,
  kHttps,  // RFC 8484: told by the name of a public resolver, or by its address where there is none
  kTls,    // RFC 7858: a hello on port 853
  kQuic,   // RFC 9250: a hello for "doq"
};

// `direct`: the flow's server is the one that the hello is for, and no proxy on the way.
EncryptedDns EncryptedDnsOf(const decode::ClientHello& hello, const FiveTuple& tuple, bool direct);

// True for the names of public resolvers that answer over HTTPS, and what is below them.
bool IsPublicResolver(std::string_view name);

}  // namespace gnomon::classify

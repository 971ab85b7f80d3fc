#include "agent/classify/ech.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace gnomon::classify {
namespace {

// Cloudflare's is the one public name that serves other people's hosts at large
// (developers.cloudflare.com/ssl/edge-certificates/ech).
constexpr std::array<std::string_view, 1> kPublicNames = {"cloudflare-ech.com"};

}  // namespace

bool IsPublicName(std::string_view name) {
  return std::find(kPublicNames.begin(), kPublicNames.end(), name) != kPublicNames.end();
}

bool IsEncryptedHello(const decode::ClientHello& hello) {
  return hello.has_ech_extension && IsPublicName(hello.server_name.view());
}

}  // namespace gnomon::classify

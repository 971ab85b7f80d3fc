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

bool IsEncryptedHello(const decode::ClientHello& hello) {
  return hello.has_ech_extension &&
         std::find(kPublicNames.begin(), kPublicNames.end(), hello.server_name.view()) !=
             kPublicNames.end();
}

}  // namespace gnomon::classify

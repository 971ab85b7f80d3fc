#include "collector/access/throttle.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/random.h"

namespace gnomon::access {
namespace {

// gRPC writes peers as URIs: "ipv6:%5Bfe80::1%5D:443".
std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "%5B" || text.substr(i, 3) == "%5b") {
      plain += '[', i += 2;
    } else if (text.substr(i, 3) == "%5D" || text.substr(i, 3) == "%5d") {
      plain += ']', i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string Network(std::string host) {
  host = host.substr(0, host.find('%'));  // a zone
  std::array<uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return "other";
  constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0) {
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, bytes.data() + 12, text, sizeof text);
    return text;
  }
  return ToHex(std::span<const uint8_t>(bytes).first(8)) + "/64";
}

}  // namespace

std::string PeerAddress(std::string_view peer) {
  if (peer.size() > 128) return "other";
  const std::string plain = Unescaped(peer);
  const size_t port = plain.rfind(':');
  if (plain.starts_with("ipv4:") && port > 5 && port != std::string::npos) {
    return plain.substr(5, port - 5);
  }
  if (plain.starts_with("ipv6:[") && port != std::string::npos && port >= 8 &&
      plain[port - 1] == ']') {
    return Network(plain.substr(6, port - 7));
  }
  return "other";
}

Throttle::Bucket& Throttle::BucketOf(const std::string& address, TimeUs now) {
  const auto refill = [&](Bucket& bucket) {
    // A clock that went back gives nothing.
    const double seconds = static_cast<double>(std::max<TimeUs>(0, now - bucket.at)) / kSecondUs;
    bucket.left = std::min(limits_.burst, bucket.left + seconds * limits_.per_second);
    bucket.at = now;
  };
  auto found = buckets_.find(address);
  if (found == buckets_.end() && buckets_.size() >= limits_.max_peers) {
    // Full buckets remember nothing that an absent one would not.
    for (auto at = buckets_.begin(); at != buckets_.end();) {
      refill(at->second);
      at = at->second.left >= limits_.burst ? buckets_.erase(at) : std::next(at);
    }
    if (buckets_.size() >= limits_.max_peers) {
      Bucket& shared = buckets_.try_emplace("", Bucket{limits_.burst, now}).first->second;
      refill(shared);
      return shared;
    }
  }
  if (found == buckets_.end())
    found = buckets_.try_emplace(address, Bucket{limits_.burst, now}).first;
  refill(found->second);
  return found->second;
}

bool Throttle::Take(const std::string& address, TimeUs now) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = BucketOf(address, now);
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

bool Throttle::Has(const std::string& address, TimeUs now) {
  const std::lock_guard lock(mutex_);
  return BucketOf(address, now).left >= 1;
}

}  // namespace gnomon::access

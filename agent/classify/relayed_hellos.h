// One TLS connection that is seen twice: on the way to a proxy of this machine (loopback), and on
// the proxy's own way out. A CONNECT or SOCKS proxy passes the ClientHello on byte for byte, so the
// two have one `random` (RFC 8446 section 4.1.2: 32 bytes, new for each connection).
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace gnomon::classify {

class RelayedHellos {
 public:
  // A hello with this `random`, hashed, on loopback or elsewhere. True where the other of the two
  // was there a moment ago: this one is the same connection again. Looks at a fixed number of
  // entries.
  bool SeenOnOtherSide(uint64_t random, bool loopback, TimeUs now);

 private:
  // A proxy may look a name up and connect before it passes the hello on; clients give up after a
  // few seconds more.
  static constexpr TimeUs kLife = 10 * kSecondUs;
  // Connections of ten seconds: a browser that starts opens dozens.
  static constexpr size_t kEntries = 128;

  struct Entry {
    uint64_t random = 0;
    TimeUs time = INT64_MIN / 2;
    bool loopback = false;
  };
  std::array<Entry, kEntries> entries_;
  size_t next_ = 0;
  TimeUs last_loopback_ = INT64_MIN / 2;
};

}  // namespace gnomon::classify

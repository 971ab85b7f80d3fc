#include "agent/classify/client_families.h"

#include <cstddef>
#include <string_view>

namespace gnomon::classify {
namespace {

// A library keeps its cipher suites over many versions and changes its extensions often (ECH, key
// shares for post-quantum, a resumed session), so it is known by JA4's first part and the hash of
// the cipher suites. '?' in `head` is any character; the count of extensions has bounds of its own,
// because it says apart what shares its cipher suites.
struct Family {
  std::string_view head;
  std::string_view cipher_hash;
  int least_extensions;  // lasting ones
  int most_extensions;
  v1::Client kind;
};

// "Measured": with the program itself, on Debian 12 against a server on the same machine,
// 2026-11-23. "FoxIO": ja4plus-mapping.csv in github.com/FoxIO-LLC/ja4.
//
// Left out because programs of several kinds send it: GnuTLS with h2 (git, and WebKitGTK's
// browsers); Apple's (t13d2014h2_a09f3c656075: Safari, and every app on URLSession); Java (scripts,
// and JetBrains' editors); rustls (command line tools, and editors). Node 24 and later, whose 17
// cipher suites are those of Firefox, is told from it by its fewer extensions and left unknown.
constexpr Family kFamilies[] = {
    // Chromium and what is built on it (Chrome, Edge, Brave, Opera; Electron's windows too).
    // Measured:
    // 156, t13d1517h2, t13d1516h1 and resumed t13d1517h1 (WebSocket). FoxIO: t13d1516h2,
    // t13d1517h2.
    {"t13?15??h?", "8daaf6152771", 12, 20, v1::CLIENT_BROWSER},
    // Chromium over QUIC. Measured: 156, q13d0312h3; FoxIO: q13d0312h3. The three suites of TLS 1.3
    // are everybody's; the twelve extensions are not.
    {"q13?03??h3", "55b375c5d22e", 12, 12, v1::CLIENT_BROWSER},
    // Firefox. Measured: 153 ESR, t13d1617h2.
    {"t13?16??h?", "86a278354501", 14, 20, v1::CLIENT_BROWSER},
    // Firefox up to 140 or so. FoxIO's pcap/tls12.pcap: t13d1715h2; nDPI's tests: t13d1715h2.
    {"t13?17??h2", "5b57614c22b0", 15, 18, v1::CLIENT_BROWSER},
    // OpenSSL with its own list. Measured: curl 7.88.1 t13d3112h2, openssl s_client 3.0 t13d3111h2,
    // Debian's Python 3.11 t13d311100; curl --tls-max 1.2 t12d2807h2.
    {"t13?31????", "e8f1e7e78f70", 8, 14, v1::CLIENT_SCRIPT_RUNTIME},
    {"t12?28????", "d943125447b4", 5, 10, v1::CLIENT_SCRIPT_RUNTIME},
    // Python's list, where it is built from source. Measured: 3.11.7, urllib t13d181100 and
    // requests
    // t13d1812h1; FoxIO: t13d181000.
    {"t13?18????", "85036bcba153", 8, 14, v1::CLIENT_SCRIPT_RUNTIME},
    // Node up to 22. Measured: 20.20, fetch t13d5911h1, https t13d591000, http2 t13d5911h2, resumed
    // t13d5912h1.
    {"t13?59????", "a33745022dd6", 8, 14, v1::CLIENT_SCRIPT_RUNTIME},
    // Go. FoxIO: t13d190900 (up to 1.21); from 1.22 t13d1312h2 and t13d131100, by several who
    // published
    // their net/http's. Mobile Safari has the same suites, and more extensions.
    {"t13?19????", "9dc949149365", 7, 12, v1::CLIENT_SCRIPT_RUNTIME},
    {"t13?13????", "f57a46bbacb6", 8, 12, v1::CLIENT_SCRIPT_RUNTIME},
    // GnuTLS without a protocol, and over QUIC. Measured: wget 1.21 t13d291300; ngtcp2's client
    // 0.12.1
    // q13d0415h3.
    {"t13?29??00", "723694b0fccc", 10, 14, v1::CLIENT_SCRIPT_RUNTIME},
    {"q13?04??h3", "9caa18292e23", 10, 16, v1::CLIENT_SCRIPT_RUNTIME},
};

bool Fits(std::string_view head, std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '?' && pattern[i] != head[i]) return false;
  }
  return pattern.size() == head.size();
}

}  // namespace

v1::Client KindOfLibrary(const decode::Ja4& fingerprint) {
  for (const Family& family : kFamilies) {
    if (family.cipher_hash == fingerprint.cipher_hash() && Fits(fingerprint.head(), family.head) &&
        fingerprint.lasting_extensions >= family.least_extensions &&
        fingerprint.lasting_extensions <= family.most_extensions) {
      return family.kind;
    }
  }
  return v1::CLIENT_UNKNOWN;
}

}  // namespace gnomon::classify

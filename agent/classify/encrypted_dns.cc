#include "agent/classify/encrypted_dns.h"

#include <algorithm>
#include <array>

namespace gnomon::classify {
namespace {

constexpr uint16_t kHttpsPort = 443;
constexpr uint16_t kDnsTlsPort = 853;  // RFC 7858 section 3.1, RFC 9250 section 4.1.1

// The resolvers that browsers and systems offer by name, and where their operators say so. One that
// is not here is not noticed; a long list of small ones would change no report.
constexpr std::string_view kResolvers[] = {
    "cloudflare-dns.com",      // developers.cloudflare.com/1.1.1.1/encryption (mozilla., chrome.,
                               // family.)
    "one.one.one.one",         // the same page
    "cloudflare-gateway.com",  // developers.cloudflare.com/cloudflare-one
                               // (ID.cloudflare-gateway.com)
    "dns.google",              // developers.google.com/speed/public-dns/docs/doh
    "dns.google.com",          // the same page
    "8888.google",             // the same page
    "dns.quad9.net",           // quad9.net/service/service-addresses-and-features
    "dns9.quad9.net",          // the same page
    "dns10.quad9.net",         // the same page
    "dns11.quad9.net",         // the same page
    "dns12.quad9.net",         // the same page
    "doh.opendns.com",         // support.opendns.com: OpenDNS and DNS over HTTPS
    "doh.familyshield.opendns.com",    // the same page
    "doh.sandbox.opendns.com",         // the same page
    "doh.umbrella.com",                // docs.umbrella.com
    "dns.umbrella.com",                // the same page
    "dns.nextdns.io",                  // nextdns.io (Firefox: ID, others: /ID)
    "doh.dns.apple.com",               // Apple's relay, support.apple.com/102602
    "adguard-dns.com",                 // adguard-dns.io/kb (dns., family., unfiltered.)
    "dns.adguard.com",                 // before 2022
    "dns-family.adguard.com",          // before 2022
    "dns.mullvad.net",                 // mullvad.net/help/dns-over-https-and-dns-over-tls
    "base.dns.mullvad.net",            // the same page
    "doh.cleanbrowsing.org",           // cleanbrowsing.org/filters
    "dns.controld.com",                // controld.com
    "freedns.controld.com",            // controld.com/free-dns
    "doh.xfinity.com",                 // wiki.mozilla.org/Security/DOH-resolver-policy
    "private.canadianshield.cira.ca",  // the same page
    "doh.dns.sb",                      // dns.sb/doh
    "dns.alidns.com",                  // alidns.com
    "doh.pub",                         // dnspod.cn
    "dns0.eu",                         // dns0.eu (closed in 2025; still configured)
    "joindns4.eu",                     // joindns4.eu (protective., child., noads.)
    "dns.switch.ch",                   // switch.ch/en/dns-firewall
    "dns.digitale-gesellschaft.ch",    // digitale-gesellschaft.ch/dns
    "doh.libredns.gr",                 // libredns.gr
    "wikimedia-dns.org",               // meta.wikimedia.org/wiki/Wikimedia_DNS
};

using Four = std::array<uint8_t, 4>;
// These answer a hello without a name too. Their operators use the addresses for nothing else; the
// pages are those above.
constexpr Four kResolversV4[] = {{1, 1, 1, 1},      {1, 0, 0, 1},         {1, 1, 1, 2},
                                 {1, 1, 1, 3},      {8, 8, 8, 8},         {8, 8, 4, 4},
                                 {9, 9, 9, 9},      {149, 112, 112, 112}, {9, 9, 9, 10},
                                 {94, 140, 14, 14}, {208, 67, 222, 222},  {208, 67, 220, 220}};

bool IsOrIsBelow(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

bool IsResolverAddress(const decode::IpAddress& address) {
  return address.IsV4() &&
         std::any_of(std::begin(kResolversV4), std::end(kResolversV4), [&](const Four& four) {
           return std::equal(four.begin(), four.end(), address.bytes.begin() + 12);
         });
}

}  // namespace

bool IsPublicResolver(std::string_view name) {
  return std::any_of(std::begin(kResolvers), std::end(kResolvers),
                     [&](std::string_view suffix) { return IsOrIsBelow(name, suffix); });
}

EncryptedDns EncryptedDnsOf(const decode::ClientHello& hello, const FiveTuple& tuple, bool direct) {
  if (direct && tuple.transport == decode::Transport::kTcp && tuple.server_port == kDnsTlsPort)
    return EncryptedDns::kTls;
  if (tuple.transport == decode::Transport::kUdp && hello.offer.alpn_view() == "doq")
    return EncryptedDns::kQuic;
  if (hello.server_name.empty()) {
    const bool web = direct && tuple.server_port == kHttpsPort;
    return web && IsResolverAddress(tuple.server) ? EncryptedDns::kHttps : EncryptedDns::kNone;
  }
  return IsPublicResolver(hello.server_name.view()) ? EncryptedDns::kHttps : EncryptedDns::kNone;
}

}  // namespace gnomon::classify

// The catalogue for other programs of the same desk. The formats: docs/formats/catalogue.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/status.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// Signature numbers of one host are three in a row: TLS, QUIC, DNS. They lie in the range that
// Suricata leaves to its users (1000000 to 1999999, sidallocation.org) and hang on the host's name,
// so that thresholds and suppressions outlive a release of the catalogue.
inline constexpr uint32_t kFirstSid = 1'700'000;
inline constexpr uint32_t kLastSid = 1'999'999;

// Rules for Suricata 7 and later: tls.sni, quic.sni and dns.query of every host. Fails where there
// are more hosts than half of the range can number.
Result<std::string> ExportSuricata(const v1::Catalogue& catalogue);

// A file for Zeek's Intel framework, one Intel::DOMAIN a host. Zeek compares whole names: hosts
// below a suffix need a line of their own.
std::string ExportZeek(const v1::Catalogue& catalogue);

// One name a line as v2fly/domain-list-community writes them: "chatgpt.com" with all below it,
// "full:krea.ai" for the name alone.
std::string ExportDomains(const v1::Catalogue& catalogue);

// Every field of every service.
nlohmann::json ToJson(const v1::Service& service);
nlohmann::json ExportJson(const v1::Catalogue& catalogue);

}  // namespace gnomon::catalogue

// What buyers ask of a service: the vendor's seat, a contract for companies, the price of a seat.
#pragma once

#include <string>
#include <string_view>

#include "base/yaml.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// Of a vendor that does not say where it sits: a code that ISO 3166-1 leaves to its users, and that
// CLDR uses for "unknown region".
inline constexpr std::string_view kUnknownCountry = "ZZ";

// True for the 249 codes of ISO 3166-1 alpha-2 and for kUnknownCountry.
bool IsCountry(std::string_view code);

// Reads the keys country, enterprise_plan and list_price, all of which may be missing.
void ReadFacts(const std::string& origin, YamlFields* fields, v1::Service* service);

// What is wrong with them in a compiled service, or an empty string.
std::string FactsProblem(const v1::Service& service);

// "Business 25.00 USD", or an empty string where there is no price.
std::string PriceText(const v1::Service& service);

}  // namespace gnomon::catalogue

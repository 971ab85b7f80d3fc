#include "catalogue/facts.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "catalogue/names.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

// ISO 3166-1 alpha-2, the officially assigned codes, in order, two letters each.
constexpr std::string_view kCountries =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL"
    "CMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGU"
    "GWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMC"
    "MDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPT"
    "PWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUA"
    "UGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";
static_assert(kCountries.size() == 2 * 249);

constexpr uint32_t kMostHundredths = 100'000'00;  // of one seat and month; above is a slip

bool IsCurrency(std::string_view code) {
  return code.size() == 3 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "25", "19.9", "19.99" -> hundredths.
std::optional<uint32_t> ParseAmount(std::string_view text) {
  const size_t dot = text.find('.');
  std::string digits{text.substr(0, dot)};
  std::string_view fraction = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  if (digits.empty() || fraction.size() > 2 ||
      (dot != std::string_view::npos && fraction.empty())) {
    return std::nullopt;
  }
  digits += fraction;
  digits.append(2 - fraction.size(), '0');
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string PriceProblem(const v1::ListPrice& price) {
  if (std::string p = TextProblem(price.plan()); !p.empty()) return "plan " + p;
  if (price.hundredths() == 0 || price.hundredths() > kMostHundredths) {
    return "amount must be above 0 and at most 100000";
  }
  if (!IsCurrency(price.currency())) return "currency must be three capital letters of ISO 4217";
  if (std::string p = TextProblem(price.source()); !p.empty()) return "source " + p;
  if (price.date() <= 0) return "date is missing";
  return {};
}

void ReadPrice(const std::string& origin, const YAML::Node& node, YamlFields* service,
               v1::ListPrice* price) {
  YamlFields fields(node, origin);
  std::string plan, amount, currency, source, date;
  for (const char* key : {"plan", "amount", "currency", "source", "date"}) fields.Require(key);
  fields.String("plan", &plan);
  fields.String("amount", &amount);
  fields.String("currency", &currency);
  fields.String("source", &source);
  fields.String("date", &date);
  price->set_plan(plan);
  price->set_currency(currency);
  price->set_source(source);
  price->set_hundredths(ParseAmount(amount).value_or(0));
  price->set_date(ParseDate(date).value_or(0));
  std::string problem;
  if (const Status status = fields.Finish(); !status.ok()) {
    problem = status.message().substr(std::min(origin.size() + 1, status.message().size()));
  } else {
    problem = PriceProblem(*price);
  }
  if (!problem.empty()) service->Fail("list_price", problem);
}

}  // namespace

bool IsCountry(std::string_view code) {
  if (code == kUnknownCountry) return true;
  if (code.size() != 2) return false;
  for (size_t at = 0; at < kCountries.size(); at += 2) {
    if (kCountries.substr(at, 2) == code) return true;
  }
  return false;
}

void ReadFacts(const std::string& origin, YamlFields* fields, v1::Service* service) {
  std::string country;
  fields->String("country", &country);
  if (!country.empty()) {
    service->set_country(country);
    if (!IsCountry(country)) {
      fields->Fail("country", "expected two capital letters of ISO 3166-1, or ZZ");
    }
  }
  if (fields->Child("enterprise_plan").IsDefined()) {
    bool plan = false;
    fields->Bool("enterprise_plan", &plan);
    service->set_enterprise_plan(plan);
  }
  if (const YAML::Node price = fields->Child("list_price"); price.IsDefined()) {
    ReadPrice(origin, price, fields, service->mutable_list_price());
  }
}

std::string FactsProblem(const v1::Service& service) {
  if (!service.country().empty() && !IsCountry(service.country())) {
    return "country is no code of ISO 3166-1";
  }
  if (!service.has_list_price()) return {};
  const std::string problem = PriceProblem(service.list_price());
  return problem.empty() ? problem : "list_price: " + problem;
}

std::string PriceText(const v1::Service& service) {
  if (!service.has_list_price()) return {};
  const v1::ListPrice& price = service.list_price();
  const std::string cents = std::to_string(price.hundredths() % 100);
  return price.plan() + " " + std::to_string(price.hundredths() / 100) + "." +
         (cents.size() == 1 ? "0" : "") + cents + " " + price.currency();
}

}  // namespace gnomon::catalogue

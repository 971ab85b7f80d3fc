#include "value/figure.h"

#include <cmath>
#include <utility>

#include "base/text_table.h"

namespace gnomon::value {
namespace {

std::string Whole(double value) {
  const double rounded = std::round(value);
  const std::string digits = GroupedDigits(static_cast<unsigned long long>(std::fabs(rounded)));
  return rounded < 0 ? "-" + digits : digits;
}

// Estimates from studies are good for two digits as well.
std::string Rough(double value) {
  const auto size = static_cast<uint64_t>(std::llround(std::fabs(value)));
  const std::string digits = GroupedDigits(TwoDigits(size));
  return value < 0 && size > 0 ? "-" + digits : digits;
}

}  // namespace

v1::Figure Text(std::string text) {
  v1::Figure figure;
  figure.set_text(std::move(text));
  return figure;
}

v1::Figure Count(uint64_t value) {
  v1::Figure figure;
  figure.set_count(value);
  return figure;
}

v1::Figure Estimate(uint64_t value) {
  v1::Figure figure;
  figure.mutable_estimate()->set_value(TwoDigits(value));
  return figure;
}

v1::Figure Percent(uint64_t value) {
  v1::Figure figure;
  // As the gate does: "all of them" would be a statement about each laptop of the group.
  if (value > 90) {
    figure.mutable_percent()->set_over_90(true);
  } else {
    figure.mutable_percent()->set_value(static_cast<uint32_t>(value));
  }
  return figure;
}

v1::Figure Money(double amount, std::string currency) {
  v1::Figure figure;
  figure.mutable_money()->set_amount(amount);
  figure.mutable_money()->set_currency(std::move(currency));
  return figure;
}

v1::Figure Range(double low, double mid, double high, std::string unit) {
  v1::Figure figure;
  auto& range = *figure.mutable_range();
  range.set_low(low);
  range.set_mid(mid);
  range.set_high(high);
  range.set_unit(std::move(unit));
  return figure;
}

std::string Read(const v1::Figure& figure, Language language) {
  const bool chinese = language == Language::kChinese;
  switch (figure.kind_case()) {
    case v1::Figure::kText:
      return figure.text();
    case v1::Figure::kCount:
      return GroupedDigits(figure.count());
    case v1::Figure::kEstimate:
      return (chinese ? "约 " : "about ") + GroupedDigits(figure.estimate().value());
    case v1::Figure::kPercent:
      if (figure.percent().over_90()) return ">90 %";
      return std::to_string(figure.percent().value()) + " %";
    case v1::Figure::kMoney:
      return figure.money().currency() + " " + Whole(figure.money().amount());
    case v1::Figure::kRange: {
      const auto& range = figure.range();
      return Rough(range.low()) + (chinese ? " 至 " : " to ") + Rough(range.high()) +
             (chinese ? "（中值 " : " (middle ") + Rough(range.mid()) + (chinese ? "）" : ")");
    }
    case v1::Figure::KIND_NOT_SET:
      break;
  }
  return "?";
}

uint64_t TwoDigits(uint64_t value) {
  uint64_t unit = 1;
  while (value / unit >= 100) unit *= 10;
  return (value / unit + (value % unit >= (unit + 1) / 2 ? 1 : 0)) * unit;
}

}  // namespace gnomon::value

#include "cli/health_answer.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/text_table.h"
#include "cli/csv.h"

namespace gnomon::cli {
namespace {

using Json = nlohmann::ordered_json;
using Align = TextTable::Align;

// What may be wrong with a laptop's agent, in the order in which it is shown, for all formats.
struct Trouble {
  const char* id;
  const char* title;
  uint32_t (v1::HealthSummary::*devices)() const;
  uint32_t (v1::HealthSummary::*of)() const;  // that could have said so
};
constexpr std::array<Trouble, 9> kTroubles = {{
    {"devices_without_capture", "no capture", &v1::HealthSummary::devices_without_capture,
     &v1::HealthSummary::devices},
    {"devices_with_kernel_drops", "kernel drops", &v1::HealthSummary::devices_with_kernel_drops,
     &v1::HealthSummary::devices},
    {"devices_with_quarantine", "refused batches", &v1::HealthSummary::devices_with_quarantine,
     &v1::HealthSummary::devices},
    {"devices_with_loss", "records lost on the laptop", &v1::HealthSummary::devices_with_loss,
     &v1::HealthSummary::devices},
    {"devices_with_vpn", "VPN or tunnel seen", &v1::HealthSummary::devices_with_vpn,
     &v1::HealthSummary::devices_with_coverage},
    {"devices_with_encrypted_dns", "encrypted DNS seen",
     &v1::HealthSummary::devices_with_encrypted_dns, &v1::HealthSummary::devices_with_coverage},
    {"devices_with_ech_without_dns", "encrypted hellos without DNS",
     &v1::HealthSummary::devices_with_ech_without_dns, &v1::HealthSummary::devices_with_coverage},
    {"devices_mostly_unattributed", "most flows unattributed",
     &v1::HealthSummary::devices_mostly_unattributed, &v1::HealthSummary::devices_with_coverage},
    {"devices_without_client_lookups", "no look at other users' clients",
     &v1::HealthSummary::devices_without_client_lookups, &v1::HealthSummary::devices_with_coverage},
}};

std::string ToJson(const v1::HealthSummary& summary) {
  Json json = {{"devices", summary.devices()},
               {"devices_silent", summary.devices_silent()},
               {"devices_with_coverage", summary.devices_with_coverage()}};
  for (const Trouble& trouble : kTroubles) json[trouble.id] = (summary.*trouble.devices)();
  json["devices_expired"] = summary.devices_expired();
  json["authority_ends"] = summary.authority_ends();
  json["versions"] = Json::array();
  for (const auto& version : summary.versions()) {
    json["versions"].push_back({{"agent", version.agent_version()},
                                {"catalogue", version.catalogue_version()},
                                {"devices", version.devices()}});
  }
  return json.dump(1) + "\n";
}

// One line a number; `of` is what it is a part of.
std::string ToCsv(const v1::HealthSummary& summary) {
  const auto number = [](uint64_t value) { return std::to_string(value); };
  std::string csv = CsvLine({"measure", "agent", "catalogue", "devices", "of"});
  const uint32_t enrolled = summary.devices() + summary.devices_silent();
  csv += CsvLine({"devices", "", "", number(summary.devices()), number(enrolled)});
  csv += CsvLine({"devices_silent", "", "", number(summary.devices_silent()), number(enrolled)});
  csv += CsvLine({"devices_expired", "", "", number(summary.devices_expired()), number(enrolled)});
  csv += CsvLine({"devices_with_coverage", "", "", number(summary.devices_with_coverage()),
                  number(summary.devices())});
  for (const Trouble& trouble : kTroubles) {
    csv += CsvLine({trouble.id, "", "", number((summary.*trouble.devices)()),
                    number((summary.*trouble.of)())});
  }
  for (const auto& version : summary.versions()) {
    csv += CsvLine({"version", version.agent_version(), number(version.catalogue_version()),
                    number(version.devices()), number(summary.devices())});
  }
  return csv;
}

// "12 %"; a part is never shown as none, nor as all.
std::string Share(uint32_t part, uint32_t whole) {
  if (whole == 0) return "-";
  if (part == 0 || part >= whole) return part == 0 ? "0 %" : "100 %";
  const uint64_t percent = (uint64_t{part} * 100 + whole / 2) / whole;
  return percent == 0 ? "<1 %" : percent >= 100 ? ">99 %" : std::to_string(percent) + " %";
}

std::string ToTables(const v1::HealthSummary& summary, bool colour) {
  TextTable troubles({{"TROUBLE"}, {"DEVICES", Align::kRight}, {"SHARE", Align::kRight}});
  for (const Trouble& trouble : kTroubles) {
    const uint32_t devices = (summary.*trouble.devices)();
    troubles.AddRow(
        {trouble.title, GroupedDigits(devices), Share(devices, (summary.*trouble.of)())});
  }
  std::string text = GroupedDigits(summary.devices()) + " devices reported in the last 7 days, " +
                     GroupedDigits(summary.devices_silent()) + " enrolled ones did not.\n\n" +
                     troubles.Render(colour);
  if (summary.devices_expired() > 0) {
    text += "The certificate of " + GroupedDigits(summary.devices_expired()) +
            " enrolled ones has ended: they have been off for long.\n";
  }
  if (summary.devices_with_coverage() < summary.devices()) {
    text += "From \"VPN\" on, shares are of the " + GroupedDigits(summary.devices_with_coverage()) +
            " devices whose agents report coverage.\n";
  }
  if (summary.versions().empty()) return text;
  TextTable versions({{"AGENT"}, {"CATALOGUE", Align::kRight}, {"DEVICES", Align::kRight}});
  for (const auto& version : summary.versions()) {
    versions.AddRow({version.agent_version(), std::to_string(version.catalogue_version()),
                     GroupedDigits(version.devices())});
  }
  return text + "\n" + versions.Render(colour);
}

}  // namespace

std::string Render(const v1::HealthSummary& summary, Format format, bool colour) {
  switch (format) {
    case Format::kJson:
      return ToJson(summary);
    case Format::kCsv:
      return ToCsv(summary);
    case Format::kTable:
      break;
  }
  return ToTables(summary, colour);
}

}  // namespace gnomon::cli

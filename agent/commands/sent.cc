// gnomon-agent sent: every record that left this laptop or waits to leave, in plain words.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/anonymise/usage_delta.h"
#include "agent/commands/commands.h"
#include "agent/inspect/words.h"
#include "agent/spool/spool.h"
#include "base/terminal.h"
#include "base/text_table.h"
#include "catalogue/table.h"

namespace gnomon::agent {
namespace {

const char* StateName(spool::BatchState state) {
  switch (state) {
    case spool::BatchState::kPending: return "waiting";
    case spool::BatchState::kSent: return "sent";
    case spool::BatchState::kQuarantined: return "refused";
  }
  return "unknown";
}

// "web" from SURFACE_WEB, "desktop app" from SURFACE_DESKTOP_APP.
std::string Words(const std::string& enumerator, size_t prefix) {
  std::string words = enumerator.substr(prefix);
  for (char& c : words) c = c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  return words;
}
std::string SurfaceWords(v1::Surface v) { return Words(v1::Surface_Name(v), sizeof("SURFACE_") - 1); }
std::string TenureWords(v1::Tenure v) { return Words(v1::Tenure_Name(v), sizeof("TENURE_") - 1); }
std::string RegularityWords(v1::Regularity v) {
  return Words(v1::Regularity_Name(v), sizeof("REGULARITY_") - 1);
}
std::string OffHoursWords(v1::OffHours v) {
  return Words(v1::OffHours_Name(v), sizeof("OFF_HOURS_") - 1);
}

std::string ServiceName(const catalogue::Table* table, const std::string& id) {
  if (id == anonymise::kAnyService) return "any AI service";
  if (table != nullptr) {
    const catalogue::ServiceIndex index = table->FindService(id);
    if (index != catalogue::kNoService) return table->service(index).name();
  }
  return id;
}

std::string FirstFlags(const v1::UsageRecord& record) {
  std::string text;
  if (record.first_today()) text += "day";
  if (record.first_this_week()) text += text.empty() ? "week" : ", week";
  if (record.first_this_month()) text += text.empty() ? "month" : ", month";
  return text.empty() ? "-" : text;
}

nlohmann::ordered_json ToJson(const v1::UsageRecord& record) {
  nlohmann::ordered_json json;
  json["day"] = FormatDay(record.day());
  json["department"] = record.department();
  json["service"] = record.service();
  json["surface"] = SurfaceWords(record.surface());
  json["client"] = inspect::ClientName(record.client());
  json["evidence"] = inspect::EvidenceName(record.evidence());
  json["visits"] = record.visits();
  json["turns"] = record.turns();
  json["automated_turns"] = record.automated_turns();
  json["active_minutes"] = record.active_minutes();
  json["uploads"] = record.uploads();
  json["kib_up"] = record.kib_up();
  json["kib_down"] = record.kib_down();
  json["first_today"] = record.first_today();
  json["first_this_week"] = record.first_this_week();
  json["first_this_month"] = record.first_this_month();
  json["tenure"] = TenureWords(record.tenure());
  json["regularity"] = RegularityWords(record.regularity());
  json["off_hours"] = OffHoursWords(record.off_hours());
  return json;
}

void PrintJson(const std::vector<spool::StoredBatch>& batches) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const spool::StoredBatch& batch : batches) {
    nlohmann::ordered_json json;
    json["state"] = StateName(batch.state);
    json["frozen"] = FormatDay(batch.day);
    json["sent"] = batch.sent_day != 0 ? nlohmann::ordered_json(FormatDay(batch.sent_day)) : nullptr;
    if (batch.state == spool::BatchState::kQuarantined) {
      json["reason"] = Words(v1::Receipt::Reason_Name(batch.reason), sizeof("REASON_") - 1);
    }
    json["records"] = nlohmann::ordered_json::array();
    for (const v1::UsageRecord& record : batch.records) json["records"].push_back(ToJson(record));
    all.push_back(std::move(json));
  }
  std::printf("%s\n", all.dump(1).c_str());
}

void PrintTable(const std::vector<spool::StoredBatch>& batches, const catalogue::Table* table) {
  if (batches.empty()) {
    std::printf("Nothing has left this laptop, and nothing waits to leave.\n");
    return;
  }
  TextTable rows({{"STATE"}, {"DAY"}, {"SERVICE"}, {"SURFACE"},
                  {"VISITS", TextTable::Align::kRight}, {"TURNS", TextTable::Align::kRight},
                  {"AUTOMATED", TextTable::Align::kRight},
                  {"MINUTES", TextTable::Align::kRight}, {"UPLOADS", TextTable::Align::kRight},
                  {"KIB UP", TextTable::Align::kRight}, {"KIB DOWN", TextTable::Align::kRight},
                  {"FIRST OF"}});
  std::string department;
  for (const spool::StoredBatch& batch : batches) {
    for (const v1::UsageRecord& record : batch.records) {
      department = record.department();
      const bool any = record.service() == anonymise::kAnyService;
      const auto count = [&](uint64_t value) { return any ? std::string("-") : std::to_string(value); };
      rows.AddRow({StateName(batch.state), FormatDay(record.day()),
                   ServiceName(table, record.service()),
                   any ? "-" : SurfaceWords(record.surface()), count(record.visits()),
                   count(record.turns()), count(record.automated_turns()), count(record.active_minutes()), count(record.uploads()),
                   count(record.kib_up()), count(record.kib_down()), FirstFlags(record)});
    }
  }
  std::printf("%s", rows.Render(terminal::WantsColour(stdout)).c_str());
  std::printf(
      "\nThis is everything: day counts for department %s. Turns, minutes and uploads are estimates\n"
      "from sizes and times. No content, address, host name, user or device is in a record.\n"
      "\"automated\" are turns at regular times, or faster than a person reads and types: a script's.\n"
      "\"first of\" lets the collector count laptops without knowing which.\n",
      department.c_str());
}

}  // namespace

int RunSent(const Config& config, const SentArguments& arguments) {
  auto spool = spool::Spool::OpenReadOnly(config.state / "spool.db");
  std::vector<spool::StoredBatch> batches;
  if (spool.ok()) {
    auto history = (*spool)->History(arguments.limit);
    if (!history.ok()) return Fail(history.status());
    batches = std::move(*history);
  } else if (spool.status().code() != StatusCode::kNotFound) {
    return Fail(spool.status());
  }
  if (arguments.pending_only) {
    std::erase_if(batches, [](const auto& batch) { return batch.state != spool::BatchState::kPending; });
  }
  if (arguments.json) {
    PrintJson(batches);
    return 0;
  }
  // The catalogue only gives the names' spelling: without one the ids serve.
  auto table = catalogue::Table::Load(config.catalogue.string());
  PrintTable(batches, table.ok() ? table->get() : nullptr);
  return 0;
}

}  // namespace gnomon::agent

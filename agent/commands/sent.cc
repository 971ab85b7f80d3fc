// gnomon-agent sent: every record that left this laptop or waits to leave, in plain words.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/anonymise/usage_delta.h"
#include "agent/commands/commands.h"
#include "agent/commands/explain.h"
#include "agent/inspect/words.h"
#include "base/terminal.h"
#include "base/text_table.h"
#include "catalogue/table.h"

namespace gnomon::agent {
namespace {

const char* StateName(v1::StoredBatch::State state, Language language) {
  switch (state) {
    case v1::StoredBatch::STATE_WAITING: return In(language, "waiting", "等待发送");
    case v1::StoredBatch::STATE_SENT: return In(language, "sent", "已发送");
    case v1::StoredBatch::STATE_REFUSED: return In(language, "refused", "被拒收");
    default: return In(language, "unknown", "未知");
  }
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

std::string ServiceName(const catalogue::Table* table, const std::string& id, Language language) {
  if (id == anonymise::kAnyService) return In(language, "any AI service", "任意 AI 服务");
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

using Batches = google::protobuf::RepeatedPtrField<v1::StoredBatch>;

void PrintJson(const Batches& batches) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const v1::StoredBatch& batch : batches) {
    nlohmann::ordered_json json;
    json["state"] = StateName(batch.state(), Language::kEnglish);
    json["frozen"] = FormatDay(batch.frozen());
    json["sent"] = batch.sent() != 0 ? nlohmann::ordered_json(FormatDay(batch.sent())) : nullptr;
    if (batch.state() == v1::StoredBatch::STATE_REFUSED) {
      json["reason"] = Words(batch.reason(), sizeof("REASON_") - 1);
    }
    json["records"] = nlohmann::ordered_json::array();
    for (const v1::UsageRecord& record : batch.records()) json["records"].push_back(ToJson(record));
    all.push_back(std::move(json));
  }
  std::printf("%s\n", all.dump(1).c_str());
}

// No field holds a comma, a quote or a line feed: codes, ids, numbers and words of the program's own.
void PrintCsv(const Batches& batches) {
  bool first = true;
  for (const v1::StoredBatch& batch : batches) {
    for (const v1::UsageRecord& record : batch.records()) {
      std::string header = "state,sent", line = StateName(batch.state(), Language::kEnglish);
      line += "," + (batch.sent() != 0 ? FormatDay(batch.sent()) : std::string());
      const nlohmann::ordered_json json = ToJson(record);
      for (const auto& [name, value] : json.items()) {
        header += "," + name;
        line += "," + (value.is_string() ? value.get<std::string>() : value.dump());
      }
      if (std::exchange(first, false)) std::printf("%s\n", header.c_str());
      std::printf("%s\n", line.c_str());
    }
  }
}

void PrintExplained(const Batches& batches, const catalogue::Table* table, Language language) {
  for (const v1::StoredBatch& batch : batches) {
    for (const v1::UsageRecord& record : batch.records()) {
      std::printf("%s  %s  (%s)\n%s\n", FormatDay(record.day()).c_str(),
                  ServiceName(table, record.service(), language).c_str(),
                  StateName(batch.state(), language), ExplainRecord(record, language).c_str());
    }
  }
}

void PrintTable(const Batches& batches, const catalogue::Table* table, Language language) {
  const auto right = TextTable::Align::kRight;
  const auto say = [&](const char* english, const char* chinese) { return In(language, english, chinese); };
  TextTable rows({{say("STATE", "状态")}, {say("DAY", "日期")}, {say("SERVICE", "服务")},
                  {say("SURFACE", "入口")}, {say("VISITS", "访问"), right}, {say("TURNS", "问答"), right},
                  {say("AUTOMATED", "自动"), right}, {say("MINUTES", "分钟"), right},
                  {say("UPLOADS", "上传"), right}, {say("KIB UP", "上行 KiB"), right},
                  {say("KIB DOWN", "下行 KiB"), right}, {say("FIRST OF", "首次")}});
  for (const v1::StoredBatch& batch : batches) {
    for (const v1::UsageRecord& record : batch.records()) {
      const bool any = record.service() == anonymise::kAnyService;
      const auto count = [&](uint64_t value) { return any ? std::string("-") : std::to_string(value); };
      rows.AddRow({StateName(batch.state(), language), FormatDay(record.day()),
                   ServiceName(table, record.service(), language),
                   any ? "-" : SurfaceWords(record.surface()), count(record.visits()),
                   count(record.turns()), count(record.automated_turns()),
                   count(record.active_minutes()), count(record.uploads()), count(record.kib_up()),
                   count(record.kib_down()), FirstFlags(record)});
    }
  }
  std::printf("%s\n", rows.Render(terminal::WantsColour(stdout)).c_str());
}

void PrintEnd(const Batches& batches, Language language) {
  std::printf(
      In(language,
         "This is everything: day counts for department %s. Turns, minutes and uploads are estimates\n"
         "from sizes and times. No content, address, host name, user or device is in a record.\n"
         "\"automated\" are turns at regular times, or faster than a person reads and types: a script's.\n"
         "\"first of\" lets the collector count laptops without knowing which.\n"
         "Each field in words: gnomon-agent sent --explain. To stop: gnomon-agent pause.\n",
         "以上即全部内容：部门 %s 的按日计数。问答、分钟和上传均为根据数据量和时间得出的估算值。\n"
         "记录中没有内容、地址、主机名、用户或设备。\n"
         "“自动”指按固定时间出现、或比人阅读和输入更快的问答：来自脚本。\n"
         "“首次”用于统计电脑数量，而无需知道是哪一台。\n"
         "逐项说明：gnomon-agent sent --explain。暂停：gnomon-agent pause。\n"),
      batches.begin()->records(0).department().c_str());
}

}  // namespace

int RunSent(const Config& config, const SentArguments& arguments) {
  Result<v1::ControlReply> reply = ReadSent(config, arguments.limit);
  if (!reply.ok()) return Fail(reply.status());
  Batches batches;
  for (const v1::StoredBatch& batch : reply->batches()) {
    const bool waiting = batch.state() == v1::StoredBatch::STATE_WAITING;
    if (batch.records_size() > 0 && (waiting || !arguments.pending_only)) *batches.Add() = batch;
  }
  if (reply->more()) std::fprintf(stderr, "gnomon-agent: there is more than one answer holds; ask with a smaller --limit\n");
  const Language language = arguments.language;
  if (arguments.format == "json") {
    PrintJson(batches);
  } else if (arguments.format == "csv") {
    PrintCsv(batches);
  } else if (batches.empty()) {
    std::printf("%s\n", arguments.pending_only
                            ? In(language, "Nothing waits to leave this laptop.", "没有等待从本机发出的内容。")
                            : In(language, "Nothing has left this laptop, and nothing waits to leave.",
                                 "没有任何内容离开过本机，也没有等待发出的内容。"));
  } else {
    // The catalogue only gives the names' spelling: without one the ids serve.
    auto table = catalogue::Table::Load(config.catalogue.string());
    const catalogue::Table* names = table.ok() ? table->get() : nullptr;
    if (arguments.explain) {
      PrintExplained(batches, names, language);
    } else {
      PrintTable(batches, names, language);
    }
    PrintEnd(batches, language);
  }
  return 0;
}

}  // namespace gnomon::agent

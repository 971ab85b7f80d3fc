#include "agent/spool/freeze.h"

#include <algorithm>
#include <limits>
#include <map>

#include "agent/spool/day_sums.h"
#include "agent/spool/schema.h"
#include "agent/spool/settle.h"
#include "base/log.h"

namespace gnomon::spool {
namespace {

constexpr Day kNoEnd = std::numeric_limits<Day>::max();
// The first day of which no history has forgotten anything.
constexpr char kKnownFrom[] = "known_from";

// The histories that one freeze touches, loaded once and saved once.
class Histories {
 public:
  Histories(Database& database, Day known_from) : database_(database), known_from_(known_from) {}

  // Marks `day` and says which flags the use sets.
  Result<anonymise::FirstFlags> Mark(const std::string& service, Day day) {
    auto found = histories_.find(service);
    if (found == histories_.end()) {
      Result<anonymise::History> loaded = LoadHistory(database_, service);
      if (!loaded.ok()) return loaded.status().WithContext("history of " + service);
      found = histories_.emplace(service, *loaded).first;
    }
    anonymise::History& history = found->second;
    const anonymise::FirstFlags flags = anonymise::FirstUse(history, day, known_from_);
    if (!history.Mark(day)) log::Warning("spool_history_full");
    return flags;
  }
  const anonymise::History& Get(const std::string& service) const { return histories_.at(service); }

  Status Save() {
    for (const auto& [service, history] : histories_) {
      GNOMON_RETURN_IF_ERROR(SaveHistory(database_, service, history));
    }
    return Status::Ok();
  }

 private:
  Database& database_;
  const Day known_from_;
  std::map<std::string, anonymise::History> histories_;
};

Status RunWithDay(Database& database, std::string_view sql, Day day) {
  GNOMON_ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  return statement.Bind(1, day).Run();
}

// Forgets the days before `first` in every history; whether there were any.
Result<bool> ForgetDays(Database& database, Day first) {
  GNOMON_ASSIGN_OR_RETURN(Statement all, database.Prepare("SELECT service, days FROM history"));
  std::map<std::string, anonymise::History> changed;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, all.Step());
    if (!row) break;
    Result<anonymise::History> history = anonymise::History::Parse(all.Text(1));
    if (!history.ok()) return history.status().WithContext("history of " + all.Text(0));
    if (history->Forget(first)) changed.emplace(all.Text(0), std::move(*history));
  }
  GNOMON_ASSIGN_OR_RETURN(Statement erase,
                          database.Prepare("DELETE FROM history WHERE service = ?"));
  for (const auto& [service, history] : changed) {
    if (history.empty()) {
      GNOMON_RETURN_IF_ERROR(erase.Bind(1, service).Run());
    } else {
      GNOMON_RETURN_IF_ERROR(SaveHistory(database, service, history));
    }
  }
  return !changed.empty();
}

}  // namespace

Status DropImplausible(Database& database, const Today& today) {
  const Day horizon = std::max(today.now, today.believed) + kClockSlackDays + 1;
  GNOMON_ASSIGN_OR_RETURN(int64_t lost,
                          DeleteSumsOutside(database, std::numeric_limits<Day>::min(), horizon));
  if (lost != 0) log::Warning("spool_future_days_dropped", {{"sums", lost}});
  return Status::Ok();
}

Result<std::vector<v1::UsageRecord>> TakeRecords(Database& database, const std::string& department,
                                                 const anonymise::Bounds& bounds) {
  GNOMON_ASSIGN_OR_RETURN(std::vector<DaySum> sums,
                          LoadSums(database, std::numeric_limits<Day>::min(), kNoEnd));
  GNOMON_ASSIGN_OR_RETURN(int64_t known_from, GetNumber(database, kKnownFrom));
  Histories histories(database, static_cast<Day>(known_from));
  std::vector<v1::UsageRecord> records;
  for (DaySum& sum : sums) {
    const anonymise::Reported news = anonymise::StillToReport(sum.counts, sum.reported, bounds);
    if (news.IsZero()) continue;
    const Day day = sum.key.day;
    GNOMON_ASSIGN_OR_RETURN(anonymise::FirstFlags flags, histories.Mark(sum.key.service, day));
    records.push_back(anonymise::BuildRecord(department, sum.key, sum.counts, sum.reported, flags,
                                             histories.Get(sum.key.service), bounds));
    GNOMON_ASSIGN_OR_RETURN(anonymise::FirstFlags any, histories.Mark(anonymise::kAnyService, day));
    if (any.any()) {
      records.push_back(
          anonymise::BuildAnyRecord(department, day, any, histories.Get(anonymise::kAnyService)));
    }
    sum.reported += news;
    GNOMON_RETURN_IF_ERROR(SaveReported(database, sum));
  }
  GNOMON_RETURN_IF_ERROR(histories.Save());
  return records;
}

Status ForgetOld(Database& database, const Today& today) {
  GNOMON_RETURN_IF_ERROR(DeleteSumsUnless(database, [&](Day day) { return today.Plausible(day); }));
  if (today.in_doubt()) return Status::Ok();
  // Once a day is enough for what is kept for months.
  GNOMON_ASSIGN_OR_RETURN(int64_t pruned, GetNumber(database, "pruned_day"));
  if (pruned == today.now) return Status::Ok();
  GNOMON_RETURN_IF_ERROR(RunWithDay(
      database, "DELETE FROM batches WHERE state <> 0 AND abs(settled_day - ?) > 90", today.now));
  GNOMON_RETURN_IF_ERROR(ForgetNonces(database, today.now));
  const Day first = today.now - anonymise::History::kDays + 1;
  GNOMON_ASSIGN_OR_RETURN(bool forgot, ForgetDays(database, first));
  if (forgot) {
    GNOMON_ASSIGN_OR_RETURN(int64_t known_from, GetNumber(database, kKnownFrom));
    if (known_from < first) GNOMON_RETURN_IF_ERROR(SetNumber(database, kKnownFrom, first));
  }
  return SetNumber(database, "pruned_day", today.now);
}

}  // namespace gnomon::spool

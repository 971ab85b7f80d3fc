#include "agent/spool/freeze.h"

#include <algorithm>
#include <limits>
#include <map>

#include "agent/spool/day_sums.h"
#include "agent/spool/schema.h"
#include "base/log.h"

namespace gnomon::spool {
namespace {

constexpr Day kNoEnd = std::numeric_limits<Day>::max();
// `gnomon-agent sent` shows this much of the past.
constexpr int kSentDays = 90;

// The histories that one freeze touches, loaded once and saved once.
class Histories {
 public:
  Histories(Database& database, Day flags_from) : database_(database), flags_from_(flags_from) {}

  // Marks `day` and says which flags the use sets.
  Result<anonymise::FirstFlags> Mark(const std::string& service, Day day) {
    auto found = histories_.find(service);
    if (found == histories_.end()) {
      Result<anonymise::History> loaded = LoadHistory(database_, service);
      if (!loaded.ok()) return loaded.status().WithContext("history of " + service);
      found = histories_.emplace(service, *loaded).first;
    }
    anonymise::History& history = found->second;
    const anonymise::FirstFlags flags =
        day >= flags_from_ ? anonymise::FirstUse(history, day) : anonymise::FirstFlags{};
    history.Mark(day);
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
  const Day flags_from_;
  std::map<std::string, anonymise::History> histories_;
};

Status RunWithDay(Database& database, std::string_view sql, Day day) {
  GNOMON_ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  return statement.Bind(1, day).Run();
}

// Deletes the histories whose last day fails `keep`.
template <typename Keep>
Status DeleteHistories(Database& database, Keep keep) {
  GNOMON_ASSIGN_OR_RETURN(Statement all, database.Prepare("SELECT service, days FROM history"));
  std::vector<std::string> remove;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(bool row, all.Step());
    if (!row) break;
    Result<anonymise::History> history = anonymise::History::Parse(all.Text(1));
    if (!history.ok()) return history.status().WithContext("history of " + all.Text(0));
    if (!keep(history->last)) remove.push_back(all.Text(0));
  }
  GNOMON_ASSIGN_OR_RETURN(Statement erase,
                          database.Prepare("DELETE FROM history WHERE service = ?"));
  for (const std::string& service : remove) {
    GNOMON_RETURN_IF_ERROR(erase.Bind(1, service).Run());
  }
  return Status::Ok();
}

}  // namespace

Status RepairAfterClockStep(Database& database, Day today) {
  const Day horizon = today + kClockSlackDays + 1;
  GNOMON_ASSIGN_OR_RETURN(int64_t lost,
                          DeleteSumsOutside(database, std::numeric_limits<Day>::min(), horizon));
  if (lost != 0) log::Warning("spool_future_days_dropped", {{"sums", lost}});

  GNOMON_ASSIGN_OR_RETURN(int64_t latest, GetNumber(database, "latest_day"));
  if (latest < horizon) {
    return latest < today ? SetNumber(database, "latest_day", today) : Status::Ok();
  }
  log::Warning("spool_clock_stepped_back", {{"days", latest - today}});
  const Day flags_from = MonthOf(today).End();
  GNOMON_ASSIGN_OR_RETURN(int64_t before, GetNumber(database, "flags_from"));
  // A later date that a wrong clock left here is forgotten with the rest.
  if (before < flags_from || before > horizon + 31) {
    GNOMON_RETURN_IF_ERROR(SetNumber(database, "flags_from", flags_from));
  }
  GNOMON_RETURN_IF_ERROR(SetNumber(database, "latest_day", today));
  return DeleteHistories(database, [&](Day last) { return last < horizon; });
}

Result<std::vector<v1::UsageRecord>> TakeRecords(Database& database, const std::string& department,
                                                 const anonymise::Bounds& bounds) {
  GNOMON_ASSIGN_OR_RETURN(std::vector<DaySum> sums,
                          LoadSums(database, std::numeric_limits<Day>::min(), kNoEnd));
  GNOMON_ASSIGN_OR_RETURN(int64_t flags_from, GetNumber(database, "flags_from"));
  Histories histories(database, static_cast<Day>(flags_from));
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

Status ForgetOld(Database& database, Day today) {
  GNOMON_ASSIGN_OR_RETURN(int64_t removed, DeleteSumsOutside(database, today - kSumDays, kNoEnd));
  (void)removed;
  GNOMON_RETURN_IF_ERROR(RunWithDay(
      database, "DELETE FROM batches WHERE state <> 0 AND settled_day < ?", today - kSentDays));
  // Once a day is enough for what is kept a year.
  GNOMON_ASSIGN_OR_RETURN(int64_t pruned, GetNumber(database, "history_pruned_day"));
  if (pruned == today) return Status::Ok();
  GNOMON_RETURN_IF_ERROR(DeleteHistories(
      database, [&](Day last) { return last > today - anonymise::History::kDays; }));
  return SetNumber(database, "history_pruned_day", today);
}

}  // namespace gnomon::spool

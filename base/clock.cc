#include "base/clock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace gnomon {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

sys_days ToSysDays(Day day) {
  return sys_days(days(day));
}

// Parses exactly `width` decimal digits.
bool ParseDigits(std::string_view text, int* out) {
  for (char c : text) {
    if (c < '0' || c > '9') return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

TimeUs SystemClock::Now() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

const SystemClock& SystemClock::Get() {
  static const SystemClock clock;
  return clock;
}

LocalTime ToLocal(TimeUs time) {
  std::time_t seconds = static_cast<std::time_t>(time / kSecondUs - (time % kSecondUs < 0 ? 1 : 0));
  std::tm tm{};
  localtime_r(&seconds, &tm);
  const auto date = std::chrono::year(tm.tm_year + 1900) / (tm.tm_mon + 1) / tm.tm_mday;
  const Day day = static_cast<Day>(sys_days(date).time_since_epoch().count());
  return {day, tm.tm_hour, IsoWeekday(day), tm.tm_min};
}

void FollowTimeZone() {
  tzset();
}

TimeUs NextLocalMidnight(TimeUs time) {
  // Searched for and not computed: mktime may answer for a midnight that does not exist with a time
  // of the day before. No day is longer than 49 hours (Manila, 1844, had one).
  constexpr TimeUs kStep = 900 * kSecondUs;
  constexpr int kSteps = 49 * 4;
  const Day day = ToLocal(time).day;
  TimeUs before = (time / kSecondUs - (time % kSecondUs < 0 ? 1 : 0)) * kSecondUs;
  TimeUs after = before + kStep;
  for (int i = 1; i < kSteps && ToLocal(after).day == day; ++i) after += kStep;
  before = std::max(before, after - kStep);
  while (after - before > kSecondUs) {
    const TimeUs middle = before + (after - before) / 2 / kSecondUs * kSecondUs;
    (ToLocal(middle).day == day ? before : after) = middle;
  }
  return after;
}

std::string FormatMinute(int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm tm{};
  localtime_r(&time, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
  return text;
}

std::string FormatDay(Day day) {
  const year_month_day date(ToSysDays(day));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

Result<Day> ParseDay(std::string_view text) {
  int year = 0, month = 0, day = 0;
  if (text.size() == 10 && text[4] == '-' && text[7] == '-' &&
      ParseDigits(text.substr(0, 4), &year) && ParseDigits(text.substr(5, 2), &month) &&
      ParseDigits(text.substr(8, 2), &day)) {
    const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                              std::chrono::day(day)};
    if (date.ok()) return static_cast<Day>(sys_days(date).time_since_epoch().count());
  }
  return InvalidArgument("\"" + std::string(text) + "\" is not a date; write it as 2026-11-23");
}

Day Month::First() const {
  const auto date = std::chrono::year(year) / month / 1;
  return static_cast<Day>(sys_days(date).time_since_epoch().count());
}

Day Month::End() const {
  return month == 12 ? Month{year + 1, 1}.First() : Month{year, month + 1}.First();
}

std::string Month::ToString() const {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d", year, month);
  return text;
}

Result<Month> ParseMonth(std::string_view text) {
  Month result;
  if (text.size() == 7 && text[4] == '-' && ParseDigits(text.substr(0, 4), &result.year) &&
      ParseDigits(text.substr(5, 2), &result.month) && result.month >= 1 && result.month <= 12 &&
      result.year >= 1970) {
    return result;
  }
  return InvalidArgument("\"" + std::string(text) + "\" is not a month; write it as 2026-11");
}

Month MonthOf(Day day) {
  const year_month_day date(ToSysDays(day));
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month()))};
}

int IsoWeekday(Day day) {
  return static_cast<int>(std::chrono::weekday(ToSysDays(day)).iso_encoding());
}

Day WeekStart(Day day) {
  return day - (IsoWeekday(day) - 1);
}

}  // namespace gnomon

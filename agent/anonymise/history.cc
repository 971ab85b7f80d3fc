// The 384-day memory of a service (agent/anonymise/record_builder.h).
#include <algorithm>
#include <bit>

#include "agent/anonymise/record_builder.h"
#include "base/bytes.h"

namespace gnomon::anonymise {
namespace {

constexpr int kWords = History::kDays / 64;
// 9999-12-31: the calendar of base/clock.h writes years with four digits.
constexpr Day kLastDay = 2'932'896;

// Makes every day `by` days older; what falls out of the window is forgotten.
void Age(uint64_t (&bits)[kWords], int64_t by) {
  if (by >= History::kDays) {
    std::fill(std::begin(bits), std::end(bits), 0);
    return;
  }
  const int words = static_cast<int>(by / 64);
  const int shift = static_cast<int>(by % 64);
  for (int i = kWords - 1; i >= 0; --i) {
    uint64_t moved = i >= words ? bits[i - words] << shift : 0;
    if (shift != 0 && i > words) moved |= bits[i - words - 1] >> (64 - shift);
    bits[i] = moved;
  }
}

void PutUint(std::string* out, uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

}  // namespace

void History::Mark(Day day) {
  if (day <= 0 || day > kLastDay) return;
  if (last == 0) last = day;
  if (day > last) {
    Age(bits, static_cast<int64_t>(day) - last);
    last = day;
  }
  const int64_t age = static_cast<int64_t>(last) - day;
  if (age < kDays) bits[age / 64] |= uint64_t{1} << (age % 64);
}

bool History::Used(Day day) const {
  const int64_t age = static_cast<int64_t>(last) - day;
  if (last == 0 || age < 0 || age >= kDays) return false;
  return (bits[age / 64] >> (age % 64) & 1) != 0;
}

int History::CountBetween(Day first, Day end) const {
  if (last == 0) return 0;
  first = std::max(first, last - kDays + 1);
  end = std::min(end, last + 1);
  int count = 0;
  for (Day day = first; day < end; ++day) count += Used(day) ? 1 : 0;
  return count;
}

Day History::Earliest(Day none) const {
  if (last == 0) return none;
  for (int i = kWords - 1; i >= 0; --i) {
    if (bits[i] != 0) return last - (i * 64 + std::bit_width(bits[i]) - 1);
  }
  return none;
}

std::string History::Serialise() const {
  std::string out;
  out.reserve(kSerialisedSize);
  PutUint(&out, static_cast<uint32_t>(last), 4);
  for (const uint64_t word : bits) PutUint(&out, word, 8);
  return out;
}

Result<History> History::Parse(std::string_view bytes) {
  if (bytes.size() != kSerialisedSize) {
    return DataLoss("history of " + std::to_string(bytes.size()) + " bytes, not " +
                    std::to_string(kSerialisedSize));
  }
  ByteReader reader(Bytes(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  History history;
  const uint32_t last = reader.U32();
  if (last > static_cast<uint32_t>(kLastDay)) return DataLoss("history ends after the calendar");
  history.last = static_cast<Day>(last);
  bool used = false;
  for (uint64_t& word : history.bits) {
    word = static_cast<uint64_t>(reader.U32()) << 32;
    word |= reader.U32();
    used = used || word != 0;
  }
  // Mark() always sets the bit of `last`, and nothing before 1970-01-02.
  if (history.last == 0 ? used : (history.bits[0] & 1) == 0) {
    return DataLoss("history and its last day do not fit");
  }
  if (used && history.Earliest(0) <= 0) return DataLoss("history begins before 1970");
  return history;
}

FirstFlags FirstUse(const History& before, Day day) {
  if (day <= 0 || day > kLastDay) return {};
  if (before.last == 0) return {true, true, true};
  const Day window = before.last - History::kDays + 1;
  const auto unused = [&](Day first, Day end) {
    return first >= window && before.CountBetween(first, end) == 0;
  };
  const Month month = MonthOf(day);
  const Day week = WeekStart(day);
  return {unused(day, day + 1), unused(week, week + 7), unused(month.First(), month.End())};
}

v1::Tenure TenureOn(const History& history, Day day) {
  const Day age = day - history.Earliest(day);
  if (age < 7) return v1::TENURE_FIRST_WEEK;
  if (age < 30) return v1::TENURE_FIRST_MONTH;
  if (age < 91) return v1::TENURE_FIRST_QUARTER;
  return v1::TENURE_LONGER;
}

v1::Regularity RegularityOn(const History& history, Day day) {
  const int days = history.CountBetween(day - 27, day + 1);
  if (days <= 1) return v1::REGULARITY_ONCE;
  if (days <= 3) return v1::REGULARITY_OCCASIONAL;
  if (days <= 11) return v1::REGULARITY_WEEKLY;
  return v1::REGULARITY_HABIT;
}

}  // namespace gnomon::anonymise

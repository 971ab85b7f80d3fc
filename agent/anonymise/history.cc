#include "agent/anonymise/history.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace gnomon::anonymise {
namespace {

constexpr int kBlockDays = 64;
constexpr size_t kBlockBytes = 12;
// 9999-12-31: the calendar of base/clock.h writes years with four digits.
constexpr Day kLastDay = 2'932'896;

bool IsDay(Day day) {
  return day > 0 && day <= kLastDay;
}

uint32_t NumberOf(Day day) {
  return static_cast<uint32_t>(day / kBlockDays);
}

void PutUint(std::string* out, uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

}  // namespace

const History::Block* History::Find(uint32_t number) const {
  const auto found =
      std::lower_bound(blocks_.begin(), blocks_.end(), number,
                       [](const Block& block, uint32_t wanted) { return block.number < wanted; });
  return found != blocks_.end() && found->number == number ? &*found : nullptr;
}

bool History::HasRoomFor(Day day) const {
  return IsDay(day) && (blocks_.size() < kMaxBlocks || Find(NumberOf(day)) != nullptr);
}

bool History::Mark(Day day) {
  if (!HasRoomFor(day)) return false;
  const uint32_t number = NumberOf(day);
  auto at =
      std::lower_bound(blocks_.begin(), blocks_.end(), number,
                       [](const Block& block, uint32_t wanted) { return block.number < wanted; });
  if (at == blocks_.end() || at->number != number) at = blocks_.insert(at, {number, 0});
  at->bits |= uint64_t{1} << (day % kBlockDays);
  return true;
}

bool History::Used(Day day) const {
  if (!IsDay(day)) return false;
  const Block* block = Find(NumberOf(day));
  return block != nullptr && (block->bits >> (day % kBlockDays) & 1) != 0;
}

int History::CountBetween(Day first, Day end) const {
  first = std::max(first, Day{1});
  end = std::min(end, kLastDay + 1);
  int count = 0;
  for (const Block& block : blocks_) {
    const Day begin = static_cast<Day>(block.number) * kBlockDays;
    for (uint64_t bits = block.bits; bits != 0; bits &= bits - 1) {
      const Day day = begin + std::countr_zero(bits);
      count += day >= first && day < end ? 1 : 0;
    }
  }
  return count;
}

Day History::Earliest(Day first, Day end) const {
  for (const Block& block : blocks_) {
    const Day begin = static_cast<Day>(block.number) * kBlockDays;
    for (uint64_t bits = block.bits; bits != 0; bits &= bits - 1) {
      const Day day = begin + std::countr_zero(bits);
      if (day >= first) return std::min(day, end);
    }
  }
  return end;
}

bool History::Forget(Day day) {
  bool forgot = false;
  for (Block& block : blocks_) {
    const int64_t keep_from =
        static_cast<int64_t>(day) - static_cast<int64_t>(block.number) * kBlockDays;
    if (keep_from <= 0) break;
    const uint64_t old = keep_from >= kBlockDays ? ~uint64_t{0} : (uint64_t{1} << keep_from) - 1;
    forgot = forgot || (block.bits & old) != 0;
    block.bits &= ~old;
  }
  std::erase_if(blocks_, [](const Block& block) { return block.bits == 0; });
  return forgot;
}

std::string History::Serialise() const {
  std::string out;
  out.reserve(blocks_.size() * kBlockBytes);
  for (const Block& block : blocks_) {
    PutUint(&out, block.number, 4);
    PutUint(&out, block.bits, 8);
  }
  return out;
}

Result<History> History::Parse(std::string_view bytes) {
  if (bytes.size() % kBlockBytes != 0 || bytes.size() > kMaxBlocks * kBlockBytes) {
    return DataLoss("history of " + std::to_string(bytes.size()) + " bytes");
  }
  ByteReader reader(Bytes(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  History history;
  while (history.blocks_.size() < bytes.size() / kBlockBytes) {
    Block block{};
    block.number = reader.U32();
    block.bits = static_cast<uint64_t>(reader.U32()) << 32;
    block.bits |= reader.U32();
    if (block.bits == 0) return DataLoss("history with an empty block");
    if (!history.blocks_.empty() && block.number <= history.blocks_.back().number) {
      return DataLoss("history out of order");
    }
    if (block.number == 0 && (block.bits & 1) != 0) return DataLoss("history begins before 1970");
    const int64_t newest = int64_t{block.number} * kBlockDays + std::bit_width(block.bits) - 1;
    if (newest > kLastDay) return DataLoss("history ends after the calendar");
    history.blocks_.push_back(block);
  }
  return history;
}

}  // namespace gnomon::anonymise

#include "agent/classify/hello_assembly.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gnomon::classify {
namespace {

bool IsSet(const uint64_t* bitmap, uint32_t at) {
  return bitmap[at / 64] >> (at % 64) & 1;
}

void SetRange(uint64_t* bitmap, uint32_t begin, uint32_t end) {
  while (begin < end) {
    const uint32_t bit = begin % 64;
    const uint32_t count = std::min(64 - bit, end - begin);
    const uint64_t ones = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    bitmap[begin / 64] |= ones << bit;
    begin += count;
  }
}

}  // namespace

HelloAssembly::HelloAssembly(uint32_t count, uint32_t bytes)
    : bytes_(std::max(bytes, 64u)),
      words_((bytes_ + 63) / 64),
      data_(std::make_unique_for_overwrite<uint8_t[]>(size_t{count} * bytes_)),
      bitmap_(std::make_unique_for_overwrite<uint64_t[]>(size_t{count} * words_)),
      buffers_(count) {
  free_.reserve(count);
  for (Index index = count; index > 0; --index) free_.push_back(index - 1);
}

HelloAssembly::Index HelloAssembly::Acquire(uint32_t owner, uint32_t base) {
  if (free_.empty()) return kNone;
  const Index index = free_.back();
  free_.pop_back();
  buffers_[index] = Buffer();
  buffers_[index].owner = owner;
  buffers_[index].base = base;
  buffers_[index].lowest = bytes_;
  buffers_[index].stamp = ++stamps_;
  return index;
}

void HelloAssembly::Release(Index index) {
  if (index == kNone) return;
  buffers_[index].owner = kNone;
  free_.push_back(index);
}

uint32_t HelloAssembly::OldestOwner() const {
  // Asked only where every buffer is in use, so it may look at all of them.
  const Buffer* oldest = nullptr;
  for (const Buffer& buffer : buffers_) {
    if (buffer.owner == kNone) continue;
    if (oldest == nullptr || buffer.stamp < oldest->stamp) oldest = &buffer;
  }
  return oldest == nullptr ? kNone : oldest->owner;
}

void HelloAssembly::Add(Index index, uint32_t sequence, Bytes bytes) {
  Buffer& buffer = buffers_[index];
  int64_t begin = static_cast<int32_t>(sequence - buffer.base);
  const bool small = bytes.size() <= kStrayBytes;
  if (begin < 0) {
    const size_t before = std::min<size_t>(static_cast<size_t>(-begin), bytes.size());
    bytes = bytes.subspan(before);
    begin = 0;
  }
  if (begin >= bytes_ || bytes.empty()) return;
  bytes = bytes.first(std::min<size_t>(bytes.size(), bytes_ - static_cast<size_t>(begin)));
  const auto from = static_cast<uint32_t>(begin);
  const auto to = static_cast<uint32_t>(from + bytes.size());

  uint64_t* bitmap = Bitmap(index);
  const uint32_t words_needed = (to + 63) / 64;
  if (words_needed > buffer.bitmap_end) {
    std::fill(bitmap + buffer.bitmap_end, bitmap + words_needed, 0);
    buffer.bitmap_end = words_needed;
  }
  uint8_t* data = Data(index);
  if (small) {
    bool fresh = false;
    for (uint32_t at = from; at < to; ++at) {
      if (IsSet(bitmap, at)) continue;
      data[at] = bytes[at - from];
      fresh = true;
    }
    if (fresh) {
      buffer.stray_begin = from;
      buffer.stray_end = to;
      ++buffer.stray_segments;
    }
  } else {
    std::memcpy(data + from, bytes.data(), bytes.size());
    if (from < buffer.stray_end && buffer.stray_begin < to) buffer.stray_end = buffer.stray_begin;
  }
  SetRange(bitmap, from, to);
  buffer.lowest = std::min(buffer.lowest, from);
  buffer.highest = std::max(buffer.highest, to);
  Advance(index);
}

void HelloAssembly::StartAt(Index index, uint32_t sequence) {
  Buffer& buffer = buffers_[index];
  buffer.start = std::min(sequence - buffer.base, bytes_);
  buffer.contiguous = buffer.start;
  Advance(index);
}

bool HelloAssembly::Holds(Index index, uint32_t sequence) const {
  return sequence - buffers_[index].base < bytes_;
}

void HelloAssembly::Advance(Index index) {
  Buffer& buffer = buffers_[index];
  const uint64_t* bitmap = Bitmap(index);
  const uint32_t end = std::min(buffer.bitmap_end * 64, bytes_);
  while (buffer.contiguous < end) {
    const uint64_t rest = bitmap[buffer.contiguous / 64] >> (buffer.contiguous % 64);
    const auto ones = static_cast<uint32_t>(std::countr_one(rest));
    if (ones == 0) return;
    // The zeros that the shift brings in end the run at the word's end; the next round goes on
    // there.
    buffer.contiguous += ones;
  }
}

Bytes HelloAssembly::Prefix(Index index) const {
  const Buffer& buffer = buffers_[index];
  return {Data(index) + buffer.start, buffer.contiguous - buffer.start};
}

bool HelloAssembly::Full(Index index) const {
  return buffers_[index].contiguous >= bytes_;
}

bool HelloAssembly::EndsInStrayBytes(Index index) const {
  const Buffer& buffer = buffers_[index];
  return buffer.stray_segments <= kMaxStraySegments && buffer.stray_begin < buffer.contiguous &&
         buffer.contiguous <= buffer.stray_end;
}

}  // namespace gnomon::classify

// Puts the first bytes of a stream together from TCP segments that come split, out of order,
// retransmitted or overlapping. A fixed number of buffers, all reserved at the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace gnomon::classify {

class HelloAssembly {
 public:
  using Index = uint32_t;
  static constexpr Index kNone = UINT32_MAX;
  // Some senders and network cards leave a few stray bytes on a pure ACK; the data that follows has
  // the same sequence numbers and other bytes. Two bytes were seen from clients, six (padding to an
  // Ethernet frame of 60) are possible. A segment this small never replaces bytes that are there,
  // and whatever speaks against a hello may be its fault.
  static constexpr size_t kStrayBytes = 6;
  // After so many small segments they are taken for what they say.
  static constexpr uint32_t kMaxStraySegments = 64;

  // `count` buffers of `bytes` each. Memory that is never written is never touched.
  HelloAssembly(uint32_t count, uint32_t bytes);

  bool exhausted() const { return free_.empty(); }
  // An empty buffer whose first byte has the sequence number `base`; kNone where exhausted().
  // `owner` is the flow that uses it.
  Index Acquire(uint32_t owner, uint32_t base);
  void Release(Index index);
  // The owner of the buffer that was acquired longest ago; kNone where none is in use.
  uint32_t OldestOwner() const;

  // Bytes outside the buffer are left out.
  void Add(Index index, uint32_t sequence, Bytes bytes);
  // The stream's start is not the buffer's first byte but this one, which must lie in the buffer.
  void StartAt(Index index, uint32_t sequence);
  bool Holds(Index index, uint32_t sequence) const;
  // The lowest sequence number of a byte that is there; the buffer's end where there is none.
  uint32_t Lowest(Index index) const { return buffers_[index].base + buffers_[index].lowest; }

  // The bytes without a gap from the start on. Valid until the next call.
  Bytes Prefix(Index index) const;
  // True where a longer Prefix() cannot come.
  bool Full(Index index) const;
  // True where there are bytes behind the first gap.
  bool HasGap(Index index) const { return buffers_[index].highest > buffers_[index].contiguous; }
  // True where the last bytes of Prefix() came in a segment of at most kStrayBytes.
  bool EndsInStrayBytes(Index index) const;

 private:
  struct Buffer {
    uint32_t owner = kNone;
    uint32_t base = 0;
    uint32_t start = 0;       // offset of the stream's start
    uint32_t contiguous = 0;  // offset of the first gap from `start` on
    uint32_t lowest = 0;      // offset of the first byte that is there
    uint32_t highest = 0;     // offset behind the last byte that is there
    uint32_t bitmap_end = 0;  // words of the bitmap that are in use
    uint32_t stray_begin = 0;
    uint32_t stray_end = 0;  // the last small segment that brought something new
    uint32_t stray_segments = 0;
    uint64_t stamp = 0;
  };
  uint8_t* Data(Index index) const { return data_.get() + size_t{index} * bytes_; }
  uint64_t* Bitmap(Index index) const { return bitmap_.get() + size_t{index} * words_; }
  void Advance(Index index);

  uint32_t bytes_;
  uint32_t words_;
  std::unique_ptr<uint8_t[]> data_;
  std::unique_ptr<uint64_t[]> bitmap_;  // one bit for each byte that is there
  std::vector<Buffer> buffers_;
  std::vector<Index> free_;
  uint64_t stamps_ = 0;
};

}  // namespace gnomon::classify

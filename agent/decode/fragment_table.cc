#include "agent/decode/fragment_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gnomon::decode {
namespace {

// Of a datagram's payload (RFC 791 section 3.1, RFC 8200 section 4.5).
constexpr size_t kMaxPayload = 65535;

}  // namespace

FragmentTable::FragmentTable()
    : datagrams_(kMaxDatagrams),
      bytes_(std::make_unique_for_overwrite<uint8_t[]>((kMaxDatagrams + 1) * kKeptBytes)) {
  for (uint32_t i = 0; i < kMaxDatagrams; ++i) datagrams_[i].buffer = i;
}

void FragmentTable::GiveUp(Datagram& datagram) {
  if (!datagram.refused) ++counters_.given_up;
}

FragmentTable::Datagram& FragmentTable::DatagramFor(TimeUs now, const Key& key) {
  Datagram* free = nullptr;
  Datagram* oldest = &datagrams_.front();
  for (Datagram& datagram : datagrams_) {
    // The second half: a clock that was set back.
    if (datagram.used && (now - datagram.begun > kTimeLimit || datagram.begun - now > kTimeLimit)) {
      GiveUp(datagram);
      datagram.used = false;
    }
    if (!datagram.used) {
      free = &datagram;
      continue;
    }
    if (datagram.key == key) return datagram;
    if (!oldest->used || datagram.begun < oldest->begun) oldest = &datagram;
  }
  if (free == nullptr) {
    GiveUp(*oldest);
    free = oldest;
  }
  const uint32_t buffer = free->buffer;
  *free = Datagram();
  free->used = true;
  free->buffer = buffer;
  free->begun = now;
  free->key = key;
  free->captured = kMaxPayload;
  return *free;
}

FragmentTable::Fit FragmentTable::FitOf(const Datagram& datagram, const Range& range, bool more) {
  const bool is_end = datagram.length != 0 && range.end == datagram.length;
  for (uint32_t i = 0; i < datagram.count; ++i) {
    const Range& other = datagram.ranges[i];
    if (range.begin == other.begin && range.end == other.end)
      return is_end == !more ? Fit::kCopy : Fit::kContradiction;
    if (range.begin < other.end && other.begin < range.end) return Fit::kContradiction;
    // The last one, and yet another one lies behind it.
    if (!more && other.end > range.end) return Fit::kContradiction;
  }
  const bool beyond = datagram.length != 0 && (!more || range.end >= datagram.length);
  return beyond || datagram.count == kMaxFragments ? Fit::kContradiction : Fit::kNew;
}

void FragmentTable::Store(Datagram& datagram, const Range& range, const Layer& layer) {
  datagram.ranges[datagram.count++] = range;
  datagram.received += range.end - range.begin;
  const Bytes bytes = layer.bytes();
  if (bytes.size() < layer.wire_length()) {
    const auto captured = static_cast<uint32_t>(range.begin + bytes.size());
    datagram.captured = std::min(datagram.captured, captured);
  }
  if (range.begin >= kKeptBytes || bytes.empty()) return;
  std::memcpy(Buffer(datagram.buffer) + range.begin, bytes.data(),
              std::min(bytes.size(), kKeptBytes - range.begin));
}

LayerResult FragmentTable::Add(TimeUs now, IpHeader& header, Layer& layer) {
  const IpFragment& fragment = header.fragment;
  const size_t length = layer.wire_length();
  // RFC 8200 section 4.5: all but the last are whole units of 8 bytes.
  if (length == 0 || fragment.offset + length > kMaxPayload || (fragment.more && length % 8 != 0))
    return LayerResult::kMalformed;
  const bool v4 = header.version == IpVersion::kV4;
  const uint8_t protocol = v4 ? header.protocol : uint8_t{0};
  Datagram& datagram =
      DatagramFor(now, {header.src, header.dst, fragment.id, header.version, protocol});
  if (datagram.refused) return LayerResult::kFragmentDropped;

  const Range range{fragment.offset, static_cast<uint32_t>(fragment.offset + length)};
  switch (FitOf(datagram, range, fragment.more)) {
    case Fit::kCopy:
      return LayerResult::kFragment;
    case Fit::kContradiction:
      GiveUp(datagram);
      datagram.refused = true;
      return LayerResult::kFragmentDropped;
    case Fit::kNew:
      break;
  }
  Store(datagram, range, layer);
  if (!fragment.more) datagram.length = range.end;
  if (fragment.offset == 0) datagram.protocol = header.protocol;
  // Without overlaps, as many bytes as the datagram has are all of them.
  if (datagram.received != datagram.length) return LayerResult::kFragment;

  ++counters_.reassembled;
  datagram.used = false;
  std::swap(datagram.buffer, handed_out_);
  header.protocol = datagram.protocol;
  const size_t there = std::min({size_t{datagram.length}, size_t{datagram.captured}, kKeptBytes});
  layer = Layer({Buffer(handed_out_), there}, datagram.length);
  return LayerResult::kOk;
}

}  // namespace gnomon::decode

// Puts IP datagrams together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
// Time is that of the frames; all memory is reserved at the start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/decode/ip.h"
#include "agent/decode/layer.h"
#include "base/clock.h"

namespace gnomon::decode {

struct FragmentCounters {
  uint64_t reassembled = 0;  // datagrams put together
  // Refused, out of time, or the oldest when there was no room. A copy of a fragment that comes
  // when its datagram was whole already waits in vain, and is one of them.
  uint64_t given_up = 0;
};

class FragmentTable {
 public:
  // Datagrams that may wait at one time. Fragments are rare: senders do without them where they can
  // (RFC 8900 section 4).
  static constexpr uint32_t kMaxDatagrams = 64;
  // Of one datagram; the longest one makes 45 on a path with the usual 1500 bytes.
  static constexpr size_t kMaxFragments = 64;
  // Of one datagram's payload these first bytes are kept; of the rest only that it came. It holds a
  // TCP segment of any path that fragments, and DNS answers of twice the usual 4096 bytes.
  static constexpr size_t kKeptBytes = 8192;
  // Linux's own limit (net.ipv4.ipfrag_time).
  static constexpr TimeUs kTimeLimit = 30 * kSecondUs;

  FragmentTable();

  // Takes a fragment: `header` and `layer` as DecodeIp() left them. kOk: it was the last one that
  // was missing, `layer` is the payload of the whole datagram, valid until the next call that gives
  // kOk, and header->protocol is the first fragment's. kFragment: the rest has not come.
  //
  // kFragmentDropped: it overlaps another one or contradicts it. Its datagram is given up then,
  // with all that comes of it within the time limit (RFC 5722 section 4; receivers differ in what
  // they make of an overlap, in IPv4 as well: RFC 8900 section 3.7). An exact
  // copy of a fragment is no overlap (RFC 8200 section 4.5) and changes nothing. kMalformed: it
  // cannot be a fragment of anything.
  LayerResult Add(TimeUs now, IpHeader& header, Layer& layer);

  const FragmentCounters& counters() const { return counters_; }

 private:
  struct Key {
    IpAddress src;
    IpAddress dst;
    uint32_t id = 0;
    IpVersion version = IpVersion::kV4;
    uint8_t protocol = 0;  // IPv4's; in IPv6 only the first fragment's counts
    bool operator==(const Key&) const = default;
  };
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  struct Datagram {
    bool used = false;
    bool refused = false;
    uint8_t protocol = 0;   // the first fragment's
    uint32_t count = 0;     // of ranges
    uint32_t length = 0;    // of the payload; 0 until the last fragment has come
    uint32_t received = 0;  // bytes that came
    uint32_t captured = 0;  // up to here nothing was cut off by the capture
    uint32_t buffer = 0;
    TimeUs begun = 0;
    Key key;
    std::array<Range, kMaxFragments> ranges;
  };
  enum class Fit : uint8_t { kNew, kCopy, kContradiction };

  Datagram& DatagramFor(TimeUs now, const Key& key);
  void GiveUp(Datagram& datagram);
  static Fit FitOf(const Datagram& datagram, const Range& range, bool more);
  void Store(Datagram& datagram, const Range& range, const Layer& layer);
  uint8_t* Buffer(uint32_t index) const { return bytes_.get() + size_t{index} * kKeptBytes; }

  std::vector<Datagram> datagrams_;
  std::unique_ptr<uint8_t[]> bytes_;
  // The buffer of the datagram that was completed last: the layer handed out refers into it.
  uint32_t handed_out_ = kMaxDatagrams;
  FragmentCounters counters_;
};

}  // namespace gnomon::decode

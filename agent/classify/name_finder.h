// Looks for a name in the first bytes of a client's stream, segment by segment.
#pragma once

#include <cstdint>

#include "agent/classify/connect_tunnel.h"
#include "agent/classify/first_bytes.h"
#include "agent/classify/hello_assembly.h"
#include "base/bytes.h"

namespace gnomon::classify {

// How far the search has come on one flow. Held by the flow.
struct NameSearch {
  uint32_t start = 0;  // sequence number of the first byte to look at
  bool start_known = false;
  bool start_guessed = false;  // not from a SYN: a segment looked like the start of a stream
  bool named = false;          // the hello's name is there, its end is not: GiveUp() gives it
  ConnectTunnel tunnel;
  HelloAssembly::Index buffer = HelloAssembly::kNone;

  void StartAt(uint32_t sequence) {
    start = sequence;
    start_known = true;
  }
};

class NameFinder {
 public:
  enum class Step : uint8_t {
    kWaiting,      // needs further segments
    kNeedsBuffer,  // all buffers are in use: end the search of OldestOwner() and call again
    // After these three there may be more behind the head: call again with the same segment.
    kConnect,   // result().connect
    kSocks,     // result().socks
    kPreamble,  // a PROXY header, or a request for TLS: says nothing of the server
    // All further ones end the search.
    kHello,      // result().hello, to its end unless it came from GiveUp(); its name may be empty
    kHttp,       // result().http, whose host is not empty
    kMidStream,  // no start of a stream
    kNotTls,
    kMalformed,
    kIncomplete,  // a gap, or over the limit of bytes
  };

  // `max_hellos` streams at a time, `max_hello_bytes` of each.
  NameFinder(uint32_t max_hellos, uint32_t max_hello_bytes);

  // The client's segment, or what was captured of it. One that holds the whole hello is read in
  // place.
  Step Feed(NameSearch& search, uint32_t owner, uint32_t sequence, Bytes segment);
  // The verdict without further segments; never kWaiting or kNeedsBuffer.
  Step GiveUp(const NameSearch& search);
  // Gives back the buffer. To be called once the search has ended.
  void Release(NameSearch& search);

  // Of the last Feed().
  const FirstBytesResult& result() const { return result_; }
  uint32_t OldestOwner() const { return assembly_.OldestOwner(); }

 private:
  // Where the SYN was not seen, the buffer also takes segments that began this much before the
  // first one seen: a hello whose parts came out of order. Post-quantum hellos have 1.8 kB.
  static constexpr uint32_t kLateStart = 2048;

  Step FeedBuffer(NameSearch& search, uint32_t sequence, Bytes segment);
  Step Conclude(NameSearch& search, FirstBytes found);
  // Goes on with the stream behind a head, which begins at `sequence`.
  void MoveTo(NameSearch& search, uint32_t sequence);

  uint32_t max_hello_bytes_;
  HelloAssembly assembly_;
  FirstBytesResult result_;
};

}  // namespace gnomon::classify

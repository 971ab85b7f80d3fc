// DNS over TCP: cuts a server's stream into messages (RFC 1035 section 4.2.2: each has its length
// in two bytes in front).
#pragma once

#include <cstdint>

#include "agent/classify/flow_table.h"
#include "agent/classify/hello_assembly.h"
#include "agent/decode/dns.h"
#include "base/bytes.h"

namespace gnomon::classify {

class DnsStream {
 public:
  // How many of the messages were answers, and how many were not readable.
  struct Counts {
    uint32_t answers = 0;
    uint32_t malformed = 0;
  };

  DnsStream() : assembly_(kBuffers, kBytes) {}

  // A segment of the server's. Addresses go to `sink`. Answers over the buffer's length, and
  // streams beyond the number of buffers, are given up and counted as malformed. After one
  // malformed message the rest of the stream is left out: where it was cut is then in doubt.
  Counts Feed(Flow& flow, uint32_t owner, uint32_t sequence, Bytes segment,
              decode::DnsAddressSink& sink);
  void Release(Flow& flow);

 private:
  // A look-up over TCP lasts milliseconds and a laptop has a few at a time; an answer that fills
  // 8 KiB has more addresses than any client uses.
  static constexpr uint32_t kBuffers = 16;
  static constexpr uint32_t kBytes = 8192;

  // Parses the messages that are wholly in `stream`; returns the bytes that they took.
  static size_t ParseMessages(Bytes stream, decode::DnsAddressSink& sink, Counts* counts);
  void GiveUp(Flow& flow, Counts* counts);

  HelloAssembly assembly_;
};

}  // namespace gnomon::classify

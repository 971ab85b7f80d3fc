// What a peer may ask of a server before it is cut off: docs/formats/limits.md has the table.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstddef>

namespace gnomon::wire {

struct ServerLimits {
  using Milliseconds = std::chrono::milliseconds;
  // TLS handshake and HTTP/2 settings. An honest one takes a few round trips.
  Milliseconds handshake{10'000};
  // A connection without a call. Laptops close theirs; `gnomon` ends.
  Milliseconds idle{120'000};
  // Any connection, and what is left to calls that are under way then: an agent's deadline is a
  // minute.
  Milliseconds age{600'000};
  Milliseconds age_grace{60'000};
  // A peer that vanished is noticed after both.
  Milliseconds keepalive{30'000};
  Milliseconds keepalive_timeout{20'000};
  // Pings without data come no faster than this; the third one too many ends the connection.
  Milliseconds ping_interval{60'000};
  int ping_strikes = 2;
  int streams = 32;               // of one connection at once
  int metadata_bytes = 8 << 10;   // of one call
  int message_bytes = 320 << 10;  // a batch is at most 256 KiB, everything else smaller
  int threads = 64;
  size_t buffer_bytes = 256u << 20;  // of all connections together
};

void Apply(const ServerLimits& limits, grpc::ServerBuilder& builder);

}  // namespace gnomon::wire

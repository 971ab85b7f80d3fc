// Packet -> Sighting: keeps the flows, reads the client's first bytes, asks the catalogue, falls back
// to DNS answers. Bounded in flows and bytes; what it gives up is counted.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/classify/client_kinds.h"
#include "agent/classify/sighting.h"
#include "agent/decode/packet.h"
#include "catalogue/table.h"

namespace gnomon::classify {

struct ClassifierOptions {
  bool all_names = false;           // also sightings of names outside the catalogue (inspect)
  uint32_t max_flows = 16384;       // oldest goes first
  uint32_t max_hello_bytes = 16384; // of one client's first bytes; a post-quantum hello has 1.8 kB
  uint32_t max_hellos = 256;        // being assembled at one time
  uint32_t max_resolved = 16384;    // addresses remembered from DNS answers
  TimeUs idle = 300 * kSecondUs;    // a flow without a packet for this long has ended
};

// What was seen and not attributed, by reason. All count since start.
// A TCP flow with a client payload adds to `flows` with its first byte, and to exactly one of the eight
// from `named` to `malformed_hello` once its first bytes have been read, or at its end: after Finish()
// the eight add up to `flows`. A tunnel (CONNECT, SOCKS) is `named` by its head, whatever comes behind
// it, and clear HTTP by the host in its first request; a flow to a host outside the catalogue is `named`
// too. A UDP flow adds to `flows` and to `named` or `resolved` together, once its QUIC hello has been
// read, and to `udp_443` alone where that gave nothing. The other counters stand apart from that sum.
struct Coverage {
  uint64_t flows = 0;                   // TCP with a client payload; QUIC named or resolved
  uint64_t named = 0;                   // with a name in clear
  uint64_t resolved = 0;                // attributed by DNS
  uint64_t ambiguous = 0;               // DNS names of more than one service at the address
  uint64_t hello_without_name = 0;      // no SNI and no DNS answer seen
  uint64_t mid_stream = 0;              // began before the capture; no DNS answer seen
  uint64_t not_tls = 0;                 // first client bytes are no hello and name no host
  uint64_t hello_incomplete = 0;        // ended, evicted or over the limit before its name
  uint64_t malformed_hello = 0;
  uint64_t udp_443 = 0;                 // UDP flows to port 443, and QUIC to others, without a name
  uint64_t flows_evicted = 0;
  uint64_t dns_answers = 0;
  uint64_t dns_malformed = 0;
};

class Classifier : public decode::PacketSink {
 public:
  // `clients` is asked once for each flow that gets a service of the catalogue, and outlives this
  // object; null (capture files): every client is unknown.
  Classifier(std::shared_ptr<const catalogue::Table> table, const ClassifierOptions& options,
             SightingSink& next, ClientKinds* clients = nullptr);
  ~Classifier() override;

  void Consume(const decode::Packet& packet) override;
  // Goes over to `table`, which was built after the one in use: open flows keep their service unless
  // their host has another one now, or none.
  void UseTable(std::shared_ptr<const catalogue::Table> table, TimeUs now);
  // Ends flows that have been idle at `now`. Called by the pipeline's timer and while reading a file.
  void ExpireIdle(TimeUs now);
  // Ends all flows: shutdown or end of file.
  void Finish(TimeUs now);

  const Coverage& coverage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::classify

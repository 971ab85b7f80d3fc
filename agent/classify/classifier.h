// Packet -> Sighting: keeps the flows, reads the client's first bytes, asks the catalogue, falls back
// to DNS answers. Bounded in flows and bytes; what it gives up is counted.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/classify/addresses_of_interest.h"
#include "agent/classify/client_kinds.h"
#include "agent/classify/sighting.h"
#include "agent/classify/unknown_hosts.h"
#include "agent/decode/packet.h"
#include "catalogue/table.h"

namespace gnomon::classify {

struct ClassifierOptions {
  bool all_names = false;           // also sightings of names outside the catalogue (inspect)
  UnknownHosts* unknown_hosts = nullptr;  // asked where the catalogue has no answer; outlives the classifier
  uint32_t max_flows = 16384;       // oldest goes first
  uint32_t max_hello_bytes = 16384; // of one client's first bytes; a post-quantum hello has 1.8 kB
  uint32_t max_hellos = 256;        // being assembled at one time
  uint32_t max_resolved = 16384;    // addresses remembered from DNS answers
  uint32_t max_local = 1024;        // clear HTTP connections on this machine and network, at one time
  bool client_fingerprints = true;  // hints at the kind of client by its hello, where nobody knows
  uint32_t max_interests = 1024;    // servers and flows in interests()
  // A flow without a packet for this long has ended. Behind a kernel filter the packets that keep a
  // silent TCP flow alive are not seen: see kFilteredIdle.
  TimeUs idle = 300 * kSecondUs;
  TimeUs idle_datagrams = 300 * kSecondUs;
};

// ClassifierOptions::idle where pure ACKs and the data of servers that are not followed do not come.
// Linux sends the first keep-alive after two hours, Windows and macOS too (RFC 9293 section 3.8.4);
// until then a flow may be silent and alive, and would be counted as a new one with its next byte.
inline constexpr TimeUs kFilteredIdle = 7200 * kSecondUs;

// What was seen and not attributed, by reason. All count since start.
// A TCP flow with a client payload adds to `flows` with its first byte, and to exactly one of the nine
// from `named` to `malformed_hello` once its first bytes have been read, or at its end: after Finish()
// the nine add up to `flows`. One that a late DNS answer attributes moves on to `resolved`. A tunnel (CONNECT, SOCKS) is `named` by its head, whatever comes behind
// it, and clear HTTP by the host in its first request; a flow to a host outside the catalogue is `named`
// too. Behind a kernel filter all that still holds of flows that begin while it is there; some outcomes
// come later, and UDP that is no QUIC is not seen.
// A UDP flow adds to `flows` and to `named` or `resolved` together, once its QUIC hello has been
// read, and to `udp_443` alone where that gave nothing. A TCP flow that does not leave this machine adds
// to `loopback` instead: it is no outbound traffic, whatever it holds. The other counters stand apart
// from that sum.
struct Coverage {
  uint64_t flows = 0;                   // TCP with a client payload; QUIC named or resolved
  uint64_t named = 0;                   // with a name in clear
  uint64_t resolved = 0;                // attributed by DNS
  uint64_t ambiguous = 0;               // DNS names of more than one service at the address
  uint64_t hello_without_name = 0;      // no SNI and no DNS answer seen
  uint64_t ech_without_dns = 0;         // encrypted hello: an outer name only, and no DNS answer seen
  uint64_t mid_stream = 0;              // began before the capture; no DNS answer seen
  uint64_t not_tls = 0;                 // first client bytes are no hello and name no host
  uint64_t hello_incomplete = 0;        // ended, evicted or over the limit before its name
  uint64_t malformed_hello = 0;
  uint64_t udp_443 = 0;                 // UDP flows to port 443, and QUIC to others, without a name
  uint64_t flows_evicted = 0;
  uint64_t doh = 0;                     // flows with encrypted DNS: encrypted_dns.h. Their answers
  uint64_t dot = 0;                     // attribute nothing
  uint64_t doq = 0;
  uint64_t tunnels = 0;                 // flows that hide others: decode/tunnel_hello.h
  uint64_t client_by_socket = 0;        // flows with a service, by how their client is known
  uint64_t client_by_fingerprint = 0;
  uint64_t client_unknown = 0;
  uint64_t dns_answers = 0;
  uint64_t dns_malformed = 0;
  uint64_t loopback = 0;                // TCP with a client payload to this machine itself
  uint64_t relayed = 0;                 // a connection of a proxy on this machine, seen on its other side
  uint64_t local_models = 0;            // flows to a model server of this machine or network
  uint64_t local_refused = 0;           // clear HTTP beyond ClassifierOptions::max_local
};

class Classifier : public decode::PacketSink {
 public:
  // `clients` is asked once for each flow that gets a service of the catalogue, and outlives this
  // object; null (capture files): the hello's fingerprint alone hints at it.
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
  // Of `clients`; none where it is null.
  ClientLookups client_lookups() const;
  // What a filter before the pipeline should let through beside what may show a name.
  const AddressesOfInterest& interests() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gnomon::classify

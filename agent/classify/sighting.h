// What classify hands to sessionise: something happened on a flow whose service is known.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/decode/packet.h"
#include "catalogue/table.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::classify {

// The two ends of a flow. `client` opened it.
struct FiveTuple {
  decode::IpAddress client;
  decode::IpAddress server;
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  decode::Transport transport = decode::Transport::kTcp;
};

// What carried the name.
enum class Via : uint8_t { kTls, kQuic, kHttp, kConnect, kSocks, kDns };
std::string_view ViaName(Via via);  // "tls", "quic", "http", "connect", "socks", "dns"

// How the kind of client is known.
enum class ClientBy : uint8_t {
  kNobody,       // it is not
  kSocket,       // by the program that holds the socket
  kFingerprint,  // by its hello: a hint
};
std::string_view ClientByName(ClientBy by);  // "", "socket", "fingerprint"

enum class SightingKind : uint8_t {
  kName,  // a flow got its name; once a flow, again only where a tunnel shows an inner name, or where
          // a model server turns out to be another than it seemed
  kData,  // payload in one direction; a pure ACK gives none
  kTurn,  // a prompt and its answer, read in clear: once when it is known, once when it has ended
  kEnd,   // FIN from both sides, RST, idle or evicted
};

// When a prompt left and when its answer came: exact.
struct ClearTurn {
  TimeUs prompt = 0;
  TimeUs first = 0;
  TimeUs last = 0;       // so far
  bool ended = false;
  bool generic = false;  // the server's interface is one that many have
};

// A flow with a service gives kName, then kData..., then kEnd. A flow whose name is outside the
// catalogue gives kName only, and only where Options::all_names asks for it.
struct Sighting {
  SightingKind kind = SightingKind::kName;
  TimeUs time = 0;
  uint64_t flow = 0;             // unique for the life of the classifier
  catalogue::Match match;        // no service: outside the catalogue
  v1::Evidence evidence = v1::EVIDENCE_NAMED;
  v1::Client client = v1::CLIENT_UNKNOWN;
  ClientBy client_by = ClientBy::kNobody;
  Via via = Via::kTls;
  bool ech = false;
  std::string_view host;         // valid during Consume()
  FiveTuple tuple;
  // kData:
  bool upstream = false;         // from the client
  uint32_t bytes = 0;            // payload on the wire, retransmissions left out
  // kTurn; only on flows with EVIDENCE_LOCAL, whose turns are these and no others:
  ClearTurn turn;
};

// classify -> sessionise.
class SightingSink {
 public:
  virtual ~SightingSink() = default;
  virtual void Consume(const Sighting& sighting) = 0;
};

}  // namespace gnomon::classify

// Looks for a name in the Initial packets of a QUIC client, datagram by datagram.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "agent/classify/first_bytes.h"
#include "agent/classify/hello_assembly.h"
#include "agent/classify/keyed_hash.h"
#include "agent/decode/quic_initial_opener.h"
#include "agent/decode/quic_packet.h"
#include "base/bytes.h"

namespace gnomon::classify {

// How far the search has come on one flow. Held by the flow.
struct QuicSearch {
  // Names the connection: a hash of the connection id that its keys come from. 0: no Initial packet
  // of a client has been opened yet.
  uint64_t connection = 0;
  uint64_t retry = 0;  // likewise, the one that a Retry told the client to go on with
  HelloAssembly::Index buffer = HelloAssembly::kNone;
  bool named = false;  // the hello's name is there, its end is not: GiveUp() gives it
};

// A client's hello lies in the CRYPTO frames of its Initial packets: in any order, and a
// post-quantum one over two datagrams. Their keys follow from the first one's destination
// connection id; what the client calls the server afterwards does not matter (RFC 9001
// section 5.2), unless a Retry made it begin anew (RFC 9000 section 17.2.5).
class QuicFinder {
 public:
  enum class Step : uint8_t {
    kWaiting,      // needs further datagrams
    kNeedsBuffer,  // all buffers are in use: end the search of OldestOwner() and call again
    // The others end the search.
    kHello,  // hello(), to its end unless it came from GiveUp(); its name may be empty
    kOther,  // not the start of a QUIC connection, or no hello in it, or over the limit of bytes
  };

  // `max_hellos` connections at a time, `max_hello_bytes` of each.
  QuicFinder(uint32_t max_hellos, uint32_t max_hello_bytes, const KeyedHash& hash);

  // True where the datagram begins with an Initial packet of a version that is read here, as far as
  // its header says.
  static bool BeginsWithInitial(Bytes datagram);
  // True where it is a client's Initial packet, and of another connection than the search's.
  bool BeginsConnection(const QuicSearch& search, Bytes datagram);
  // A datagram of the server: where it is a Retry, what the client does next begins no connection.
  void NoteRetry(QuicSearch& search, Bytes datagram) const;

  // A datagram of either side, or of the client only once search.connection is known: what opens is
  // the client's.
  Step Feed(QuicSearch& search, uint32_t owner, Bytes datagram);
  // The verdict without further datagrams: kHello or kOther.
  Step GiveUp(const QuicSearch& search);
  // Gives back the buffer. To be called once the search has ended.
  void Release(QuicSearch& search);

  // Of the last Feed() or GiveUp().
  const decode::ClientHello& hello() const { return hello_; }
  uint32_t OldestOwner() const { return assembly_.OldestOwner(); }

 private:
  struct ConnectionId {
    std::array<uint8_t, decode::kQuicMaxConnectionId> bytes{};
    uint8_t length = 0;
    Bytes view() const { return {bytes.data(), length}; }
  };

  uint64_t NameOf(Bytes dcid) const;
  // False where there is no buffer left.
  bool Begin(QuicSearch& search, uint32_t owner, Bytes dcid);
  Step ReadFrames(QuicSearch& search, Bytes payload);
  // Google's own: a hello that is in clear, and the content of Q050's Initial packets.
  Step FeedGquic(QuicSearch& search, Bytes connection_id, Bytes datagram);
  Step ReadGquicFrames(const QuicSearch& search, Bytes payload);

  uint32_t max_hello_bytes_;
  KeyedHash hash_;
  decode::QuicInitialOpener opener_;
  HelloAssembly assembly_;
  std::vector<ConnectionId> key_ids_;  // by buffer: what its connection's keys come from
  decode::ClientHello hello_;
};

}  // namespace gnomon::classify

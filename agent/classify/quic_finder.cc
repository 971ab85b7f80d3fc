#include "agent/classify/quic_finder.h"

#include <algorithm>
#include <optional>

#include "agent/decode/gquic.h"
#include "agent/decode/quic_frames.h"

namespace gnomon::classify {
namespace {

using decode::QuicPacket;
using decode::QuicPacketType;

}  // namespace

QuicFinder::QuicFinder(uint32_t max_hellos, uint32_t max_hello_bytes, const KeyedHash& hash)
    : max_hello_bytes_(max_hello_bytes),
      hash_(hash),
      assembly_(std::max(max_hellos, 1u), max_hello_bytes),
      key_ids_(std::max(max_hellos, 1u)) {}

uint64_t QuicFinder::NameOf(Bytes dcid) const {
  return hash_(dcid) | 1;  // never 0
}

bool QuicFinder::BeginsWithInitial(Bytes datagram) {
  QuicPacket packet;
  Bytes gquic_id;
  return (decode::ReadQuicPacket(datagram, &packet) && packet.type == QuicPacketType::kInitial) ||
         decode::BeginsAsGquic(datagram, &gquic_id);
}

bool QuicFinder::BeginsConnection(const QuicSearch& search, Bytes datagram) {
  Bytes gquic_id;
  if (decode::BeginsAsGquic(datagram, &gquic_id)) return NameOf(gquic_id) != search.connection;
  QuicPacket packet;
  if (!decode::ReadQuicPacket(datagram, &packet) || packet.type != QuicPacketType::kInitial)
    return false;
  const uint64_t name = NameOf(packet.dcid);
  return name != search.connection && name != search.retry &&
         opener_.Open(packet, packet.dcid).has_value();
}

void QuicFinder::NoteRetry(QuicSearch& search, Bytes datagram) const {
  QuicPacket packet;
  if (decode::ReadQuicPacket(datagram, &packet) && packet.type == QuicPacketType::kRetry)
    search.retry = NameOf(packet.scid);
}

bool QuicFinder::Begin(QuicSearch& search, uint32_t owner, Bytes dcid) {
  Release(search);
  search.buffer = assembly_.Acquire(owner, 0);
  if (search.buffer == HelloAssembly::kNone) return false;
  search.connection = NameOf(dcid);
  ConnectionId& id = key_ids_[search.buffer];
  std::copy(dcid.begin(), dcid.end(), id.bytes.begin());
  id.length = static_cast<uint8_t>(dcid.size());
  return true;
}

QuicFinder::Step QuicFinder::ReadFrames(QuicSearch& search, Bytes payload) {
  decode::QuicCryptoReader frames(payload);
  decode::QuicCrypto crypto;
  bool over = false;
  while (frames.Next(&crypto)) {
    over |= crypto.offset + crypto.data.size() > max_hello_bytes_;
    if (crypto.offset < max_hello_bytes_)
      assembly_.Add(search.buffer, static_cast<uint32_t>(crypto.offset), crypto.data);
  }
  switch (InspectHandshake(assembly_.Prefix(search.buffer), &hello_)) {
    case FirstBytes::kHello:
      search.named = !hello_.complete;
      return search.named && !over && !frames.malformed() ? Step::kWaiting : Step::kHello;
    case FirstBytes::kNeedMore:
      return over || frames.malformed() ? Step::kOther : Step::kWaiting;
    default:
      return Step::kOther;
  }
}

QuicFinder::Step QuicFinder::ReadGquicFrames(const QuicSearch& search, Bytes payload) {
  decode::QuicCrypto crypto;
  if (decode::FindGquicCrypto(payload, &crypto) && crypto.offset < max_hello_bytes_)
    assembly_.Add(search.buffer, static_cast<uint32_t>(crypto.offset), crypto.data);
  switch (decode::ParseChlo(assembly_.Prefix(search.buffer), &hello_)) {
    case decode::HelloResult::kFound:
      return Step::kHello;
    case decode::HelloResult::kNeedMore:
      return assembly_.Full(search.buffer) ? Step::kOther : Step::kWaiting;
    default:
      return Step::kOther;
  }
}

QuicFinder::Step QuicFinder::FeedGquic(QuicSearch& search, Bytes connection_id, Bytes datagram) {
  search.connection = NameOf(connection_id);
  switch (decode::ParseGquicPacket(datagram, &hello_)) {
    case decode::HelloResult::kFound:
      return Step::kHello;
    case decode::HelloResult::kNeedMore:
      return Step::kWaiting;
    default:
      return Step::kOther;
  }
}

QuicFinder::Step QuicFinder::Feed(QuicSearch& search, uint32_t owner, Bytes datagram) {
  Bytes gquic_id;
  if (decode::BeginsAsGquic(datagram, &gquic_id)) return FeedGquic(search, gquic_id, datagram);
  QuicPacket packet;
  if (!decode::ReadQuicPacket(datagram, &packet))
    return search.connection == 0 ? Step::kOther : Step::kWaiting;
  do {
    if (packet.type == QuicPacketType::kInitial && packet.captured) {
      std::optional<Bytes> payload;
      if (search.buffer != HelloAssembly::kNone)
        payload = opener_.Open(packet, key_ids_[search.buffer].view());
      if (!payload) {
        payload = opener_.Open(packet, packet.dcid);
        if (payload && !Begin(search, owner, packet.dcid)) return Step::kNeedsBuffer;
      }
      if (payload) {
        const Step step = packet.version->google ? ReadGquicFrames(search, *payload)
                                                 : ReadFrames(search, *payload);
        if (step != Step::kWaiting) return step;
      }
    }
    datagram = datagram.subspan(packet.bytes.size());
  } while (decode::ReadQuicPacket(datagram, &packet));
  return Step::kWaiting;
}

QuicFinder::Step QuicFinder::GiveUp(const QuicSearch& search) {
  if (search.buffer == HelloAssembly::kNone) return Step::kOther;
  const FirstBytes found = InspectHandshake(assembly_.Prefix(search.buffer), &hello_);
  return found == FirstBytes::kHello ? Step::kHello : Step::kOther;
}

void QuicFinder::Release(QuicSearch& search) {
  assembly_.Release(search.buffer);
  search.buffer = HelloAssembly::kNone;
}

}  // namespace gnomon::classify

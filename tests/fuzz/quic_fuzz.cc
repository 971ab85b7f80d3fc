// The first byte says what the rest is: datagrams as they are, a decrypted payload, or frames that
// are sealed here, as no fuzzer forges a tag, and then sent by a client. Whatever they are, a hello
// is put together from what the frames say and from nothing else, and a flow is counted once.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "agent/classify/classifier.h"
#include "agent/decode/quic_frames.h"
#include "agent/decode/quic_initial_opener.h"
#include "agent/decode/tls_client_hello.h"
#include "tests/unit/agent/decode/quic_builder.h"

namespace {

using gnomon::ByteReader;
using gnomon::Bytes;
namespace classify = gnomon::classify;
namespace decode = gnomon::decode;
namespace testing = gnomon::testing;

void Check(bool holds) {
  if (!holds) std::abort();
}

class Names : public classify::SightingSink {
 public:
  void Consume(const classify::Sighting& sighting) override {
    Check(sighting.kind == classify::SightingKind::kName);  // no name is in the catalogue
    Check(!sighting.host.empty() && sighting.host.size() <= 255);
    ++count;
  }
  uint64_t count = 0;
};

void ReadDatagram(Bytes datagram) {
  static decode::QuicInitialOpener opener;
  decode::QuicPacket packet;
  while (decode::ReadQuicPacket(datagram, &packet)) {
    Check(packet.version != nullptr && packet.dcid.size() <= decode::kQuicMaxConnectionId);
    Check(!packet.bytes.empty() && packet.bytes.size() <= datagram.size());
    if (const auto payload = opener.Open(packet, packet.dcid))
      Check(payload->size() < packet.bytes.size());
    datagram = datagram.subspan(packet.bytes.size());
  }
}

void ReadFrames(Bytes payload) {
  decode::QuicCryptoReader reader(payload);
  decode::QuicCrypto crypto;
  size_t bytes = 0;
  while (reader.Next(&crypto)) {
    bytes += crypto.data.size();
    decode::ClientHello hello;
    decode::ParseClientHelloMessage(crypto.data, &hello);
  }
  Check(bytes <= payload.size());
}

void Send(classify::Classifier& classifier, const std::vector<uint8_t>& datagram, bool reply) {
  const uint8_t local[4] = {10, 0, 0, 1};
  const uint8_t remote[4] = {10, 0, 0, 2};
  decode::Packet packet;
  packet.transport = decode::Transport::kUdp;
  packet.src = decode::IpAddress::FromV4(reply ? remote : local);
  packet.dst = decode::IpAddress::FromV4(reply ? local : remote);
  packet.sport = reply ? 443 : 50000;
  packet.dport = reply ? 50000 : 443;
  packet.payload = datagram;
  packet.payload_length = static_cast<uint32_t>(datagram.size());
  classifier.Consume(packet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes rest(data + 1, size - 1);
  if (data[0] % 4 == 0) ReadDatagram(rest);
  if (data[0] % 4 == 1) ReadFrames(rest);
  if (data[0] % 4 < 2) return 0;

  static const auto table = *gnomon::catalogue::Table::Build(gnomon::v1::Catalogue());
  classify::ClassifierOptions options;
  options.all_names = true;
  options.max_flows = 2;
  options.max_hellos = 1;
  options.max_hello_bytes = 2048;
  Names names;
  classify::Classifier classifier(table, options, names);
  // Per packet: what to do with it, its connection id's length, its frames' length, its frames.
  ByteReader reader(rest);
  std::vector<uint8_t> datagram;
  while (reader.ok() && reader.remaining() > 0) {
    const uint8_t what = reader.U8();
    const uint8_t id = reader.U8();
    const Bytes frames = reader.Take(reader.U16() & 0x7ff);
    if (!reader.ok()) break;
    testing::InitialShape shape{.version = (what & 1) != 0 ? decode::kQuicVersion2 : 1,
                                .dcid = testing::ByteVector(id % 21, id),
                                .packet_bytes = 0,
                                .from_server = (what & 2) != 0};
    const testing::ByteVector text(frames.begin(), frames.end());
    testing::Put(datagram, (what & 4) != 0   ? testing::RetryPacket(shape)
                           : (what & 8) != 0 ? text
                                             : testing::SealInitial(shape, text));
    if ((what & 16) != 0) continue;  // coalesced with the next
    Send(classifier, datagram, (what & 2) != 0);
    datagram.clear();
  }
  classifier.Finish(0);
  const classify::Coverage& c = classifier.coverage();
  Check(c.flows == c.named && c.named == names.count);
  return 0;
}

// The input is a script of segments and datagrams between a few endpoints. Whatever they are, the
// counters add up, a flow's sightings come in their order, and no byte is counted twice.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>

#include "agent/classify/classifier.h"
#include "base/bytes.h"

namespace {

using gnomon::ByteReader;
using gnomon::Bytes;
namespace classify = gnomon::classify;
namespace decode = gnomon::decode;

void Check(bool holds) {
  if (!holds) std::abort();
}

class Checker : public classify::SightingSink {
 public:
  void Consume(const classify::Sighting& sighting) override {
    Check(sighting.host.size() <= 255);
    if (sighting.kind == classify::SightingKind::kName) {
      if (sighting.match) open_[sighting.flow] = true;
      return;
    }
    Check(static_cast<bool>(sighting.match));
    Check(open_[sighting.flow]);
    if (sighting.kind == classify::SightingKind::kTurn) {
      Check(sighting.evidence == gnomon::v1::EVIDENCE_LOCAL);
      Check(sighting.turn.prompt <= sighting.turn.first);
      Check(sighting.turn.first <= sighting.turn.last);
      // Once when it is known, once when it has ended.
      Check(std::exchange(in_turn_[sighting.flow], !sighting.turn.ended) == sighting.turn.ended);
      return;
    }
    if (sighting.kind == classify::SightingKind::kEnd) {
      Check(!in_turn_[sighting.flow]);
      open_[sighting.flow] = false;
    } else {
      Check(sighting.bytes > 0);
      bytes += sighting.bytes;
    }
  }
  bool AllEnded() const {
    for (const auto& [flow, open] : open_) {
      if (open) return false;
    }
    return true;
  }
  uint64_t bytes = 0;

 private:
  std::map<uint64_t, bool> open_;
  std::map<uint64_t, bool> in_turn_;
};

std::shared_ptr<const gnomon::catalogue::Table> MakeTable() {
  gnomon::v1::Catalogue catalogue;
  catalogue.set_version(1);
  for (const char* id : {"chat", "helper"}) {
    gnomon::v1::Service& service = *catalogue.add_services();
    service.set_id(id);
    service.set_name(id);
    service.set_vendor("Vendor");
    service.set_category(gnomon::v1::CATEGORY_CHAT);
    service.set_surface(gnomon::v1::SURFACE_WEB);
    gnomon::v1::Host& host = *service.add_hosts();
    host.set_suffix(std::string(id) + ".example");
    host.set_role(gnomon::v1::HOST_ROLE_USE);
  }
  for (const char* id : {"generic", "marked", "own"}) {
    gnomon::v1::Service& service = *catalogue.add_services();
    service.set_id(id);
    service.set_name(id);
    service.set_vendor("Vendor");
    service.set_category(gnomon::v1::CATEGORY_LOCAL);
    service.set_surface(gnomon::v1::SURFACE_LOCAL_MODEL);
    gnomon::v1::LocalModel& local = *service.mutable_local();
    if (service.id() == "marked") {
      gnomon::v1::LocalMark& mark = *local.add_marks();
      mark.set_field("server");
      mark.set_value("marked");
      continue;
    }
    local.set_generic(service.id() == "generic");
    gnomon::v1::LocalExchange& prompt = *local.add_prompts();
    prompt.set_path(local.generic() ? "/v1/chat" : "/api/chat");
    prompt.add_request("messages");
    prompt.add_answer(local.generic() ? "choices" : "done");
  }
  auto table = gnomon::catalogue::Table::Build(catalogue);
  Check(table.ok());
  return *table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto table = MakeTable();
  ByteReader reader(Bytes(data, size));
  const uint8_t setup = reader.U8();
  classify::ClassifierOptions options;
  options.all_names = (setup & 1) != 0;
  options.max_flows = 1 + (setup >> 1 & 7);
  options.max_hellos = 1 + (setup >> 4 & 3);
  options.max_hello_bytes = 1024;
  options.max_resolved = 1 + (setup >> 6);
  options.max_local = 1 + (setup >> 6);
  Checker checker;
  classify::Classifier classifier(table, options, checker);

  gnomon::TimeUs now = 0;
  uint64_t sent = 0;
  // Per segment: ports and direction, flags, sequence number, time, length, captured length, bytes.
  while (reader.ok() && reader.remaining() > 0) {
    const uint8_t who = reader.U8();
    decode::Packet packet;
    packet.tcp_flags = reader.U8();
    packet.tcp_seq = (who & 0x80) != 0 ? reader.U32() : reader.U16();
    now += (who & 0x40) != 0 ? reader.U8() * 2 * gnomon::kSecondUs : 1000;
    packet.time = now;
    const uint16_t length = reader.U16();
    packet.payload = reader.Take(length & 0x7fff);
    if (!reader.ok()) break;
    packet.payload_length = static_cast<uint32_t>(packet.payload.size());
    if ((length & 0x8000) != 0) packet.payload_length += 1000;
    packet.transport = (who & 0x20) != 0 ? decode::Transport::kUdp : decode::Transport::kTcp;
    const uint8_t local[4] = {10, 0, 0, 1};
    const uint8_t remote[4] = {10, 0, 0, static_cast<uint8_t>(2 + (who >> 3 & 1))};
    packet.src = decode::IpAddress::FromV4(local);
    packet.dst = decode::IpAddress::FromV4(remote);
    packet.sport = static_cast<uint16_t>(50000 + (who & 3));
    packet.dport = (who & 4) != 0 ? 53 : 443;
    if ((who & 0x10) != 0) {
      std::swap(packet.src, packet.dst);
      std::swap(packet.sport, packet.dport);
    }
    sent += packet.payload_length;
    classifier.Consume(packet);
    if (packet.tcp_flags == 0xff) classifier.ExpireIdle(now);
  }
  classifier.Finish(now);
  const classify::Coverage& c = classifier.coverage();
  Check(c.flows == c.named + c.resolved + c.ambiguous + c.hello_without_name + c.mid_stream +
                       c.not_tls + c.hello_incomplete + c.malformed_hello +
                           c.ech_without_dns);
  Check(checker.AllEnded());
  Check(checker.bytes <= sent);
  return 0;
}

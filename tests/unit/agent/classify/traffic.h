// Builds hellos, DNS answers and TCP segments, and records what the classifier makes of them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/classify/classifier.h"

namespace gnomon::classify::test {

using ByteVector = std::vector<uint8_t>;

inline void Put(ByteVector& out, uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<uint8_t>(value >> shift));
  }
}
inline void Append(ByteVector& out, const ByteVector& more) {
  out.insert(out.end(), more.begin(), more.end());
}
inline ByteVector Text(std::string_view text) {
  return {text.begin(), text.end()};
}

struct HelloShape {
  std::string name;       // empty: no server_name extension
  bool ech = false;       // encrypted_client_hello, behind the name
  size_t padding = 0;     // bytes of a padding extension before the name
  size_t record = 16384;  // bytes of the handshake in one TLS record
};

// RFC 8446 section 4.1.2, in as many records as asked for.
inline ByteVector Hello(const HelloShape& shape) {
  ByteVector extensions;
  if (shape.padding > 0) {
    Put(extensions, 21, 2);
    Put(extensions, shape.padding, 2);
    extensions.resize(extensions.size() + shape.padding);
  }
  if (!shape.name.empty()) {
    Put(extensions, 0, 2);
    Put(extensions, shape.name.size() + 5, 2);
    Put(extensions, shape.name.size() + 3, 2);
    Put(extensions, 0, 1);
    Put(extensions, shape.name.size(), 2);
    Append(extensions, Text(shape.name));
  }
  if (shape.ech) {
    Put(extensions, 0xfe0d, 2);
    Put(extensions, 8, 2);
    extensions.resize(extensions.size() + 8, 7);
  }
  Put(extensions, 43, 2);  // supported_versions: TLS 1.3
  Put(extensions, 3, 2);
  Put(extensions, 0x020304, 3);

  ByteVector body;
  Put(body, 0x0303, 2);
  body.resize(body.size() + 32, 0x5a);
  Put(body, 0, 1);
  Put(body, 2, 2);
  Put(body, 0x1301, 2);
  Put(body, 0x0100, 2);
  Put(body, extensions.size(), 2);
  Append(body, extensions);

  ByteVector message;
  Put(message, 1, 1);
  Put(message, body.size(), 3);
  Append(message, body);

  ByteVector stream;
  for (size_t at = 0; at < message.size(); at += shape.record) {
    const size_t length = std::min(shape.record, message.size() - at);
    Put(stream, 0x160301, 3);
    Put(stream, length, 2);
    stream.insert(stream.end(), message.begin() + static_cast<ptrdiff_t>(at),
                  message.begin() + static_cast<ptrdiff_t>(at + length));
  }
  return stream;
}
inline ByteVector NamedHello(const std::string& name) {
  return Hello(HelloShape{.name = name});
}

// `count` bytes of a TLS application data record, which begin no stream.
inline ByteVector Ciphertext(size_t count) {
  ByteVector bytes(count, 0xc3);
  if (count >= 3) bytes[0] = 0x17, bytes[1] = 0x03, bytes[2] = 0x03;
  return bytes;
}

inline decode::IpAddress V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  decode::IpAddress address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
  return address;
}

// One A record (RFC 1035 section 4.1).
inline ByteVector DnsAnswer(const std::string& question, const decode::IpAddress& address,
                            uint32_t ttl_seconds) {
  ByteVector out;
  Put(out, 0x12348180, 4);
  Put(out, 0x0001000100000000, 8);
  for (size_t at = 0; at < question.size();) {
    const size_t dot = std::min(question.find('.', at), question.size());
    Put(out, dot - at, 1);
    Append(out, Text(question.substr(at, dot - at)));
    at = dot + 1;
  }
  Put(out, 0, 1);
  Put(out, 0x00010001, 4);
  Put(out, 0xc00c, 2);
  Put(out, 0x00010001, 4);
  Put(out, ttl_seconds, 4);
  Put(out, 4, 2);
  out.insert(out.end(), address.bytes.begin() + 12, address.bytes.end());
  return out;
}

// Model servers: `runner` has an interface of its own, `styled` one that many have, `marked` is one of
// those many.
inline void AddLocalModels(v1::Catalogue* catalogue) {
  const auto service = [&](const char* id) {
    v1::Service& added = *catalogue->add_services();
    added.set_id(id);
    added.set_name(id);
    added.set_vendor("Vendor");
    added.set_category(v1::CATEGORY_LOCAL);
    added.set_surface(v1::SURFACE_LOCAL_MODEL);
    return added.mutable_local();
  };
  const auto exchange = [](v1::LocalExchange* out, const char* path,
                           std::vector<const char*> request, std::vector<const char*> answer) {
    out->set_path(path);
    for (const char* key : request) out->add_request(key);
    for (const char* key : answer) out->add_answer(key);
  };
  v1::LocalModel* runner = service("runner");
  exchange(runner->add_prompts(), "/api/chat", {"model", "messages"}, {"created_at", "done"});
  exchange(runner->add_lists(), "/api/tags", {}, {"models"});
  v1::LocalMark* load = runner->add_no_turn();
  load->set_key("done_reason");
  load->set_value("load");
  v1::LocalMark* fingerprint = runner->add_marks();
  fingerprint->set_key("system_fingerprint");
  fingerprint->set_value("fp_runner");
  v1::LocalMark* head = service("marked")->add_marks();
  head->set_field("server");
  head->set_value("marked.cpp");
  v1::LocalModel* styled = service("styled");
  styled->set_generic(true);
  exchange(styled->add_prompts(), "/v1/chat/completions", {"messages"}, {"object", "choices"});
}

// Two services and what hangs on them, and model servers; everything else is outside.
inline std::shared_ptr<const catalogue::Table> TestTable() {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  const auto service = [&](const char* id, v1::Category category) {
    v1::Service& added = *catalogue.add_services();
    added.set_id(id);
    added.set_name(id);
    added.set_vendor("Vendor");
    added.set_category(category);
    added.set_surface(v1::SURFACE_WEB);
    return &added;
  };
  const auto host = [](v1::Service* owner, const char* suffix, v1::HostRole role, bool embedded) {
    v1::Host& added = *owner->add_hosts();
    added.set_suffix(suffix);
    added.set_role(role);
    added.set_embedded(embedded);
  };
  v1::Service* chat = service("chat", v1::CATEGORY_CHAT);
  host(chat, "chat.example", v1::HOST_ROLE_USE, false);
  host(chat, "cdn.chat.example", v1::HOST_ROLE_SUPPORT, false);
  v1::Service* helper = service("helper", v1::CATEGORY_CODE);
  host(helper, "helper.example", v1::HOST_ROLE_USE, true);
  v1::Service* third = service("third", v1::CATEGORY_API);
  host(third, "third.example", v1::HOST_ROLE_USE, false);
  AddLocalModels(&catalogue);
  Result<std::shared_ptr<const catalogue::Table>> table = catalogue::Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : nullptr;
}

// A sighting that may outlive the packet.
struct Seen : Sighting {
  explicit Seen(const Sighting& sighting) : Sighting(sighting), name(sighting.host) {}
  std::string name;
};

class Recorder : public SightingSink {
 public:
  void Consume(const Sighting& sighting) override { all.emplace_back(sighting); }

  std::vector<Seen> Of(SightingKind kind) const {
    std::vector<Seen> found;
    for (const Seen& seen : all) {
      if (seen.kind == kind) found.push_back(seen);
    }
    return found;
  }
  std::vector<Seen> Names() const { return Of(SightingKind::kName); }
  // "via:name", in order.
  std::vector<std::string> NameTexts() const {
    std::vector<std::string> texts;
    for (const Seen& seen : Names()) {
      texts.push_back(std::string(ViaName(seen.via)) + ":" + seen.name);
    }
    return texts;
  }
  uint64_t Bytes(bool upstream) const {
    uint64_t sum = 0;
    for (const Seen& seen : Of(SightingKind::kData)) {
      if (seen.upstream == upstream) sum += seen.bytes;
    }
    return sum;
  }

  std::vector<Seen> all;
};

// The classifier under test and the wire it listens to.
class Wire {
 public:
  explicit Wire(const ClassifierOptions& options = {}, ClientKinds* clients = nullptr)
      : table(TestTable()), classifier(table, options, seen, clients) {}

  void Send(const decode::Packet& packet) { classifier.Consume(packet); }
  void Dns(const std::string& question, const decode::IpAddress& address, uint32_t ttl_seconds) {
    const ByteVector answer = DnsAnswer(question, address, ttl_seconds);
    decode::Packet packet;
    packet.time = now;
    packet.src = V4(9, 9, 9, 9);
    packet.dst = V4(10, 0, 0, 2);
    packet.sport = 53;
    packet.dport = 40000;
    packet.transport = decode::Transport::kUdp;
    packet.payload = answer;
    packet.payload_length = static_cast<uint32_t>(answer.size());
    Send(packet);
  }
  std::string ServiceOf(const Sighting& sighting) const {
    return sighting.match ? table->service(sighting.match.service).id() : "";
  }
  // The sum that Coverage::flows must equal once every flow has ended.
  uint64_t Outcomes() const {
    const Coverage& c = classifier.coverage();
    return c.named + c.resolved + c.ambiguous + c.hello_without_name + c.mid_stream + c.not_tls +
           c.hello_incomplete + c.malformed_hello + c.ech_without_dns;
  }

  TimeUs now = 1'000 * kSecondUs;
  Recorder seen;
  std::shared_ptr<const catalogue::Table> table;
  Classifier classifier;
};

// One TCP connection over a wire. Offsets count from each side's first byte.
class Connection {
 public:
  explicit Connection(Wire& wire) : wire_(wire) {}

  decode::IpAddress client = V4(10, 0, 0, 2);
  decode::IpAddress server = V4(192, 0, 2, 7);
  uint16_t client_port = 50000;
  uint16_t server_port = 443;
  uint32_t client_isn = 1000;
  uint32_t server_isn = 77000;
  uint32_t acknowledged = 0;  // of the server's bytes, in what the client sends

  void Syn() { Send(true, decode::kTcpSyn, client_isn, {}, 0); }
  void SynAck() { Send(false, decode::kTcpSyn | decode::kTcpAck, server_isn, {}, 0); }
  void Open() {
    Syn();
    SynAck();
    Send(true, decode::kTcpAck, client_isn + 1, {}, 0);
  }
  // `wire_length` more than the bytes: the rest was cut off by the snap length.
  void FromClient(uint32_t offset, Bytes bytes, uint32_t wire_length = 0) {
    Send(true, decode::kTcpAck | decode::kTcpPsh, client_isn + 1 + offset, bytes, wire_length);
  }
  void FromServer(uint32_t offset, Bytes bytes, uint32_t wire_length = 0) {
    Send(false, decode::kTcpAck | decode::kTcpPsh, server_isn + 1 + offset, bytes, wire_length);
  }
  void ClientFin(uint32_t offset) {
    Send(true, decode::kTcpFin | decode::kTcpAck, client_isn + 1 + offset, {}, 0);
  }
  void ServerFin(uint32_t offset) {
    Send(false, decode::kTcpFin | decode::kTcpAck, server_isn + 1 + offset, {}, 0);
  }
  void Reset() { Send(true, decode::kTcpRst, client_isn + 1, {}, 0); }

 private:
  void Send(bool from_client, int flags, uint32_t sequence, Bytes bytes, uint32_t wire_length) {
    decode::Packet packet;
    packet.time = wire_.now;
    packet.src = from_client ? client : server;
    packet.dst = from_client ? server : client;
    packet.sport = from_client ? client_port : server_port;
    packet.dport = from_client ? server_port : client_port;
    packet.tcp_flags = static_cast<uint8_t>(flags);
    packet.tcp_seq = sequence;
    packet.tcp_ack = from_client ? server_isn + 1 + acknowledged : client_isn + 1;
    packet.payload = bytes;
    packet.payload_length = std::max(wire_length, static_cast<uint32_t>(bytes.size()));
    wire_.Send(packet);
  }

  Wire& wire_;
};

}  // namespace gnomon::classify::test

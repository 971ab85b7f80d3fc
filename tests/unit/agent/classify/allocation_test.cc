// The packet path allocates nothing after construction.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>
#include <random>

#include "agent/decode/frame_decoder.h"
#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/classify/traffic.h"
#include "tests/unit/agent/decode/gquic_builder.h"
#include "tests/unit/agent/decode/http2_builder.h"
#include "tests/unit/agent/decode/tunnel_builder.h"

namespace {

size_t allocations = 0;

// Not inlined below: the compiler would see malloc and free around a delete, and warn.
void* CountedMalloc(size_t size) {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}

// OpenSSL's own as well: it takes these only before it has allocated anything.
const bool openssl_is_counted =
    CRYPTO_set_mem_functions([](size_t size, const char*, int) { return CountedMalloc(size); },
                             [](void* memory, size_t size, const char*, int) {
                               ++allocations;
                               return std::realloc(memory, size);
                             },
                             [](void* memory, const char*, int) { std::free(memory); }) == 1;

}  // namespace

// Replaced for the whole test program; only counting differs. All forms, so that a sanitizer sees
// none of its own paired with one of these.
[[gnu::noinline]] void* operator new(size_t size) {
  if (void* memory = CountedMalloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](size_t size) {
  return operator new(size);
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return CountedMalloc(size);
}
[[gnu::noinline]] void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return CountedMalloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace gnomon::classify {
namespace {

using test::ByteVector;

class CountingSink : public SightingSink {
 public:
  void Consume(const Sighting& sighting) override {
    ++kinds[static_cast<int>(sighting.kind)];
    if (sighting.via == Via::kQuic) ++quic;
  }
  int kinds[4] = {};
  int quic = 0;
};

class CountingKinds : public ClientKinds {
 public:
  v1::Client KindOf(const FiveTuple&) override {
    // Where it is unknown, the hello is asked.
    return ++asked % 2 == 0 ? v1::CLIENT_EDITOR : v1::CLIENT_UNKNOWN;
  }
  int asked = 0;
};

TEST(Allocation, NoPacketAllocates) {
  // Small bounds, so that every table fills, evicts and reuses.
  ClassifierOptions options;
  options.all_names = true;
  options.max_flows = 64;
  options.max_hellos = 4;
  options.max_resolved = 32;
  CountingSink sink;
  CountingKinds kinds;
  Classifier classifier(test::TestTable(), options, sink, &kinds);

  std::vector<ByteVector> payloads;
  for (int i = 0; i < 20; ++i) {
    payloads.push_back(test::NamedHello("h" + std::to_string(i) + ".chat.example"));
  }
  payloads.push_back(test::NamedHello(""));
  payloads.push_back(test::NamedHello("blog.example"));
  payloads.push_back(test::Hello({.name = "chat.example", .padding = 3000}));
  payloads.push_back(test::Text("CONNECT chat.example:443 HTTP/1.1\r\n\r\n"));
  payloads.push_back(test::Text("EHLO pc.example\r\nSTARTTLS\r\n"));
  payloads.push_back(gnomon::testing::Http2Request("chat.example"));
  payloads.push_back(test::Ciphertext(5000));
  // To a model server on this machine, and back.
  const ByteVector prompt = test::Text(
      "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 27\r\n\r\n"
      "{\"model\":\"m\",\"messages\":[]}");
  const ByteVector reply = test::Text(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n"
      "{\"created_at\":\"x\",\"done\":false}\r\n0\r\n\r\n");
  std::vector<ByteVector> datagrams = {
      test::ShortPacket(1200),
      gnomon::testing::Q043Packet(
          gnomon::testing::GquicFrames(gnomon::testing::NamedChlo("g.chat.example"))),
      gnomon::testing::Q050Packet(gnomon::testing::NamedChlo("g.chat.example"))};
  for (uint8_t i = 0; i < 10; ++i) {
    const test::InitialShape shape{.dcid = ByteVector(8, i), .number = i};
    const std::string host = "q" + std::to_string(i) + ".chat.example";
    datagrams.push_back(test::NamedInitial(host, shape));
    const ByteVector hello = test::QuicHello(host, 1800);
    datagrams.push_back(
        test::SealInitial(shape, test::CryptoFrame(1000, Bytes(hello).subspan(1000))));
    datagrams.push_back(test::NamedInitial(host, shape));
    datagrams.back().back() ^= 1;
  }
  std::vector<ByteVector> answers;
  payloads.push_back(test::Hello({.name = "cloudflare-ech.com", .ech = true}));
  datagrams.push_back(ByteVector(148, 0));  // a WireGuard initiation
  datagrams.back()[0] = 1;
  for (int i = 0; i < 50; ++i) {
    const std::string host =
        "n" + std::to_string(i) + (i % 5 == 0 ? ".helper" : ".chat") + ".example";
    answers.push_back(test::DnsAnswer(host, test::V4(192, 0, 2, static_cast<uint8_t>(i / 2)), 10));
  }

  std::mt19937 random(5);
  ASSERT_TRUE(openssl_is_counted);
  const size_t before = allocations;
  TimeUs now = 0;
  for (int i = 0; i < 200'000; ++i) {
    now += random() % 20'000;
    decode::Packet packet;
    packet.time = now;
    packet.src = test::V4(10, 0, 0, 2);
    packet.dst = test::V4(192, 0, 2, static_cast<uint8_t>(random() % 50));
    packet.sport = static_cast<uint16_t>(50000 + random() % 100);
    packet.dport = random() % 10 == 0 ? 53 : 443;
    packet.tcp_seq = random() % 2000;
    const ByteVector* payload = &payloads[random() % payloads.size()];
    if (random() % 8 == 0) {
      packet.transport = decode::Transport::kUdp;
      payload = &datagrams[random() % datagrams.size()];
      if (random() % 2 == 0) packet.dport = 53, payload = &answers[random() % answers.size()];
    }
    const size_t from = random() % 3 == 0 ? random() % payload->size() : 0;
    packet.payload = Bytes(*payload).subspan(from);
    packet.payload_length = static_cast<uint32_t>(packet.payload.size());
    packet.tcp_flags = decode::kTcpAck;
    if (random() % 6 == 0) packet.tcp_flags = decode::kTcpSyn, packet.payload_length = 0;
    if (random() % 50 == 0) packet.tcp_flags |= decode::kTcpFin;
    if (random() % 100 == 0) packet.tcp_flags |= decode::kTcpRst;
    if (packet.payload_length == 0) packet.payload = {};
    if (random() % 2 == 0) {
      std::swap(packet.src, packet.dst);
      std::swap(packet.sport, packet.dport);
    }
    if (i % 10 == 0) {
      packet = {};
      packet.time = now;
      packet.tcp_flags = decode::kTcpAck;
      packet.src = test::V4(127, 0, 0, 1);
      packet.dst = packet.src;
      packet.sport = static_cast<uint16_t>(40000 + random() % 20);
      packet.dport = 11434;
      packet.payload = prompt;
      packet.payload_length = static_cast<uint32_t>(prompt.size());
      classifier.Consume(packet);
      std::swap(packet.sport, packet.dport);
      packet.payload = reply;
      packet.payload_length = static_cast<uint32_t>(reply.size());
    }
    classifier.Consume(packet);
    if (random() % 1000 == 0) classifier.ExpireIdle(now);
  }
  classifier.Finish(now);
  EXPECT_EQ(allocations, before);

  // The paths were really taken.
  const Coverage& c = classifier.coverage();
  for (int count : sink.kinds) EXPECT_GT(count, 100);
  EXPECT_GT(sink.quic, 100);
  EXPECT_GT(kinds.asked, 100);
  for (uint64_t count : {c.named, c.resolved, c.ambiguous, c.mid_stream, c.not_tls,
                         c.hello_incomplete, c.udp_443, c.flows_evicted, c.dns_answers,
                         c.ech_without_dns, c.tunnels, c.client_by_socket, c.client_unknown}) {
    EXPECT_GT(count, 0u);
  }
  EXPECT_EQ(c.flows, c.named + c.resolved + c.ambiguous + c.hello_without_name + c.mid_stream +
                         c.not_tls + c.hello_incomplete + c.malformed_hello +
                           c.ech_without_dns);
}

// Tunnels and fragments, in any order, of more datagrams than may wait at one time.
TEST(Allocation, NoFrameAllocates) {
  namespace build = gnomon::testing;
  CountingSink sink;
  Classifier classifier(test::TestTable(), {}, sink);
  decode::FrameDecoder decoder(classifier);
  std::vector<ByteVector> frames;
  const ByteVector hello = test::NamedHello("chat.example");
  for (uint32_t id = 0; id < 2 * decode::FragmentTable::kMaxDatagrams; ++id) {
    const ByteVector segment = build::Tcp(hello, 0x18, 12, id * 100'000);
    for (const bool v6 : {false, true}) {
      for (const ByteVector& part : build::FragmentsOf(v6, segment, 56, 6, id)) {
        const uint16_t type = v6 ? build::kIpv6Type : build::kIpv4Type;
        frames.push_back(build::OnEthernet(
            id % 2 == 0 ? part : build::Ipv4(build::Gre(part, type), build::kGreProtocol)));
      }
    }
  }
  std::mt19937 random(7);
  const size_t before = allocations;
  capture::Frame frame;
  for (int i = 0; i < 100'000; ++i) {
    const ByteVector& bytes = frames[random() % frames.size()];
    frame = build::AsFrame(bytes);
    frame.time += i * kSecondUs / 100;
    decoder.Consume(frame);
  }
  EXPECT_EQ(allocations, before);
  const decode::DecodeCounters& c = decoder.counters();
  EXPECT_GT(c.packets, 100u);
  EXPECT_GT(c.fragments_held, 100u);
  EXPECT_GT(c.datagrams.reassembled, 100u);
  EXPECT_GT(c.datagrams.given_up, 100u);
}

}  // namespace
}  // namespace gnomon::classify

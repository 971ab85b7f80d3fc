#include "agent/classify/client_kinds.h"

#include <gmock/gmock.h>

#include <vector>

#include "tests/unit/agent/classify/datagrams.h"
#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Ciphertext;
using test::Connection;
using test::NamedHello;
using test::Seen;
using test::Text;
using test::V4;
using test::Wire;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecordingKinds : public ClientKinds {
 public:
  v1::Client KindOf(const FiveTuple& tuple) override {
    asked.push_back(tuple);
    return answer;
  }
  v1::Client answer = v1::CLIENT_EDITOR;
  std::vector<FiveTuple> asked;
};

void ExpectAll(const Wire& wire, v1::Client kind) {
  EXPECT_FALSE(wire.seen.all.empty());
  for (const Seen& seen : wire.seen.all) EXPECT_EQ(seen.client, kind);
}

TEST(ClientKinds, AFlowToAServiceIsAskedForOnceAndKeepsTheAnswer) {
  RecordingKinds kinds;
  Wire wire({}, &kinds);
  Connection connection(wire);
  connection.Open();
  EXPECT_THAT(kinds.asked, IsEmpty());
  connection.FromClient(0, NamedHello("chat.example"));
  kinds.answer = v1::CLIENT_BROWSER;
  for (uint32_t i = 0; i < 5; ++i) connection.FromServer(i * 1000, Ciphertext(1000));
  connection.Reset();
  EXPECT_GT(wire.seen.all.size(), 6u);
  ExpectAll(wire, v1::CLIENT_EDITOR);
  ASSERT_THAT(kinds.asked, SizeIs(1));
  EXPECT_EQ(kinds.asked[0].client, connection.client);
  EXPECT_EQ(kinds.asked[0].server, connection.server);
  EXPECT_EQ(kinds.asked[0].client_port, connection.client_port);
  EXPECT_EQ(kinds.asked[0].server_port, connection.server_port);
  EXPECT_EQ(kinds.asked[0].transport, decode::Transport::kTcp);
}

TEST(ClientKinds, NoOneIsAskedForAFlowOutsideTheCatalogue) {
  RecordingKinds kinds;
  ClassifierOptions options;
  options.all_names = true;
  Wire wire(options, &kinds);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("blog.example"));
  connection.FromServer(0, Ciphertext(1000));
  connection.Reset();
  EXPECT_THAT(wire.seen.all, SizeIs(1));
  ExpectAll(wire, v1::CLIENT_UNKNOWN);
  EXPECT_THAT(kinds.asked, IsEmpty());
}

TEST(ClientKinds, AFlowAttributedByDnsIsAskedForToo) {
  RecordingKinds kinds;
  Wire wire({}, &kinds);
  Connection connection(wire);
  wire.Dns("chat.example", connection.server, 60);
  connection.Open();
  connection.FromClient(0, NamedHello(""));
  ExpectAll(wire, v1::CLIENT_EDITOR);
  EXPECT_THAT(kinds.asked, SizeIs(1));
}

TEST(ClientKinds, ATunnelThatShowsAnInnerNameIsAskedForOnce) {
  RecordingKinds kinds;
  Wire wire({}, &kinds);
  Connection connection(wire);
  connection.Open();
  const ByteVector head = Text("CONNECT chat.example:443 HTTP/1.1\r\n\r\n");
  connection.FromClient(0, head);
  connection.FromServer(0, Text("HTTP/1.1 200 OK\r\n\r\n"));
  connection.FromClient(static_cast<uint32_t>(head.size()), NamedHello("www.helper.example"));
  EXPECT_THAT(wire.seen.Names(), SizeIs(2));
  ExpectAll(wire, v1::CLIENT_EDITOR);
  EXPECT_THAT(kinds.asked, SizeIs(1));
}

TEST(ClientKinds, AQuicFlowIsAskedForWithItsTransport) {
  RecordingKinds kinds;
  Wire wire({}, &kinds);
  test::Datagrams flow(wire);
  flow.FromClient(test::NamedInitial("chat.example"));
  for (int i = 0; i < 5; ++i) flow.FromServer(test::ShortPacket(1200));
  ExpectAll(wire, v1::CLIENT_EDITOR);
  ASSERT_THAT(kinds.asked, SizeIs(1));
  EXPECT_EQ(kinds.asked[0].transport, decode::Transport::kUdp);
  EXPECT_EQ(kinds.asked[0].client, flow.client);
}

TEST(ClientKinds, TheNextFlowOnTheSamePortsIsAskedForAnew) {
  RecordingKinds kinds;
  Wire wire({}, &kinds);
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  connection.Reset();
  connection.client_isn += 1'000'000;
  kinds.answer = v1::CLIENT_TERMINAL;
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  EXPECT_THAT(kinds.asked, SizeIs(2));
  EXPECT_EQ(wire.seen.all.back().client, v1::CLIENT_TERMINAL);
}

TEST(ClientKinds, WithoutAnyoneToAskTheClientIsUnknown) {
  Wire wire;
  Connection connection(wire);
  connection.Open();
  connection.FromClient(0, NamedHello("chat.example"));
  ExpectAll(wire, v1::CLIENT_UNKNOWN);
}

}  // namespace
}  // namespace gnomon::classify

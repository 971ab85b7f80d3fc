// Model servers on this machine and its network, by the clear HTTP they speak.
#include <gmock/gmock.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::ByteVector;
using test::Seen;
using test::Text;
using test::V4;
using test::Wire;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const char kPrompt[] = R"({"model":"m","messages":[{"role":"user","content":"secret"}]})";
const char kLine[] = "{\"model\":\"m\",\"created_at\":\"t\",\"message\":{},\"done\":false}\n";
const char kLastLine[] = "{\"model\":\"m\",\"created_at\":\"t\",\"message\":{},\"done\":true}\n";
const char kEvent[] = "data: {\"object\":\"chat.completion.chunk\",\"choices\":[]}\n\n";

std::string Request(const std::string& path, const std::string& body,
                    const std::string& host = "localhost") {
  return "POST " + path + " HTTP/1.1\r\nHost: " + host +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string Get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}
std::string Chunk(const std::string& text) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}
std::string Chunked(const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n";
}
std::string Whole(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// A connection that keeps count of what was sent.
class Talk : public test::Connection {
 public:
  explicit Talk(Wire& wire, uint16_t port = 11434) : Connection(wire), wire_(wire) {
    client = server = V4(127, 0, 0, 1);
    server_port = port;
  }
  void Ask(const std::string& text) { FromClient(Sent(text), Text(text)); }
  void Say(const std::string& text) { FromServer(Said(text), Text(text)); }
  // On the wire, but not captured.
  void LoseAsked(const std::string& text) { Sent(text); }
  void LoseSaid(const std::string& text) { Said(text); }
  void Close() {
    ClientFin(sent_);
    ServerFin(said_);
  }
  // A prompt and an answer of three pieces, a tenth of a second apart.
  void Turn() {
    Ask(Request("/api/chat", kPrompt));
    Later();
    Say(Chunked() + Chunk(kLine));
    Later();
    Say(Chunk(kLine));
    Later();
    Say(Chunk(kLastLine) + "0\r\n\r\n");
  }
  void Later() { wire_.now += kSecondUs / 10; }

 private:
  uint32_t Sent(const std::string& text) {
    return std::exchange(sent_, sent_ + static_cast<uint32_t>(text.size()));
  }
  uint32_t Said(const std::string& text) {
    return std::exchange(said_, said_ + static_cast<uint32_t>(text.size()));
  }
  Wire& wire_;
  uint32_t sent_ = 0;
  uint32_t said_ = 0;
};

class LocalModels : public ::testing::Test {
 protected:
  // "service prompt+first+last" in tenths of a second since the start, of turns that have ended.
  std::vector<std::string> Turns() const {
    std::vector<std::string> turns;
    for (const Seen& seen : wire.seen.Of(SightingKind::kTurn)) {
      if (!seen.turn.ended) continue;
      const auto tenths = [&](TimeUs time) {
        return std::to_string((time - start) / (kSecondUs / 10));
      };
      turns.push_back(wire.ServiceOf(seen) + " " + tenths(seen.turn.prompt) + "+" +
                      tenths(seen.turn.first) + "+" + tenths(seen.turn.last));
    }
    return turns;
  }
  Wire wire;
  const TimeUs start = wire.now;
};

TEST_F(LocalModels, AStreamedAnswerOnAnyPortIsOneTurnWithItsTimes) {
  Talk talk(wire, 18434);
  talk.Open();
  talk.Turn();
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+3"));
  ASSERT_EQ(wire.seen.Names().size(), 1u);
  const Seen name = wire.seen.Names()[0];
  EXPECT_EQ(name.name, "localhost:18434");
  EXPECT_EQ(name.evidence, v1::EVIDENCE_LOCAL);
  EXPECT_EQ(name.via, Via::kHttp);
  EXPECT_EQ(wire.classifier.coverage().local_models, 1u);
  EXPECT_EQ(wire.classifier.coverage().loopback, 1u);
  EXPECT_EQ(wire.classifier.coverage().flows, 0u);
}

TEST_F(LocalModels, ATurnIsToldOnceWhenItIsKnownAndOnceWhenItHasEnded) {
  Talk talk(wire);
  talk.Open();
  talk.Turn();
  const auto turns = wire.seen.Of(SightingKind::kTurn);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_FALSE(turns[0].turn.ended);
  EXPECT_EQ(turns[0].turn.first, start + kSecondUs / 10);
  EXPECT_TRUE(turns[1].turn.ended);
}

TEST_F(LocalModels, EveryExchangeOfAKeptConnectionCountsHoweverItIsCut) {
  const std::string asked = Request("/api/chat", kPrompt);
  const std::string said = Chunked() + Chunk(kLine) + Chunk(kLastLine) + "0\r\n\r\n";
  for (size_t piece : {1u, 2u, 7u, 64u}) {
    Wire cut;
    Talk talk(cut);
    talk.Open();
    for (int turn = 0; turn < 3; ++turn) {
      for (size_t at = 0; at < asked.size(); at += piece) talk.Ask(asked.substr(at, piece));
      for (size_t at = 0; at < said.size(); at += piece) talk.Say(said.substr(at, piece));
    }
    EXPECT_EQ(cut.seen.Of(SightingKind::kTurn).size(), 6u) << piece;
    EXPECT_EQ(cut.seen.Names().size(), 1u) << piece;
  }
}

TEST_F(LocalModels, RequestsSentAheadAreAnsweredInTheirOrder) {
  Talk talk(wire);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt) + Get("/api/version") + Request("/api/chat", kPrompt));
  talk.Later();
  talk.Say(Chunked() + Chunk(kLastLine) + "0\r\n\r\n" + Whole("{\"version\":\"1\"}"));
  talk.Later();
  talk.Say(Chunked() + Chunk(kLastLine) + "0\r\n\r\n");
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+1", "runner 0+2+2"));
}

TEST_F(LocalModels, TooManyRequestsAheadAreGivenUp) {
  Talk talk(wire);
  talk.Open();
  for (int i = 0; i < 5; ++i) talk.Ask(Request("/api/chat", kPrompt));
  for (int i = 0; i < 5; ++i) talk.Say(Whole(kLastLine));
  EXPECT_THAT(Turns(), IsEmpty());
}

TEST_F(LocalModels, ListsAndPingsAndEmbeddingsAreNoTurns) {
  Talk talk(wire);
  talk.Open();
  talk.Ask(Get("/api/tags"));
  talk.Say(Whole("{\"models\":[]}"));
  talk.Ask(Get("/api/version"));
  talk.Say(Whole("{\"version\":\"1\"}"));
  talk.Ask(Request("/api/embed", "{\"model\":\"m\",\"input\":\"x\"}"));
  talk.Say(Whole("{\"model\":\"m\",\"embeddings\":[[1]]}"));
  talk.Ask(Get("/api/chat"));
  talk.Say(Whole(kLastLine));
  talk.Close();
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST_F(LocalModels, ErrorsAndLoadingAModelAreNoTurns) {
  Talk talk(wire);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt));
  talk.Say(Whole(kLastLine, "404 Not Found"));
  talk.Ask(Request("/api/chat", kPrompt));
  talk.Say(Whole("{\"error\":\"no\"}"));
  talk.Ask(Request("/api/chat", "{\"model\":\"m\",\"messages\":[]}"));
  talk.Say(Whole("{\"created_at\":\"t\",\"done\":true,\"done_reason\":\"load\"}"));
  talk.Ask(Request("/api/chat", "{\"messages\":[]}"));
  talk.Say(Whole(kLastLine));
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST_F(LocalModels, AWebServerOnThePortOfAModelServerIsNone) {
  Talk talk(wire, 11434);
  talk.Open();
  talk.Ask(Get("/"));
  talk.Say(Whole("<html>"));
  talk.Ask(Request("/api/chat", kPrompt));
  talk.Say(Whole("{\"reply\":\"hello\",\"done\":true}"));
  talk.Ask(Request("/v1/chat/completions", kPrompt));
  talk.Say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"text\":\"x\"}\n\n");
  talk.Close();
  EXPECT_THAT(wire.seen.all, IsEmpty());
}

TEST_F(LocalModels, AnInterfaceThatManyHaveIsGenericWithoutAMark) {
  Talk talk(wire, 1234);
  talk.Open();
  talk.Ask(Request("/v1/chat/completions", kPrompt));
  talk.Say(Chunked() + Chunk(kEvent) + "0\r\n\r\n");
  EXPECT_THAT(Turns(), ElementsAre("styled 0+0+0"));
  EXPECT_TRUE(wire.seen.Of(SightingKind::kTurn)[0].turn.generic);
}

TEST_F(LocalModels, AMarkInTheHeadOrInTheBodyTellsWhichOneItIs) {
  Talk head(wire, 8080);
  head.Open();
  head.Ask(Request("/v1/chat/completions", kPrompt));
  head.Say(Chunked("Server: Marked.cpp\r\n") + Chunk(kEvent) + "0\r\n\r\n");
  Talk body(wire, 9090);
  body.Open();
  body.Ask(Request("/v1/chat/completions", kPrompt));
  body.Say(Whole(R"({"object":"x","choices":[],"system_fingerprint":"fp_runner"})"));
  EXPECT_THAT(Turns(), ElementsAre("marked 0+0+0", "runner 0+0+0"));
}

TEST_F(LocalModels, WhatAServerSaidOnceHoldsForItsOtherConnections) {
  Talk list(wire, 9090);
  list.Open();
  list.Ask(Get("/api/tags"));
  list.Say(Whole("{\"models\":[]}"));
  Talk talk(wire, 9090);
  talk.client_port = 50001;
  talk.Open();
  talk.Ask(Request("/v1/chat/completions", kPrompt));
  talk.Say(Chunked() + Chunk(kEvent) + "0\r\n\r\n");
  Talk other(wire, 9091);
  other.Open();
  other.Ask(Request("/v1/chat/completions", kPrompt));
  other.Say(Chunked() + Chunk(kEvent) + "0\r\n\r\n");
  EXPECT_THAT(Turns(), ElementsAre("runner 0+0+0", "styled 0+0+0"));
}

TEST_F(LocalModels, ServersOfTheNetworkCountAndTheInternetDoesNot) {
  for (const decode::IpAddress& server :
       {V4(192, 168, 1, 9), V4(10, 1, 2, 3), V4(192, 0, 2, 7), V4(8, 8, 8, 8)}) {
    Talk talk(wire, 8000);
    talk.client = V4(192, 168, 1, 2);
    talk.server = server;
    talk.Open();
    talk.Ask(Request("/api/chat", kPrompt, "gpu.lab.example:8000"));
    talk.Say(Whole(kLastLine));
  }
  EXPECT_THAT(Turns(), ElementsAre("runner 0+0+0", "runner 0+0+0"));
  EXPECT_EQ(wire.seen.Names()[0].name, "gpu.lab.example");
  EXPECT_EQ(wire.classifier.coverage().loopback, 0u);
}

TEST_F(LocalModels, Ipv6LoopbackIsThisMachine) {
  Talk talk(wire, 8080);
  talk.client = talk.server = decode::IpAddress();
  talk.client.bytes[15] = talk.server.bytes[15] = 1;
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt, "[::1]:8080"));
  talk.Say(Whole(kLastLine));
  EXPECT_THAT(Turns(), ElementsAre("runner 0+0+0"));
  EXPECT_EQ(wire.seen.Names()[0].name, "[::1]:8080");
}

TEST_F(LocalModels, AMachinesOwnPublicAddressIsThisMachine) {
  Talk talk(wire, 8080);
  talk.client = talk.server = V4(192, 0, 2, 7);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt, "192.0.2.7:8080"));
  talk.Say(Whole(kLastLine));
  EXPECT_THAT(Turns(), ElementsAre("runner 0+0+0"));
  EXPECT_EQ(wire.seen.Names()[0].name, "192.0.2.7:8080");
  EXPECT_EQ(wire.classifier.coverage().loopback, 1u);
}

TEST_F(LocalModels, AMissingPieceOfAnAnswerLosesNoTurn) {
  Talk talk(wire);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt));
  talk.Say(Chunked() + Chunk(kLine));
  talk.LoseSaid(Chunk(kLine));  // and with it the chunk framing
  talk.Later();
  talk.Say(Chunk(kLine));
  talk.Later();
  talk.Say(Chunk(kLastLine) + "0\r\n\r\n");
  talk.Later();
  talk.Turn();
  talk.Turn();
  EXPECT_THAT(Turns(), ElementsAre("runner 0+0+2", "runner 3+4+6", "runner 6+7+9"));
}

TEST_F(LocalModels, AMissingHeadCostsThatExchangeOnly) {
  Talk talk(wire);
  talk.Open();
  talk.LoseAsked(Request("/api/chat", kPrompt));
  talk.Say(Whole(kLastLine));
  talk.Turn();
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+3"));
}

TEST_F(LocalModels, ABodyCutByTheSnapLengthIsSteppedOver) {
  Talk talk(wire);
  talk.Open();
  const std::string body = R"({"model":"m","messages":[")" + std::string(1000, 'x') + "\"]}";
  const std::string asked = Request("/api/chat", body);
  talk.FromClient(0, Text(asked.substr(0, 300)), static_cast<uint32_t>(asked.size()));
  talk.LoseAsked(asked);
  talk.Say(Whole(kLastLine));
  talk.Turn();
  EXPECT_EQ(Turns().size(), 2u);
}

TEST_F(LocalModels, ACaptureThatBeginsWithinAnAnswerFindsTheNextTurn) {
  Talk talk(wire, 60123);  // above the client's port: only the request says who asks
  talk.Say(Chunk(kLine));
  talk.Say(Chunk(kLastLine) + "0\r\n\r\n");
  talk.Turn();
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+3"));
  EXPECT_EQ(wire.seen.Names()[0].tuple.server_port, 60123);
}

TEST_F(LocalModels, AnAnswerThatTheClientBreaksOffEndsThere) {
  Talk talk(wire);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt));
  talk.Later();
  talk.Say(Chunked() + Chunk(kLine));
  talk.Later();
  talk.Reset();
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+1"));
  EXPECT_EQ(wire.seen.all.back().kind, SightingKind::kEnd);
}

TEST_F(LocalModels, BytesAreThoseOfTheConnection) {
  Talk talk(wire);
  talk.Open();
  talk.Turn();
  talk.Close();
  EXPECT_EQ(wire.seen.Bytes(true), Request("/api/chat", kPrompt).size());
  EXPECT_EQ(wire.seen.Bytes(false),
            (Chunked() + Chunk(kLine) + Chunk(kLine) + Chunk(kLastLine) + "0\r\n\r\n").size());
}

TEST_F(LocalModels, AHostOfTheCatalogueKeepsItsNameAndItsEstimate) {
  Talk talk(wire, 80);
  talk.Open();
  talk.Ask(Request("/api/chat", kPrompt, "chat.example"));
  talk.Say(Whole(kLastLine));
  EXPECT_THAT(wire.seen.NameTexts(), ElementsAre("http:chat.example"));
  EXPECT_THAT(Turns(), IsEmpty());
}

TEST_F(LocalModels, WhatAnUpgradedOrTunnelledConnectionCarriesIsNotRead) {
  Talk upgraded(wire);
  upgraded.Open();
  upgraded.Ask(Get("/ws"));
  upgraded.Say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  upgraded.Turn();
  Talk proxied(wire, 3128);
  proxied.Open();
  proxied.Ask("CONNECT gpu.example:80 HTTP/1.1\r\n\r\n");
  proxied.Say("HTTP/1.1 200 OK\r\n\r\n");
  proxied.Turn();
  EXPECT_THAT(Turns(), IsEmpty());
}

TEST(LocalModelsBounds, BeyondTheLimitConnectionsAreCountedNotFollowed) {
  Wire wire(ClassifierOptions{.max_local = 2});
  for (uint16_t i = 0; i < 4; ++i) {
    Talk talk(wire);
    talk.client_port = static_cast<uint16_t>(50000 + i);
    talk.Open();
    talk.Turn();
    if (i == 3) continue;
  }
  EXPECT_EQ(wire.seen.Names().size(), 2u);
  EXPECT_GE(wire.classifier.coverage().local_refused, 2u);
  wire.classifier.Finish(wire.now);
  Talk again(wire);
  again.Open();
  again.Turn();
  EXPECT_EQ(wire.seen.Names().size(), 3u);
}

TEST_F(LocalModels, ASignatureOfANewTableHoldsForNewConnectionsAndOpenOnesGoOn) {
  Talk open(wire);
  open.Open();
  open.Ask(Request("/api/chat", kPrompt));
  open.Later();
  open.Say(Chunked() + Chunk(kLine));

  v1::Catalogue rules;
  rules.set_version(2);
  for (size_t i = 0; i < wire.table->service_count(); ++i) {
    *rules.add_services() = wire.table->service(static_cast<catalogue::ServiceIndex>(i));
    v1::Service& added = *rules.mutable_services(rules.services_size() - 1);
    if (added.id() == "runner") added.mutable_local()->mutable_prompts(0)->set_path("/api/v2/chat");
  }
  const auto table = catalogue::Table::Build(rules, wire.table);
  ASSERT_TRUE(table.ok()) << table.status().message();
  wire.table = *table;
  wire.classifier.UseTable(*table, wire.now);

  open.Later();
  open.Say(Chunk(kLastLine) + "0\r\n\r\n");
  open.Turn();  // on the connection that began under the old table

  Talk old(wire);
  old.client_port = 50001;
  old.Open();
  old.Turn();
  Talk fresh(wire);
  fresh.client_port = 50002;
  fresh.Open();
  fresh.Ask(Request("/api/v2/chat", kPrompt));
  fresh.Later();
  fresh.Say(Chunked() + Chunk(kLastLine) + "0\r\n\r\n");
  EXPECT_THAT(Turns(), ElementsAre("runner 0+1+2", "runner 2+3+5", "runner 8+9+9"));
}

}  // namespace
}  // namespace gnomon::classify

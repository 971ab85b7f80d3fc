#include "agent/suggest/candidates.h"

#include <gtest/gtest.h>

#include "agent/capture/source.h"
#include "agent/pipeline.h"
#include "catalogue/compile.h"

namespace gnomon::suggest {
namespace {

using catalogue::Table;

std::shared_ptr<const Table> RealTable() {
  return *Table::Build(*catalogue::CompileFolder(GNOMON_SOURCE_DIR "/rules"));
}

// The real catalogue without the services that `drop` says.
std::shared_ptr<const Table> TableWithout(const std::vector<std::string>& drop) {
  v1::Catalogue rules = *catalogue::CompileFolder(GNOMON_SOURCE_DIR "/rules");
  v1::Catalogue kept;
  kept.set_version(rules.version());
  for (const v1::Service& service : rules.services()) {
    if (std::find(drop.begin(), drop.end(), service.id()) == drop.end())
      *kept.add_services() = service;
  }
  return *Table::Build(kept);
}

std::vector<Candidate> LikelyIn(const std::string& capture, std::shared_ptr<const Table> known) {
  Candidates candidates(*Candidates::WithPlaces(known));
  agent::PipelineOptions options;
  options.classifier.unknown_hosts = &candidates;
  options.classifier.client_fingerprints = false;
  agent::Pipeline pipeline(*Candidates::WithPlaces(known), options, nullptr, candidates);
  auto source = capture::OpenFile(GNOMON_TEST_DATA "/captures/" + capture);
  EXPECT_TRUE(source.ok()) << source.status().message();
  while (source.ok()) {
    const Result<size_t> frames = (*source)->Poll(pipeline, 1024);
    if (!frames.ok() || *frames == 0) break;
  }
  pipeline.Finish();
  return candidates.Likely();
}

sessionise::Turn TurnAt(catalogue::ServiceIndex service, const std::string& host) {
  sessionise::Turn turn;
  turn.service = service;
  turn.host = host;
  turn.first = kSecondUs;
  turn.last = 3 * kSecondUs;
  return turn;
}

TEST(CandidatesTest, AServiceThatIsMissingFromTheCatalogueIsFoundByHowItAnswers) {
  const std::vector<Candidate> likely = LikelyIn("chat.pcap", TableWithout({"chatgpt"}));
  ASSERT_EQ(likely.size(), 1u);
  EXPECT_EQ(likely[0].host, "chatgpt.com");
  EXPECT_EQ(likely[0].turns, 3u);
}

TEST(CandidatesTest, WhatTheCatalogueKnowsIsNoCandidate) {
  for (const char* capture : {"chat.pcap", "h3-chat.pcap", "ws.pcap", "sdk.pcap"}) {
    EXPECT_TRUE(LikelyIn(capture, RealTable()).empty()) << capture;
  }
}

TEST(CandidatesTest, OtherTrafficThatLooksLikeAChatAtOnceIsNotCalledOne) {
  // Shops, mail, video, shared documents, event streams: tests/data/README.md.
  EXPECT_TRUE(LikelyIn("decoys.pcapng", RealTable()).empty());
}

TEST(CandidatesTest, OneTurnIsEnoughOnlyWhereTheNameSpeaksOfAi) {
  const auto table = *Candidates::WithPlaces(RealTable());
  Candidates candidates(table);
  const auto plain = candidates.Place("notes.example.com");
  const auto named = candidates.Place("gpt.example.com");
  candidates.Consume(TurnAt(plain, "notes.example.com"));
  candidates.Consume(TurnAt(named, "gpt.example.com"));
  ASSERT_EQ(candidates.Likely().size(), 1u);
  EXPECT_EQ(candidates.Likely()[0].host, "gpt.example.com");
  EXPECT_EQ(candidates.Likely()[0].answering, 2 * kSecondUs);
  candidates.Consume(TurnAt(plain, "notes.example.com"));
  EXPECT_EQ(candidates.Likely().size(), 2u);
}

TEST(CandidatesTest, HostsWithoutATurnMakeRoomAndThoseWithOneStay) {
  const auto table = *Candidates::WithPlaces(RealTable());
  Candidates candidates(table);
  const auto kept = candidates.Place("kept.example.com");
  candidates.Consume(TurnAt(kept, "kept.example.com"));
  candidates.Consume(TurnAt(kept, "kept.example.com"));
  for (size_t i = 0; i < 3 * kMaxHosts; ++i) {
    EXPECT_NE(candidates.Place("h" + std::to_string(i) + ".example.com"), catalogue::kNoService);
  }
  EXPECT_EQ(candidates.Place("kept.example.com"), kept);
  ASSERT_EQ(candidates.Likely().size(), 1u);
  EXPECT_EQ(candidates.hosts_seen(), 3 * kMaxHosts + 1);
}

TEST(CandidatesTest, ATurnOfAHostThatLostItsPlaceIsNotTheNextHosts) {
  const auto table = *Candidates::WithPlaces(RealTable());
  Candidates candidates(table);
  const auto old = candidates.Place("old.example.com");
  for (size_t i = 0; i < kMaxHosts; ++i) candidates.Place("h" + std::to_string(i) + ".example.com");
  candidates.Consume(TurnAt(old, "old.example.com"));
  candidates.Consume(TurnAt(old, "old.example.com"));
  EXPECT_TRUE(candidates.Likely().empty());
}

TEST(CandidatesTest, WithEveryPlaceTakenFurtherHostsAreCountedAndLeftOut) {
  const auto table = *Candidates::WithPlaces(RealTable());
  Candidates candidates(table);
  for (size_t i = 0; i < kMaxHosts; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example.com";
    candidates.Consume(TurnAt(candidates.Place(host), host));
  }
  EXPECT_EQ(candidates.Place("one-more.example.com"), catalogue::kNoService);
  EXPECT_EQ(candidates.hosts_left_out(), 1u);
}

TEST(NameTest, PartsOfANameSpeakOfAiAndLettersInsideOfOthersDoNot) {
  for (const char* host : {"chat.example.com", "app.acme.ai", "my-llm.example.net",
                           "companygpt.example", "eu.inference-cloud.example"}) {
    EXPECT_TRUE(NameSpeaksOfAi(host)) << host;
  }
  for (const char* host : {"mail.example.com", "paid.example.com", "html.example.org",
                           "robotics.example", "dropbox.com"}) {
    EXPECT_FALSE(NameSpeaksOfAi(host)) << host;
  }
}

}  // namespace
}  // namespace gnomon::suggest

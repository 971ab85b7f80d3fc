// Another catalogue while flows are open: the recordings give the same sightings and sessions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "agent/pipeline.h"
#include "catalogue/compile.h"

namespace gnomon::agent {
namespace {

// What came out of a pipeline, as text; services by id, for their numbers may differ.
class Log : public classify::SightingSink, public sessionise::SessionSink {
 public:
  void Consume(const classify::Sighting& s) override {
    lines.push_back("sighting " + std::to_string(static_cast<int>(s.kind)) + " " +
                    std::to_string(s.flow) + " " + std::to_string(s.time) + " " +
                    Id(s.match.service) + " " + std::string(s.host) + " " +
                    std::to_string(s.bytes) + (s.upstream ? " up" : " down"));
  }
  void Consume(const sessionise::SessionEvent& event) override {
    if (const auto* turn = std::get_if<sessionise::Turn>(&event)) {
      ++turns;
      lines.push_back("turn " + std::to_string(turn->start) + " " + Id(turn->service));
    } else if (const auto* upload = std::get_if<sessionise::Upload>(&event)) {
      lines.push_back("upload " + std::to_string(upload->start) + " " + Id(upload->service));
    } else if (const auto* visit = std::get_if<sessionise::Visit>(&event)) {
      lines.push_back("visit " + std::to_string(visit->start) + " " + std::to_string(visit->end) +
                      " " + Id(visit->service) + " " + std::to_string(visit->turns) + " " +
                      std::to_string(visit->bytes_down));
    }
  }
  std::string Id(catalogue::ServiceIndex index) const {
    return index == catalogue::kNoService ? "-" : table->service(index).id();
  }

  std::shared_ptr<const catalogue::Table> table;
  std::vector<std::string> lines;
  size_t turns = 0;
};

v1::Catalogue Rules() {
  auto rules = catalogue::CompileFolder(GNOMON_SOURCE_DIR "/rules");
  EXPECT_TRUE(rules.ok()) << rules.status().message();
  return *rules;
}

// A service that sorts before all others, so that a table built alone would number them anew.
v1::Catalogue WithOneMore(v1::Catalogue rules, int number) {
  v1::Service* service = rules.add_services();
  service->set_id("aa-" + std::to_string(number));
  service->set_name("New");
  service->set_vendor("New");
  service->set_category(v1::CATEGORY_CHAT);
  service->set_surface(v1::SURFACE_WEB);
  service->add_sources("list@1");
  v1::Host* host = service->add_hosts();
  host->set_suffix("new-" + std::to_string(number) + ".example.com");
  host->set_role(v1::HOST_ROLE_USE);
  return rules;
}

class Feed : public capture::FrameSink {
 public:
  Feed(Pipeline& pipeline, Log& log, v1::Catalogue rules, size_t reload_every)
      : pipeline_(pipeline), log_(log), rules_(std::move(rules)), reload_every_(reload_every) {}
  void Consume(const capture::Frame& frame) override {
    if (reload_every_ != 0 && ++frames_ % reload_every_ == 0) {
      rules_ = WithOneMore(std::move(rules_), static_cast<int>(++reloads));
      auto next = catalogue::Table::Build(rules_, log_.table);
      ASSERT_TRUE(next.ok()) << next.status().message();
      log_.table = *next;
      pipeline_.UseTable(*next);
    }
    pipeline_.Consume(frame);
  }
  size_t reloads = 0;

 private:
  Pipeline& pipeline_;
  Log& log_;
  v1::Catalogue rules_;
  const size_t reload_every_;
  size_t frames_ = 0;
};

Log Replay(const std::string& capture, size_t reload_every, size_t* reloads = nullptr) {
  Log log;
  const v1::Catalogue rules = Rules();
  log.table = *catalogue::Table::Build(rules);
  PipelineOptions options;
  options.classifier.all_names = true;
  Pipeline pipeline(log.table, options, &log, log);
  Feed feed(pipeline, log, rules, reload_every);
  auto source = capture::OpenFile(std::string(GNOMON_TEST_DATA "/captures/") + capture);
  EXPECT_TRUE(source.ok()) << source.status().message();
  for (;;) {
    const Result<size_t> frames = (*source)->Poll(feed, 1024);
    EXPECT_TRUE(frames.ok());
    if (!frames.ok() || *frames == 0) break;
  }
  pipeline.Finish();
  if (reloads != nullptr) *reloads = feed.reloads;
  return log;
}

class HotReload : public ::testing::TestWithParam<const char*> {};

TEST_P(HotReload, LosesNoPacketFlowOrTurnAndKeepsEveryLabel) {
  const Log plain = Replay(GetParam(), 0);
  size_t reloads = 0;
  const Log reloaded = Replay(GetParam(), 97, &reloads);
  EXPECT_GT(reloads, 5u);
  EXPECT_EQ(reloaded.turns, plain.turns);
  ASSERT_EQ(reloaded.lines.size(), plain.lines.size());
  for (size_t i = 0; i < plain.lines.size(); ++i) ASSERT_EQ(reloaded.lines[i], plain.lines[i]);
}

INSTANTIATE_TEST_SUITE_P(Recordings, HotReload,
                         ::testing::Values("chat.pcap", "sdk.pcap", "h3-chat.pcap", "proxy.pcap",
                                           "ws.pcap", "local.pcap", "decoys.pcapng"));

TEST(HotReloadThatTakesAServiceAway, EndsItsOpenFlowsAndVisitsAndLeavesOthersAlone) {
  Log log;
  v1::Catalogue rules = Rules();
  log.table = *catalogue::Table::Build(rules);
  Pipeline pipeline(log.table, {}, &log, log);
  auto source = capture::OpenFile(GNOMON_TEST_DATA "/captures/chat.pcap");
  ASSERT_TRUE(source.ok());
  for (int i = 0; i < 12; ++i) ASSERT_TRUE((*source)->Poll(pipeline, 100).ok());
  std::string open;
  for (const std::string& line : log.lines) {
    if (line.find("sighting 1") == 0) open = line;
  }
  ASSERT_FALSE(open.empty());
  // "sighting kind flow time service ..."
  const std::string service = [&] {
    size_t at = 0;
    for (int i = 0; i < 4; ++i) at = open.find(' ', at) + 1;
    return open.substr(at, open.find(' ', at) - at);
  }();
  auto* services = rules.mutable_services();
  for (int i = 0; i < services->size(); ++i) {
    if (services->at(i).id() == service) {
      services->DeleteSubrange(i, 1);
      break;
    }
  }
  log.table = *catalogue::Table::Build(rules, log.table);
  log.lines.clear();
  pipeline.UseTable(log.table);
  EXPECT_FALSE(log.lines.empty()) << "its flows end";
  log.lines.clear();
  for (;;) {
    const Result<size_t> frames = (*source)->Poll(pipeline, 1024);
    ASSERT_TRUE(frames.ok());
    if (*frames == 0) break;
  }
  pipeline.Finish();
  for (const std::string& line : log.lines) {
    if (line.find("visit ") == 0) continue;  // what was open is still counted
    EXPECT_EQ(line.find(" " + service + " "), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace gnomon::agent

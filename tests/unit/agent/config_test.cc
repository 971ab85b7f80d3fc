#include "agent/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"

namespace gnomon::agent {
namespace {

using testing::HasSubstr;

Result<Config> Load(const std::string& text) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("agent-" + RandomHex(8) + ".yaml");
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
  Result<Config> config = LoadConfig(path);
  std::filesystem::remove(path);
  return config;
}

TEST(AgentConfig, AnEmptyFileGivesTheDefaults) {
  const Result<Config> config = Load("");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->state, "/var/lib/gnomon-agent");
  EXPECT_EQ(config->send_every_s, 3600u);
  EXPECT_TRUE(config->interfaces.empty());
  EXPECT_TRUE(config->loopback);
  EXPECT_TRUE(config->kernel_filter);
}

TEST(AgentConfig, LoopbackCanBeLeftOut) {
  const Result<Config> config = Load("loopback: false\n");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_FALSE(config->loopback);
}

TEST(AgentConfig, TheShippedFileIsValidAndChangesNothing) {
  const Result<Config> config = LoadConfig(GNOMON_SOURCE_DIR "/packaging/config/agent.yaml");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->send_every_s, Config().send_every_s);
}

TEST(AgentConfig, EveryKeyOfTheShippedFileIsKnown) {
  std::string text = *ReadFile(GNOMON_SOURCE_DIR "/packaging/config/agent.yaml");
  std::string active;
  size_t keys = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') {
      active += line.substr(1) + "\n";
      ++keys;
    }
    at = end + 1;
  }
  EXPECT_GE(keys, 8u);
  const Result<Config> config = Load(active);
  EXPECT_TRUE(config.ok()) << config.status().message();
}

TEST(AgentConfig, FingerprintsOfClientsCanBeSwitchedOff) {
  EXPECT_TRUE(PipelineOptionsOf(*Load("")).classifier.client_fingerprints);
  EXPECT_FALSE(PipelineOptionsOf(*Load("client_fingerprints: false\n")).classifier.client_fingerprints);
}

TEST(AgentConfig, MistakesNameFileLineAndKey) {
  EXPECT_THAT(Load("state: /srv\nsend_evry: 5m\n").status().message(),
              HasSubstr(".yaml:2: send_evry: unknown key"));
  EXPECT_THAT(Load("log:\n  level: loud\n").status().message(),
              HasSubstr(".yaml:2: level: expected debug, info, warning or error"));
  EXPECT_THAT(Load("send_every: 0s\n").status().message(), HasSubstr(":1: send_every:"));
  EXPECT_THAT(Load("snap_length: 10\n").status().message(), HasSubstr("from 2048 to 262144"));
}

TEST(AgentConfig, SettingsThatContradictEachOtherAreRefused) {
  EXPECT_THAT(Load("work_starts: 20\nwork_ends: 7\n").status().message(), HasSubstr("work_starts"));
  EXPECT_THAT(Load("send_every: 10s\ncheckpoint_every: 60s\n").status().message(),
              HasSubstr("checkpoint_every"));
}

}  // namespace
}  // namespace gnomon::agent

#include "collector/config.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::collector {
namespace {

class ConfigTest : public testing::Test {
 protected:
  Result<Config> Load(const std::string& yaml) {
    EXPECT_TRUE(WriteFileAtomically(file_, yaml).ok());
    return LoadConfig(file_);
  }
  // The message without the folder.
  std::string ErrorOf(const std::string& yaml) {
    const auto config = Load(yaml);
    const std::string message = config.status().message();
    const size_t at = message.find("collector.yaml");
    return at == std::string::npos ? message : message.substr(at);
  }

  store::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "collector.yaml";
};

TEST_F(ConfigTest, AnEmptyFileGivesTheDefaultsBesideTheFile) {
  const auto config = Load("");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(config->floor, 10u);
  EXPECT_EQ(config->listen, "0.0.0.0:7443");
  EXPECT_EQ(config->data.lexically_relative(folder_.path()), ".");
}

TEST_F(ConfigTest, KeysMayBeLeftOutOneByOne) {
  for (const char* yaml : {"floor: 12", "log: {}", "log:\n  level: debug", "names: []"}) {
    const auto config = Load(yaml);
    EXPECT_TRUE(config.ok()) << yaml << ": " << config.status().message();
  }
}

TEST_F(ConfigTest, WhatIsRenderedIsReadBack) {
  Config written;
  written.listen = "[::1]:9000";
  written.data = "/srv/a \"quoted\" folder";
  written.floor = 25;
  written.names = {"gnomon.example.com", "192.0.2.7"};
  written.log_level = log::Level::kWarning;
  written.log_format = log::Format::kJson;
  const auto read = Load(RenderConfig(written));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->listen, written.listen);
  EXPECT_EQ(read->data, written.data);
  EXPECT_EQ(read->floor, written.floor);
  EXPECT_EQ(read->names, written.names);
  EXPECT_EQ(read->log_level, written.log_level);
  EXPECT_EQ(read->log_format, written.log_format);
}

TEST_F(ConfigTest, AFloorUnderFiveIsRefusedWithFileLineAndReason) {
  EXPECT_EQ(
      ErrorOf("listen: localhost:1\nfloor: 4\n"),
      "collector.yaml:2: floor: a floor of 4 is refused: groups under 5 devices could point at "
      "a person, so the floor is at least 5");
  EXPECT_NE(ErrorOf("floor: -1\n").find("collector.yaml:1: floor: expected"), std::string::npos);
}

TEST_F(ConfigTest, UnknownKeysAreRefusedWithFileAndLine) {
  EXPECT_NE(ErrorOf("floor: 10\nflor: 10\n").find("collector.yaml:2: flor: unknown key"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf("log:\n  level: info\n  colour: red\n").find("collector.yaml:3: colour: unknown"),
      std::string::npos);
}

TEST_F(ConfigTest, BadValuesNameTheirKeyAndLine) {
  EXPECT_NE(ErrorOf("\nlisten: here\n").find("collector.yaml:2: listen: \"here\" is not"),
            std::string::npos);
  EXPECT_NE(ErrorOf("names: [\"a b\"]\n").find("collector.yaml:1: names:"), std::string::npos);
  EXPECT_NE(ErrorOf("log:\n  level: loud\n").find("collector.yaml:2: level:"), std::string::npos);
  EXPECT_NE(ErrorOf("log:\n  format: xml\n").find("collector.yaml:2: format:"), std::string::npos);
  EXPECT_NE(ErrorOf("- a\n- b\n").find("expected a mapping"), std::string::npos);
}

TEST_F(ConfigTest, AMissingFileIsSaid) {
  EXPECT_EQ(LoadConfig(folder_.path() / "none.yaml").status().code(), StatusCode::kNotFound);
}

TEST(SplitAddressTest, HostsAndPortsAreToldApart) {
  EXPECT_EQ(SplitAddress("gnomon.example.com:7443").value(),
            std::pair(std::string("gnomon.example.com"), 7443));
  EXPECT_EQ(SplitAddress("[2001:db8::1]:0").value(), std::pair(std::string("2001:db8::1"), 0));
  for (const char* bad : {"", ":", "host", "host:", ":7443", "host:65536", "host:-1", "host:7x",
                          "2001:db8::1:7443", "ho st:1", "[]:1"}) {
    EXPECT_FALSE(SplitAddress(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace gnomon::collector

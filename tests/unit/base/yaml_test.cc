#include "base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gnomon {
namespace {

using testing::HasSubstr;

struct Sample {
  std::string name = "default";
  uint64_t count = 3;
  uint64_t wait = 60;
  bool on = false;
  std::vector<std::string> list;
};

Status Read(const std::string& text, Sample* sample) {
  Result<YAML::Node> root = ParseYaml(text, "sample.yaml");
  if (!root.ok()) return root.status();
  YamlFields fields(*root, "sample.yaml");
  fields.String("name", &sample->name);
  fields.Uint("count", &sample->count, 1, 10);
  fields.Duration("wait", &sample->wait, 1, 86400);
  fields.Bool("on", &sample->on);
  fields.Strings("list", &sample->list);
  return fields.Finish();
}

TEST(Yaml, MissingKeysKeepTheirDefaults) {
  Sample sample;
  EXPECT_TRUE(Read("count: 7\nlist: [a, b]\n", &sample).ok());
  EXPECT_EQ(sample.name, "default");
  EXPECT_EQ(sample.count, 7u);
  EXPECT_THAT(sample.list, testing::ElementsAre("a", "b"));
  EXPECT_TRUE(Read("", &sample).ok());
}

struct Case {
  const char* text;
  const char* expected;
};

class YamlErrors : public testing::TestWithParam<Case> {};

TEST_P(YamlErrors, NameFileLineAndKey) {
  Sample sample;
  const Status status = Read(GetParam().text, &sample);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, YamlErrors,
    testing::Values(Case{"name: x\ncuont: 3\n", "sample.yaml:2: cuont: unknown key; known here: count"},
                    Case{"name: x\n\ncount: many\n", "sample.yaml:3: count: expected a whole number"},
                    Case{"count: -1\n", "sample.yaml:1: count: expected a whole number from 1 to 10"},
                    Case{"count: 11\n", "from 1 to 10"}, Case{"count: 3.5\n", "sample.yaml:1: count"},
                    Case{"count: [1]\n", "sample.yaml:1: count: expected a whole number"},
                    Case{"wait: 5 minutes\n", "sample.yaml:1: wait: \"5 minutes\" is not a duration"},
                    Case{"wait: 2d\n", "expected from 1s to 86400s"},
                    Case{"on: perhaps\n", "sample.yaml:1: on: expected true or false"},
                    Case{"list: one\n", "sample.yaml:1: list: expected a list"},
                    Case{"name: a\nname: b\n", "sample.yaml:2: name: written twice"},
                    Case{"- a\n- b\n", "sample.yaml:1: expected a mapping"},
                    Case{"name: [unclosed\n", "sample.yaml:2: not YAML"},
                    Case{"a: b: c\n", "sample.yaml:1: not YAML"}));

TEST(Yaml, AMissingChildReadsAsAnEmptyMapping) {
  Result<YAML::Node> root = ParseYaml("name: x\n", "sample.yaml");
  ASSERT_TRUE(root.ok());
  YamlFields outer(*root, "sample.yaml");
  std::string name = "kept";
  YamlFields inner(outer.Child("absent"), "sample.yaml");
  inner.String("name", &name);
  EXPECT_TRUE(inner.Finish().ok());
  EXPECT_EQ(name, "kept");
}

TEST(Yaml, RequiredKeysAreNamed) {
  Result<YAML::Node> root = ParseYaml("other: 1\n", "sample.yaml");
  YamlFields fields(*root, "sample.yaml");
  fields.Require("name");
  EXPECT_THAT(fields.Finish().message(), HasSubstr("name: is missing"));
}

TEST(Yaml, DurationsHaveAUnitAndDoNotOverflow) {
  EXPECT_EQ(*ParseDuration("90s"), 90u);
  EXPECT_EQ(*ParseDuration("5m"), 300u);
  EXPECT_EQ(*ParseDuration("12h"), 43200u);
  EXPECT_EQ(*ParseDuration("7d"), 604800u);
  for (const char* text : {"", "7", "d", "7w", "-1d", "1.5h", "99999999999999999999d",
                           "18446744073709551615d", "7d "}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(Yaml, FilesThatAreTooLongAreNotRead) {
  EXPECT_FALSE(ParseYaml(std::string((4u << 20) + 1, 'a'), "big.yaml").ok());
}

}  // namespace
}  // namespace gnomon

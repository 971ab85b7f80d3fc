#include "agent/commands/explain.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "agent/commands/chinese.h"
#include "gnomon/v1/collected.pb.h"

namespace gnomon::agent {
namespace {

TEST(ExplainTest, EveryFieldAndEveryValueIsTranslatedFromWhatTheProtoSaysNow) {
  const auto* descriptor = v1::UsageRecord::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto& field = *descriptor->field(i);
    const v1::Collected& why = field.options().GetExtension(v1::collected);
    const ChineseField* chinese = ChineseOf(field.name(), why.purpose());
    ASSERT_NE(chinese, nullptr) << field.name() << ": translate its purpose in agent/commands/chinese.cc";
    EXPECT_FALSE(chinese->label.empty() || chinese->purpose.empty()) << field.name();
    EXPECT_EQ(chinese->unit.empty() && field.name() != "day", why.unit().empty()) << field.name();
    EXPECT_NE(ChineseRetention(why.retention()), why.retention()) << field.name();
    if (field.enum_type() == nullptr) continue;
    for (int v = 1; v < field.enum_type()->value_count(); ++v) {
      const std::string& name = field.enum_type()->value(v)->name();
      EXPECT_NE(ChineseValue(name), name);
    }
  }
}

TEST(ExplainTest, AChangedPurposeIsShownInEnglishRatherThanInAnOldTranslation) {
  EXPECT_EQ(ChineseOf("turns", "Something else by now"), nullptr);
}

TEST(ExplainTest, WhatIsNotInARecordIsNotExplained) {
  v1::UsageRecord record;
  record.set_day(20'000);
  record.set_service("claude");
  record.set_turns(12);
  record.set_surface(v1::SURFACE_DESKTOP_APP);
  const std::string text = ExplainRecord(record, Language::kEnglish);
  EXPECT_NE(text.find("desktop app"), std::string::npos) << text;
  EXPECT_NE(text.find("12"), std::string::npos);
  EXPECT_NE(text.find("2024-10-04"), std::string::npos);
  EXPECT_EQ(text.find("uploads"), std::string::npos);
  EXPECT_NE(ExplainRecord(record, Language::kChinese).find("桌面应用"), std::string::npos);
}

}  // namespace
}  // namespace gnomon::agent

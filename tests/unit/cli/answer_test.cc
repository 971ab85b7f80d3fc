#include "cli/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

namespace gnomon::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr uint32_t kFloor = 12;  // not the default: the text must come from the answer

v1::Released Shown(uint64_t value) {
  v1::Released released;
  released.set_value(value);
  return released;
}

v1::Released HiddenFor(v1::Hidden::Why why) {
  v1::Released released;
  released.mutable_hidden()->set_why(why);
  return released;
}

v1::Measures All(const v1::Released& each) {
  v1::Measures measures;
  for (auto* field :
       {measures.mutable_devices(), measures.mutable_visits(), measures.mutable_turns(),
        measures.mutable_active_minutes(), measures.mutable_uploads(), measures.mutable_kib_up(),
        measures.mutable_kib_down(), measures.mutable_device_days()}) {
    *field = each;
  }
  if (each.has_hidden()) {
    *measures.mutable_automated()->mutable_hidden() = each.hidden();
  } else {
    measures.mutable_automated()->set_percent(35);
  }
  return measures;
}

void SetScope(v1::Scope* scope) {
  scope->set_month("2026-11");
  scope->set_first("2026-11-01");
  scope->set_end("2026-11-23");
  scope->set_floor(kFloor);
  scope->set_month_open(true);
  scope->add_notes("Turns are estimates.");
}

v1::DepartmentsAnswer Departments() {
  v1::DepartmentsAnswer answer;
  SetScope(answer.mutable_scope());
  auto* finance = answer.add_rows();
  finance->set_department("finance");
  finance->set_enrolled(1200);
  *finance->mutable_measures() = All(Shown(1234567));
  finance->add_top_services("chatgpt");
  finance->add_top_services("claude");
  auto* legal = answer.add_rows();
  legal->set_department("legal");
  legal->set_enrolled(6);
  *legal->mutable_measures() = All(HiddenFor(v1::Hidden::WHY_FLOOR));
  auto* sales = answer.add_rows();
  sales->set_department("sales");
  sales->set_enrolled(30);
  *sales->mutable_measures() = All(HiddenFor(v1::Hidden::WHY_COMPLEMENT));
  *answer.mutable_total() = All(Shown(1234567));
  return answer;
}

std::string LineOf(const std::string& text, const std::string& begin) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(begin)) return line;
  }
  return "";
}

TEST(DepartmentsTable, ShownCellsAreGroupedAndHiddenOnesAreWords) {
  const std::string text = Render(Departments(), Format::kTable, false);
  EXPECT_THAT(LineOf(text, "finance"), HasSubstr("1,200"));
  EXPECT_THAT(LineOf(text, "finance"), HasSubstr("1,234,567"));
  EXPECT_THAT(LineOf(text, "finance"), EndsWith("chatgpt, claude"));
  EXPECT_THAT(LineOf(text, "legal"), HasSubstr("hidden (<12)"));
  EXPECT_THAT(LineOf(text, "sales"), Not(HasSubstr("(<")));
  EXPECT_THAT(LineOf(text, "sales"), HasSubstr("hidden"));
}

TEST(DepartmentsTable, NotesRangeAndTheReasonForHidingStandBelow) {
  const std::string text = Render(Departments(), Format::kTable, false);
  EXPECT_THAT(text, HasSubstr("2026-11-01 to before 2026-11-23 (the month is still open)"));
  EXPECT_THAT(text, HasSubstr("it would let a smaller group be worked out"));
  EXPECT_THAT(text, HasSubstr("Turns are estimates.\n"));
}

TEST(DepartmentsTable, NothingAboutComplementsWhereThereAreNone) {
  v1::DepartmentsAnswer answer = Departments();
  answer.mutable_rows()->RemoveLast();
  EXPECT_THAT(Render(answer, Format::kTable, false), Not(HasSubstr("smaller group")));
}

TEST(DepartmentsTable, IsPlainInAPipeAndAlignedWithOrWithoutColour) {
  const std::string plain = Render(Departments(), Format::kTable, false);
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  const std::string colour = Render(Departments(), Format::kTable, true);
  EXPECT_THAT(colour, StartsWith("\033[1m"));
  EXPECT_EQ(LineOf(plain, "finance"), LineOf(colour, "finance"));
}

TEST(DepartmentsTable, LongNotesAreWrappedAndNothingOfThemIsLost) {
  v1::DepartmentsAnswer answer = Departments();
  std::string note;
  for (int i = 0; i < 60; ++i)
    note += (i == 0 ? "" : " ") + std::string("word") + std::to_string(i);
  answer.mutable_scope()->set_notes(0, note);
  std::string text = Render(answer, Format::kTable, false);
  std::string joined;
  std::istringstream in(text.substr(text.find("word0")));
  for (std::string line; std::getline(in, line);) {
    EXPECT_LE(line.size(), 100u);
    joined += (joined.empty() ? "" : " ") + line.substr(line.find_first_not_of(' '));
  }
  EXPECT_EQ(joined, note);
}

TEST(DepartmentsTable, HeadsAndReachStandWhereThePolicyHasThemAndNowhereElse) {
  v1::DepartmentsAnswer answer = Departments();
  EXPECT_THAT(Render(answer, Format::kTable, false), Not(HasSubstr("REACH")));
  answer.mutable_rows(0)->set_heads(1500);
  answer.mutable_rows(0)->mutable_reach()->set_percent(80);
  answer.mutable_rows(1)->set_heads(7);
  answer.mutable_rows(1)->mutable_reach()->mutable_hidden()->set_why(v1::Hidden::WHY_FLOOR);
  const std::string text = Render(answer, Format::kTable, false);
  EXPECT_THAT(LineOf(text, "DEPARTMENT"), HasSubstr("HEADS         REACH"));
  EXPECT_THAT(LineOf(text, "finance"), HasSubstr("1,500          80 %"));
  EXPECT_THAT(LineOf(text, "legal"), HasSubstr("7  hidden (<12)"));
  const std::string json = Render(answer, Format::kJson, false);
  EXPECT_THAT(json, HasSubstr("\"reach_percent\": 80"));
  EXPECT_THAT(json, HasSubstr("\"reach_percent\": null"));
}

TEST(DepartmentsTable, AnAnswerWithoutRowsStillSaysItsRange) {
  v1::DepartmentsAnswer answer;
  SetScope(answer.mutable_scope());
  *answer.mutable_total() = All(HiddenFor(v1::Hidden::WHY_FLOOR));
  EXPECT_THAT(Render(answer, Format::kTable, false), HasSubstr("2026-11-01"));
}

TEST(DepartmentsJson, HiddenIsNullBesideItsReason) {
  const auto json = nlohmann::json::parse(Render(Departments(), Format::kJson, false));
  EXPECT_EQ(json["scope"]["floor"], kFloor);
  EXPECT_EQ(json["scope"]["notes"][0], "Turns are estimates.");
  const auto& rows = json["departments"];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["turns"], 1234567u);
  EXPECT_FALSE(rows[0].contains("hidden"));
  EXPECT_EQ(rows[0]["top_services"], nlohmann::json({"chatgpt", "claude"}));
  EXPECT_TRUE(rows[1]["turns"].is_null());
  EXPECT_EQ(rows[1]["hidden"]["turns"], "<12");
  EXPECT_TRUE(rows[2]["turns"].is_null());
  EXPECT_EQ(rows[2]["hidden"]["turns"], "complement");
}

TEST(DepartmentsCsv, HasOneHeaderAndPlainNumbersAndWordsForHidden) {
  const std::string csv = Render(Departments(), Format::kCsv, false);
  EXPECT_THAT(csv, StartsWith("month,department,enrolled,devices,device_days,visits,turns,"
                              "active_minutes,uploads,kib_up,kib_down,automated_percent,name,function,heads,reach_percent\r\n"));
  EXPECT_THAT(csv, HasSubstr("\r\n2026-11,finance,1200,1234567,"));
  EXPECT_THAT(csv, HasSubstr("\r\n2026-11,legal,6,hidden (<12),hidden (<12),"));
  EXPECT_THAT(csv, HasSubstr("\r\n2026-11,sales,30,hidden,hidden,"));
  EXPECT_THAT(csv, EndsWith("\r\n"));
}

TEST(DepartmentsCsv, NamesAreQuotedAndNeverFormulas) {
  v1::DepartmentsAnswer answer = Departments();
  answer.mutable_rows(0)->set_department("a,\"b\"");
  answer.mutable_rows(1)->set_department("=1+1");
  const std::string csv = Render(answer, Format::kCsv, false);
  EXPECT_THAT(csv, HasSubstr("2026-11,\"a,\"\"b\"\"\",1200"));
  EXPECT_THAT(csv, HasSubstr("2026-11,'=1+1,6"));
}

TEST(Csv, EveryLineHasAsManyFieldsAsTheHeaderAlsoWhereTheFirstIsEmpty) {
  v1::DepartmentsAnswer answer = Departments();
  answer.mutable_scope()->clear_month();
  std::istringstream in(Render(answer, Format::kCsv, false));
  for (std::string line; std::getline(in, line);) {
    EXPECT_EQ(std::count(line.begin(), line.end(), ','), 15) << line;
  }
}

TEST(ServicesTable, TheLastLineIsTheTotalOfTheDepartmentOrOfAll) {
  v1::ServicesAnswer answer;
  SetScope(answer.mutable_scope());
  auto* row = answer.add_rows();
  row->set_service("chatgpt");
  *row->mutable_measures() = All(Shown(20));
  *answer.mutable_total() = All(Shown(20));
  EXPECT_NE(LineOf(Render(answer, Format::kTable, false), "all departments"), "");
  answer.set_department("finance");
  EXPECT_NE(LineOf(Render(answer, Format::kTable, false), "finance"), "");
  const auto json = nlohmann::json::parse(Render(answer, Format::kJson, false));
  EXPECT_EQ(json["department"], "finance");
  EXPECT_EQ(json["services"][0]["service"], "chatgpt");
  EXPECT_THAT(Render(answer, Format::kCsv, false), HasSubstr("2026-11,finance,chatgpt,20,"));
}

// A value that was not released at all (a state that this program does not know) reads as hidden.
TEST(Released, NothingSetIsNeverShownAsZero) {
  v1::ServicesAnswer answer;
  SetScope(answer.mutable_scope());
  answer.add_rows()->set_service("chatgpt");
  EXPECT_THAT(LineOf(Render(answer, Format::kTable, false), "chatgpt"), HasSubstr("hidden"));
  EXPECT_THAT(LineOf(Render(answer, Format::kTable, false), "chatgpt"),
              Not(ContainsRegex("[ ]0([ ]|$)")));
  const auto json = nlohmann::json::parse(Render(answer, Format::kJson, false));
  EXPECT_TRUE(json["services"][0]["turns"].is_null());
}

TEST(Released, AShareOverNinetyHasNoNumberInAnyFormat) {
  v1::ServicesAnswer answer;
  SetScope(answer.mutable_scope());
  auto* row = answer.add_rows();
  row->set_service("chatgpt");
  *row->mutable_measures() = All(Shown(20));
  EXPECT_THAT(LineOf(Render(answer, Format::kTable, false), "chatgpt"), HasSubstr("35 %"));
  row->mutable_measures()->mutable_automated()->set_over_90(true);
  EXPECT_THAT(LineOf(Render(answer, Format::kTable, false), "chatgpt"), HasSubstr(">90 %"));
  EXPECT_THAT(LineOf(Render(answer, Format::kCsv, false), "2026-11,,chatgpt"), HasSubstr(",>90"));
  const auto json = nlohmann::json::parse(Render(answer, Format::kJson, false));
  EXPECT_EQ(json["services"][0]["automated_percent"], ">90");
}

// Whatever is hidden: each format says so for exactly those cells.
TEST(Released, EveryFormatHidesTheSameCells) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    v1::ServicesAnswer answer;
    SetScope(answer.mutable_scope());
    auto* row = answer.add_rows();
    row->set_service("chatgpt");
    size_t hidden = 0;
    size_t hidden_volumes = 0;  // tables do not show these
    v1::Measures* measures = row->mutable_measures();
    for (auto* field : {measures->mutable_devices(), measures->mutable_visits(),
                        measures->mutable_turns(), measures->mutable_active_minutes(),
                        measures->mutable_uploads(), measures->mutable_kib_up(),
                        measures->mutable_kib_down(), measures->mutable_device_days()}) {
      if (random() % 2 == 0) {
        *field = Shown(random());
      } else {
        *field = HiddenFor(random() % 2 == 0 ? v1::Hidden::WHY_FLOOR : v1::Hidden::WHY_COMPLEMENT);
        ++hidden;
        if (field == measures->mutable_kib_up() || field == measures->mutable_kib_down()) {
          ++hidden_volumes;
        }
      }
    }
    if (random() % 2 == 0) {
      random() % 2 == 0 ? measures->mutable_automated()->set_over_90(true)
                        : measures->mutable_automated()->set_percent(40);
    } else {
      if (random() % 2 == 0) {
        measures->mutable_automated()->mutable_hidden()->set_why(v1::Hidden::WHY_FLOOR);
      }  // else neither shown nor marked: not released either
      ++hidden;
    }
    const auto count = [](const std::string& text) {
      size_t found = 0;
      for (size_t at = 0; (at = text.find("hidden", at)) != std::string::npos; ++at) ++found;
      return found;
    };
    ASSERT_EQ(count(LineOf(Render(answer, Format::kTable, false), "chatgpt")),
              hidden - hidden_volumes);
    ASSERT_EQ(count(LineOf(Render(answer, Format::kCsv, false), "2026-11,,chatgpt")), hidden);
    const auto json = nlohmann::json::parse(Render(answer, Format::kJson, false))["services"][0];
    size_t nulls = 0;
    for (const auto& [key, value] : json.items()) nulls += value.is_null();
    ASSERT_EQ(nulls, hidden);
    ASSERT_EQ(json.contains("hidden") ? json["hidden"].size() : 0, hidden);
  }
}

}  // namespace
}  // namespace gnomon::cli

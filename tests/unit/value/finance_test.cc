#include "value/finance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/value/company.h"

namespace gnomon::value {
namespace {

using ::testing::HasSubstr;

std::string CsvError(const std::string& text) {
  const auto inputs = ParseFinanceCsv(text, "finance.csv");
  return inputs.ok() ? "no error" : inputs.status().message();
}

std::string YamlError(const std::string& text) {
  const auto inputs = ParseFinanceYaml(text, "finance.yaml");
  return inputs.ok() ? "no error" : inputs.status().message();
}

TEST(FinanceTest, CsvAndYamlSayTheSame) {
  const auto csv = ParseFinanceCsv(
      "department,function,heads,ai_budget,hourly_cost,outsourcing,agency,seats,currency\r\n"
      "finance,back_office,40,20000,62.5,400000,0,microsoft-copilot=40 chatgpt=5,EUR\r\n"
      "\r\n"
      "sales,front_office,,,,,,,\r\n",
      "finance.csv");
  const auto yaml = ParseFinanceYaml(
      "currency: EUR\n"
      "departments:\n"
      "  - department: finance\n"
      "    function: back_office\n"
      "    heads: 40\n"
      "    ai_budget: 20000\n"
      "    hourly_cost: 62.5\n"
      "    outsourcing: 400000\n"
      "    agency: 0\n"
      "    seats: {microsoft-copilot: 40, chatgpt: 5}\n"
      "  - {department: sales, function: front_office}\n",
      "finance.yaml");
  ASSERT_TRUE(csv.ok()) << csv.status().message();
  ASSERT_TRUE(yaml.ok()) << yaml.status().message();
  for (const FinanceInputs* inputs : {&*csv, &*yaml}) {
    EXPECT_EQ(inputs->currency, "EUR");
    ASSERT_EQ(inputs->departments.size(), 2u);
    const FinanceDepartment& finance = inputs->departments[0];
    EXPECT_EQ(finance.code, "finance");
    EXPECT_EQ(finance.function, v1::FUNCTION_BACK_OFFICE);
    EXPECT_EQ(finance.heads, 40u);
    EXPECT_EQ(finance.money.ai_budget, 20'000u);
    EXPECT_EQ(finance.money.hourly_cost, 62.5);
    EXPECT_EQ(finance.money.outsourcing, 400'000u);
    EXPECT_EQ(finance.money.agency, 0u);
    EXPECT_EQ(finance.seats.at("microsoft-copilot"), 40u);
    EXPECT_EQ(finance.seats.at("chatgpt"), 5u);
    EXPECT_FALSE(inputs->departments[1].heads.has_value());
  }
}

TEST(FinanceTest, ASpreadsheetWithSemicolonsAndAByteOrderMarkIsRead) {
  const auto inputs = ParseFinanceCsv(
      "\xef\xbb\xbf"
      "department;heads\n\"finance\";40\n",
      "f.csv");
  ASSERT_TRUE(inputs.ok()) << inputs.status().message();
  EXPECT_EQ(inputs->departments.at(0).heads, 40u);
}

TEST(FinanceTest, ErrorsNameLineAndColumn) {
  EXPECT_EQ(CsvError("department,heads\nfinance,40\nsales,many\n"),
            "finance.csv:3:2: heads: expected a number of people, not \"many\"");
  EXPECT_THAT(
      CsvError("department,head_count\n"),
      HasSubstr("finance.csv:1:2: unknown column \"head_count\"; known: department, function"));
  EXPECT_EQ(CsvError("department,heads\nfinance,40,7\n"),
            "finance.csv:2:3: there is no column for \"7\"");
  EXPECT_EQ(
      CsvError("department,ai_budget\nfinance,\"1,000\"\n"),
      "finance.csv:2:2: ai_budget: expected a whole amount a year without separators, like 120000, "
      "not \"1,000\"");
  EXPECT_EQ(CsvError("department\nfinance\n\n\"finance\"\n"),
            "finance.csv:4:1: department: finance stands twice");
  EXPECT_EQ(CsvError("department,currency\nfinance,EUR\nsales,USD\n"),
            "finance.csv:3:2: currency: \"USD\", but a row before has EUR");
  EXPECT_EQ(CsvError("department,seats\nfinance,chatgpt\n"),
            "finance.csv:2:2: seats: expected SERVICE=SEATS, not \"chatgpt\"");
  EXPECT_EQ(CsvError("heads\n40\n"), "finance.csv:1: the column department is missing");
  EXPECT_EQ(CsvError(""), "finance.csv:1: the line with the columns' names is missing");
}

TEST(FinanceTest, AQuoteThatIsNeverClosedIsAnError) {
  EXPECT_THAT(CsvError("department,heads\n\"finance,40\n"), HasSubstr("not CSV"));
  EXPECT_THAT(CsvError("department,heads\nfin\"ance,40\n"), HasSubstr("finance.csv:2: not CSV"));
}

TEST(FinanceTest, ALineBreakInQuotesDoesNotShiftTheLinesOfErrors) {
  EXPECT_THAT(CsvError("department,function\n\"a\nb\",x\nsales,sideways\n"),
              HasSubstr("finance.csv:2:1: department"));
  EXPECT_THAT(CsvError("department,function\nsales,\"\n\n\"\nlegal,sideways\n"),
              HasSubstr("finance.csv:2:2: function"));
}

TEST(FinanceTest, YamlErrorsNameLineAndKey) {
  EXPECT_EQ(YamlError("departments:\n  - department: finance\n    heads: 0\n"),
            "finance.yaml:3: heads: expected a number of people, not \"0\"");
  EXPECT_THAT(YamlError("departments:\n  - {department: finance, head: 4}\n"),
              HasSubstr("finance.yaml:2: head: unknown key; known here: department"));
  EXPECT_EQ(YamlError("currency: euro\ndepartments: []\n"),
            "finance.yaml:1: currency: expected a currency like EUR (ISO 4217), not \"euro\"");
  EXPECT_EQ(YamlError("departments:\n  - {heads: 4}\n"),
            "finance.yaml:2: department: department is missing");
}

TEST(FinanceTest, NoMoreThanTheFirstTwoThousandDepartmentsAreRead) {
  std::string text = "department\n";
  for (int i = 0; i < 2001; ++i) text += "d" + std::to_string(i) + "\n";
  EXPECT_THAT(CsvError(text), HasSubstr("more than 2000 departments"));
  for (int i = 0; i < 3000; ++i) text += "e" + std::to_string(i) + "\n";
  EXPECT_THAT(CsvError(text), HasSubstr("more than 4000 rows"));
}

TEST(FinanceTest, WhatThePolicySaysStaysAndWhatItDoesNotSayIsFilledIn) {
  Facts facts = QuietCompany();
  facts.departments[0].heads.reset();
  const auto inputs = ParseFinanceCsv(
      "department,heads,function,seats\nfinance,40,front_office,chatgpt=7 copilot=99\nlegal,5,,\n",
      "f.csv");
  ASSERT_TRUE(inputs.ok());
  AddFinance(*inputs, &facts);
  const DepartmentFacts& finance = facts.departments[0];
  EXPECT_EQ(finance.heads, 40u);
  EXPECT_EQ(finance.function, v1::FUNCTION_BACK_OFFICE);
  EXPECT_EQ(finance.services[0].seats, 20u);
  EXPECT_EQ(finance.services[1].seats, 7u);
  EXPECT_TRUE(finance.services[1].sanctioned);
}

}  // namespace
}  // namespace gnomon::value

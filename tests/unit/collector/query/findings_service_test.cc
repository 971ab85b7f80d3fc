#include "collector/query/findings_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "collector/access/operators.h"
#include "collector/store/sqlite_store.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::query {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FindingsServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_->AddToken("00000000", "s", "finance", 1000, INT64_MAX).ok());
    for (int i = 0; i < 30; ++i) {
      ASSERT_TRUE(registry_
                      ->Redeem("00000000", "s", {"device-" + std::to_string(i), INT64_MAX, ""},
                               clock_.Now())
                      .ok());
    }
  }
  // `devices` laptops use the service on ten days of October with a habit.
  void UseInOctober(const std::string& service, uint64_t devices) {
    std::vector<store::CellAddition> additions;
    for (Day day = ParseDay("2026-10-05").value(); day < ParseDay("2026-10-15").value(); ++day) {
      const uint64_t first = additions.empty() ? devices : 0;
      for (const std::string& id : {service, std::string("any")}) {
        store::CellAddition addition = store::Addition(
            day, "finance", id, {.first_today = devices, .first_this_month = first});
        addition.key.regularity = v1::REGULARITY_HABIT;
        if (id == service) {
          addition.sums.turns = devices * 5;
          addition.sums.active_minutes = devices * 10;
        }
        additions.push_back(addition);
      }
    }
    const auto batch = store::MakeBatch(++nonce_, additions);
    ASSERT_TRUE(store_->Commit({&batch, 1}, ToLocal(clock_.Now()).day).ok());
  }
  Status Ask(const std::string& month, v1::FindingsAnswer& answer,
             const std::string& department = "", const std::string& language = "") {
    v1::FindingsQuestion question;
    question.set_month(month);
    question.set_department(department);
    question.set_language(language);
    return service_.Answer(caller_, question, answer);
  }
  std::vector<std::string> Rules(const v1::FindingsAnswer& answer) {
    std::vector<std::string> rules;
    for (const v1::Finding& finding : answer.findings()) rules.push_back(finding.rule());
    return rules;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{(ParseDay("2026-11-23").value() * 86'400LL + 43'200) * kSecondUs};
  std::unique_ptr<store::Store> store_ =
      store::SqliteStore::Open(folder_.path() / "usage.db").value();
  std::unique_ptr<enrol::Registry> registry_ =
      enrol::Registry::Open(folder_.path() / "registry.db").value();
  std::unique_ptr<access::Operators> operators_ =
      access::Operators::Open(folder_.path() / "operators.db").value();
  std::unique_ptr<AuditLog> audit_ = AuditLog::Open(folder_.path() / "audit.jsonl").value();
  access::Callers callers_{*operators_, {operators_.get()}, clock_};
  const releases::Published published_{folder_.path() / "releases"};
  const organisation::PolicyInForce policy_{published_, folder_.path() / "policy.yaml"};
  const organisation::ServicesInForce services_{published_, {}};
  const organisation::FinanceInForce finance_{folder_.path() / "finance.csv"};
  const cube::CubeSource cubes_{*store_, 10};
  const FactReader facts_{cubes_, *registry_, policy_, services_, finance_};
  const value::Rulebook rulebook_ =
      value::Rulebook::Load(GNOMON_SOURCE_DIR "/rules/value/findings.yaml").value();
  FindingsService service_{facts_, rulebook_, *audit_, callers_, clock_};
  pki::Identity caller_{pki::Identity::Kind::kOperator, "ann", "analyst"};
  uint64_t nonce_ = 0;
};

TEST_F(FindingsServiceTest, WhatTheStoreHoldsBecomesAFindingWithItsNumbers) {
  UseInOctober("chatgpt", 24);
  v1::FindingsAnswer answer;
  ASSERT_TRUE(Ask("2026-10", answer).ok());
  EXPECT_THAT(Rules(answer), testing::ElementsAre("depends-on-unofficial", "buy"));
  EXPECT_EQ(answer.findings(0).figures().at("devices").count(), 24u);
  EXPECT_EQ(answer.findings(1).figures().at("seats").count(), 20u);
  EXPECT_EQ(answer.scope().end(), "2026-11-01");
  EXPECT_FALSE(answer.policy_known());
  EXPECT_FALSE(answer.finance_known());
}

TEST_F(FindingsServiceTest, AGroupUnderTheFloorGivesNoFinding) {
  UseInOctober("chatgpt", 9);
  v1::FindingsAnswer answer;
  ASSERT_TRUE(Ask("2026-10", answer).ok());
  EXPECT_THAT(Rules(answer), IsEmpty());
}

TEST_F(FindingsServiceTest, PolicyAndFinanceAreTakenUpWhenTheyAreWritten) {
  UseInOctober("chatgpt", 24);
  std::ofstream(folder_.path() / "policy.yaml")
      << "departments: [{code: finance, name: Money, function: back_office, heads: 40,\n"
         "  sanctioned: [{service: chatgpt, seats: 100}]}]\n";
  std::ofstream(folder_.path() / "finance.csv") << "department,outsourcing\nfinance,100000\n";
  v1::FindingsAnswer answer;
  ASSERT_TRUE(Ask("2026-10", answer).ok());
  EXPECT_TRUE(answer.policy_known());
  EXPECT_TRUE(answer.finance_known());
  // Sanctioned: no dependence and nothing to buy; 5 turns a day are no deep use.
  EXPECT_THAT(Rules(answer), IsEmpty());
}

TEST_F(FindingsServiceTest, AMonthThatIsNotOverHasNoFindings) {
  v1::FindingsAnswer answer;
  const Status status = Ask("2026-11", answer);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("2026-11 is not over"));
}

TEST_F(FindingsServiceTest, WrongQuestionsAreNamed) {
  v1::FindingsAnswer answer;
  EXPECT_EQ(Ask("October", answer).code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(Ask("2026-10", answer, "", "fr").message(), HasSubstr("expected en or zh"));
  EXPECT_EQ(Ask("2026-10", answer, "nowhere").code(), StatusCode::kNotFound);
}

TEST_F(FindingsServiceTest, AnswersAndRefusalsAreInTheAuditLogAndItIsNotAsked) {
  v1::FindingsAnswer answer;
  ASSERT_TRUE(Ask("2026-10", answer).ok());
  ASSERT_FALSE(Ask("2026-11", answer).ok());
  caller_.scope = "it";
  EXPECT_EQ(Ask("2026-10", answer).code(), StatusCode::kPermissionDenied);
  std::ifstream in(folder_.path() / "audit.jsonl");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_GE(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("findings"));
}

TEST_F(FindingsServiceTest, ChineseIsAnswered) {
  UseInOctober("chatgpt", 24);
  v1::FindingsAnswer answer;
  ASSERT_TRUE(Ask("2026-10", answer, "finance", "zh").ok());
  EXPECT_EQ(answer.findings(0).title(), "依赖非官方 AI");
}

}  // namespace
}  // namespace gnomon::query

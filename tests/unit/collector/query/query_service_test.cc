#include "collector/query/query_service.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "collector/store/sqlite_store.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::query {
namespace {

using Kind = pki::Identity::Kind;

TimeUs NoonOf(const char* day) {
  return (ParseDay(day).value() * 86'400LL + 43'200) * kSecondUs;
}

class QueryServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_->AddToken("00000000", "s", "finance", 1000, INT64_MAX).ok());
    ASSERT_TRUE(registry_->AddToken("00000001", "s", "hr", 1000, INT64_MAX).ok());
    Enrol("00000000", 30);
    Enrol("00000001", 3);
  }
  void Enrol(const std::string& token, int devices) {
    for (int i = 0; i < devices; ++i) {
      ASSERT_TRUE(
          registry_
              ->Redeem(token, "s", {token + "-" + std::to_string(i), INT64_MAX, ""}, clock_.Now())
              .ok());
    }
  }
  // One batch of one device: its flags and `turns`.
  void Use(const std::string& department, const std::string& service, const char* day,
           uint64_t turns, bool flags = true) {
    const Day on = ParseDay(day).value();
    const uint64_t flag = flags;
    const auto batch = store::MakeBatch(
        ++nonce_,
        {store::Addition(on, department, service,
                         {.visits = 1, .turns = turns, .first_today = 1, .first_this_month = flag}),
         store::Addition(on, department, "any", {.first_today = 1, .first_this_month = flag})});
    ASSERT_TRUE(store_->Commit({&batch, 1}, on).ok());
  }
  v1::DepartmentsAnswer Departments(const std::string& month) {
    v1::DepartmentsQuestion question;
    question.set_month(month);
    v1::DepartmentsAnswer answer;
    const Status status = service_.AnswerDepartments(analyst_, question, answer);
    EXPECT_TRUE(status.ok()) << status.message();
    return answer;
  }
  Status Services(const std::string& month, const std::string& department,
                  v1::ServicesAnswer& answer) {
    v1::ServicesQuestion question;
    question.set_month(month);
    question.set_department(department);
    return service_.AnswerServices(analyst_, question, answer);
  }
  std::vector<std::string> Audit() {
    std::ifstream in(folder_.path() / "audit.jsonl");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{NoonOf("2026-11-23")};
  std::unique_ptr<store::Store> store_ =
      store::SqliteStore::Open(folder_.path() / "usage.db").value();
  std::unique_ptr<enrol::Registry> registry_ =
      enrol::Registry::Open(folder_.path() / "registry.db").value();
  std::unique_ptr<AuditLog> audit_ = AuditLog::Open(folder_.path() / "audit.jsonl").value();
  cube::CubeSource cubes_{*store_, 10};
  const releases::Published published_{folder_.path() / "releases"};
  const organisation::PolicyInForce policy_{published_, folder_.path() / "policy.yaml"};
  std::unique_ptr<access::Operators> operators_ =
      access::Operators::Open(folder_.path() / "operators.db").value();
  access::Callers callers_{*operators_, {operators_.get()}, clock_};
  QueryService service_{cubes_, policy_, *registry_, *audit_, callers_, clock_};
  const pki::Identity analyst_{Kind::kOperator, "ann", "analyst"};
  uint64_t nonce_ = 0;
};

TEST_F(QueryServiceTest, ADepartmentIsShownFromTheFloorOnAndHiddenBelow) {
  for (int device = 0; device < 9; ++device) Use("finance", "chatgpt", "2026-10-05", 10);
  EXPECT_TRUE(Departments("2026-10").rows(0).measures().devices().has_hidden());
  Use("finance", "chatgpt", "2026-10-06", 10);
  const auto answer = Departments("2026-10");
  EXPECT_EQ(answer.rows(0).measures().devices().value(), 10u);
  EXPECT_EQ(answer.rows(0).measures().turns().value(), 100u);
  EXPECT_EQ(answer.rows(0).enrolled(), 30u);
  EXPECT_TRUE(answer.rows(1).measures().devices().has_hidden());
  EXPECT_EQ(answer.rows(1).enrolled(), 3u);
}

TEST_F(QueryServiceTest, AClosedMonthIsWholeAndAnOpenOneEndsBeforeToday) {
  const auto closed = Departments("2026-10").scope();
  EXPECT_FALSE(closed.month_open());
  EXPECT_EQ(closed.first(), "2026-10-01");
  EXPECT_EQ(closed.end(), "2026-11-01");
  EXPECT_EQ(closed.floor(), 10u);

  for (int device = 0; device < 10; ++device) Use("finance", "chatgpt", "2026-11-22", 1);
  Use("finance", "chatgpt", "2026-11-23", 1000);  // today
  const auto answer = Departments("2026-11");
  EXPECT_TRUE(answer.scope().month_open());
  EXPECT_EQ(answer.scope().end(), "2026-11-23");
  EXPECT_EQ(answer.rows(0).measures().turns().value(), 10u);
  EXPECT_GT(answer.scope().notes_size(), closed.notes_size());
}

TEST_F(QueryServiceTest, TheFirstDayOfAMonthHasNothingToShowYet) {
  clock_.Set(NoonOf("2026-12-01"));
  const auto answer = Departments("2026-12");
  EXPECT_EQ(answer.scope().end(), "2026-12-01");
  EXPECT_TRUE(answer.total().devices().has_hidden());
}

TEST_F(QueryServiceTest, MonthsThatAreNoneOrHaveNotBegunAreRefused) {
  v1::ServicesAnswer answer;
  for (const char* month : {"", "2026", "2026-13", "2026-12", "november"}) {
    EXPECT_EQ(Services(month, "", answer).code(), StatusCode::kInvalidArgument) << month;
    EXPECT_EQ(answer.ByteSizeLong(), 0u);
  }
}

TEST_F(QueryServiceTest, AnUnknownDepartmentIsNotFoundAndTheAnswerIsEmpty) {
  v1::ServicesAnswer answer;
  EXPECT_EQ(Services("2026-10", "nowhere", answer).code(), StatusCode::kNotFound);
  EXPECT_EQ(answer.ByteSizeLong(), 0u);
  EXPECT_TRUE(Services("2026-10", "hr", answer).ok());
}

TEST_F(QueryServiceTest, EveryQuestionIsInTheAuditLogAnsweredOrRefused) {
  v1::ServicesAnswer answer;
  ASSERT_TRUE(Services("2026-10", "finance", answer).ok());
  ASSERT_FALSE(Services("2026-10", "nowhere", answer).ok());
  Departments("2026-10");
  const auto lines = Audit();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find(R"("operator":"ann","role":"analyst","question":"services")"),
            std::string::npos);
  EXPECT_NE(lines[0].find(R"("outcome":"answered")"), std::string::npos);
  EXPECT_NE(lines[1].find(R"("outcome":"refused","reason":"not_found")"), std::string::npos);
  EXPECT_NE(lines[2].find(R"("question":"departments")"), std::string::npos);
}

TEST_F(QueryServiceTest, WhatCannotBeAuditedIsNotAnswered) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto log = folder_.path() / "full.jsonl";
  std::filesystem::create_symlink("/dev/full", log);
  auto full = AuditLog::Open(log);
  ASSERT_TRUE(full.ok());
  QueryService service(cubes_, policy_, *registry_, **full, callers_, clock_);
  v1::DepartmentsQuestion question;
  question.set_month("2026-10");
  v1::DepartmentsAnswer answer;
  EXPECT_EQ(service.AnswerDepartments(analyst_, question, answer).code(), StatusCode::kUnavailable);
  EXPECT_EQ(answer.ByteSizeLong(), 0u);
}

TEST_F(QueryServiceTest, ADeviceMayNotAskAndEveryRoleMay) {
  v1::DepartmentsQuestion question;
  question.set_month("2026-10");
  v1::DepartmentsAnswer answer;
  EXPECT_EQ(service_.AnswerDepartments({Kind::kDevice, "d", "analyst"}, question, answer).code(),
            StatusCode::kPermissionDenied);
  // The refusal is a line, and names no laptop.
  ASSERT_EQ(Audit().size(), 1u);
  EXPECT_NE(Audit()[0].find(R"("operator":"","role":"device")"), std::string::npos) << Audit()[0];
  for (const char* role : {"administrator", "it", "analyst", "auditor"}) {
    EXPECT_TRUE(service_.AnswerDepartments({Kind::kOperator, "o", role}, question, answer).ok())
        << role;
  }
}

// Whatever is asked, a number stands for at least `floor` devices of one department, and a total is
// what its shown rows add up to.
TEST_F(QueryServiceTest, NoCombinationOfQuestionsShowsANumberUnderTheFloor) {
  std::mt19937 random(11);
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const char* departments[] = {"finance", "hr", "it", "sales"};
  const char* services[] = {"chatgpt", "claude", "gemini", "suno"};
  std::map<std::string, std::map<std::string, uint64_t>> devices;  // month/department -> service
  for (const char* month : {"2026-09", "2026-10"}) {
    for (const char* department : departments) {
      for (uint32_t device = 1 + below(39); device > 0; --device) {
        const char* service = services[below(4)];
        Use(department, service, (std::string(month) + "-12").c_str(), 1 + below(9));
        ++devices[std::string(month) + "/" + department][service];
        ++devices[std::string(month) + "/" + department]["any"];
      }
    }
  }
  size_t numbers = 0;
  for (const char* month : {"2026-09", "2026-10"}) {
    uint64_t turns = 0;
    const auto all = Departments(month);
    for (const auto& row : all.rows()) {
      if (!row.measures().devices().has_value()) continue;
      ++numbers;
      EXPECT_GE((devices[std::string(month) + "/" + row.department()]["any"]), 10u);
      if (row.measures().turns().has_value()) turns += row.measures().turns().value();
    }
    if (all.total().turns().has_value()) {
      EXPECT_EQ(all.total().turns().value(), turns);
    }
    for (const char* department : departments) {
      v1::ServicesAnswer answer;
      ASSERT_TRUE(Services(month, department, answer).ok());
      for (const auto& row : answer.rows()) {
        if (!row.measures().devices().has_value()) continue;
        ++numbers;
        EXPECT_GE((devices[std::string(month) + "/" + department][row.service()]), 10u);
      }
    }
  }
  EXPECT_GT(numbers, 8u);
}

TEST_F(QueryServiceTest, APolicyThatIsWrittenWhileTheCollectorRunsRaisesTheFloorAndNamesDepartments) {
  for (int i = 0; i < 12; ++i) Use("finance", "chatgpt", "2026-10-05", 3);
  EXPECT_TRUE(Departments("2026-10").rows(0).measures().devices().has_value());
  std::ofstream(folder_.path() / "policy.yaml")
      << "floor: 20\ndepartments: [{code: finance, name: Money, heads: 40}]\n";
  const v1::DepartmentsAnswer answer = Departments("2026-10");
  EXPECT_EQ(answer.scope().floor(), 20u);
  EXPECT_TRUE(answer.rows(0).measures().devices().has_hidden());
  EXPECT_EQ(answer.rows(0).name(), "Money");
}

TEST_F(QueryServiceTest, APolicyCannotLowerTheCollectorsOwnFloor) {
  std::ofstream(folder_.path() / "policy.yaml") << "floor: 5\n";
  EXPECT_EQ(Departments("2026-10").scope().floor(), 10u);
}

}  // namespace
}  // namespace gnomon::query

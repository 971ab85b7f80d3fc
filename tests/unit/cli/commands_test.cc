// The commands against a collector over real mutual TLS on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/health_commands.h"
#include "cli/query_commands.h"
#include "cli/token_commands.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "gnomon/v1/health.grpc.pb.h"
#include "gnomon/v1/query.grpc.pb.h"
#include "tests/unit/wire/test_pki.h"

namespace gnomon::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FakeQuery : public v1::Query::Service {
 public:
  grpc::Status Departments(grpc::ServerContext*, const v1::DepartmentsQuestion* question,
                           v1::DepartmentsAnswer* response) override {
    departments = *question;
    response->mutable_scope()->set_month(question->month());
    response->mutable_scope()->set_floor(10);
    response->add_rows()->set_department("finance");
    return status;
  }
  grpc::Status Services(grpc::ServerContext*, const v1::ServicesQuestion* question,
                        v1::ServicesAnswer* response) override {
    services = *question;
    response->set_department(question->department());
    return status;
  }
  v1::DepartmentsQuestion departments;
  v1::ServicesQuestion services;
  grpc::Status status;
};

class FakeTokens : public v1::Tokens::Service {
 public:
  grpc::Status Create(grpc::ServerContext*, const v1::CreateTokenRequest* request,
                      v1::CreateTokenResponse* response) override {
    created = *request;
    response->set_token("gnm1-the-token");
    response->set_id("4f2a91c0");
    return grpc::Status::OK;
  }
  grpc::Status List(grpc::ServerContext*, const v1::ListTokensRequest*,
                    v1::ListTokensResponse* response) override {
    *response = list;
    return grpc::Status::OK;
  }
  grpc::Status Revoke(grpc::ServerContext*, const v1::RevokeTokenRequest* request,
                      v1::RevokeTokenResponse*) override {
    if (request->id() == "4f2a91c0") return grpc::Status::OK;
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no such token");
  }
  v1::CreateTokenRequest created;
  v1::ListTokensResponse list;
};

class FakeFleetHealth : public v1::Health::Service {
 public:
  grpc::Status Summary(grpc::ServerContext*, const v1::HealthSummaryRequest*,
                       v1::HealthSummary* response) override {
    response->set_devices(41);
    response->set_devices_silent(3);
    auto* version = response->add_versions();
    version->set_agent_version("0.1.0");
    version->set_devices(41);
    return grpc::Status::OK;
  }
};

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

class Commands : public ::testing::Test {
 protected:
  Commands() {
    wire::RequireTls13();
    ::unsetenv("GNOMON_COLLECTOR");
    ::unsetenv("GNOMON_CREDENTIAL");
    folder_ = ::testing::TempDir() + "gnomon_cli_commands_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", wire::ServeWith(pki_.Server()), &port_);
    builder.RegisterService(&query_);
    builder.RegisterService(&tokens_);
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    WriteCredential(pki_.Client({pki::Identity::Kind::kOperator, "Ann", "administrator"}));
  }
  ~Commands() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string CredentialFile() const { return (folder_ / "credential").string(); }

  void WriteCredential(const wire::Credentials& pem) {
    const auto block = [](const char* key, const std::string& text) {
      std::string yaml = std::string(key) + ": |\n  ";
      for (char c : text.substr(0, text.size() - 1)) yaml += c == '\n' ? "\n  " : std::string(1, c);
      return yaml + "\n";
    };
    Write("collector: \"" + Address() + "\"\n" + block("authority", pem.authority) +
          block("certificate", pem.certificate) + block("private_key", pem.private_key));
  }
  void Write(const std::string& yaml) {
    ASSERT_TRUE(WriteFileAtomically(CredentialFile(), yaml, 0600).ok());
  }

  Outcome Run(std::vector<std::string> arguments) {
    CLI::App app("test", "gnomon");
    app.require_subcommand(1);
    SessionOptions session;
    session.credential = CredentialFile();
    Outcome outcome;
    AddQueryCommands(app, &session, &outcome.code);
    AddTokenCommands(app, &session, &outcome.code);
    AddHealthCommands(app, &session, &outcome.code);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      outcome.code = app.exit(error) == 0 ? 0 : kExitWrongInput;
    }
    outcome.out = ::testing::internal::GetCapturedStdout();
    outcome.err = ::testing::internal::GetCapturedStderr();
    return outcome;
  }

  wire::TestPki pki_;
  FakeQuery query_;
  FakeTokens tokens_;
  FakeFleetHealth health_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::filesystem::path folder_;
};

TEST_F(Commands, DepartmentsAsksForTheCurrentMonthUnlessTold) {
  EXPECT_EQ(Run({"departments"}).code, 0);
  EXPECT_EQ(query_.departments.month(), MonthOf(ToLocal(SystemClock::Get().Now()).day).ToString());
  const Outcome told = Run({"departments", "--month", "2026-03", "--format", "csv"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_EQ(query_.departments.month(), "2026-03");
  EXPECT_THAT(told.out, HasSubstr("2026-03,finance,"));
}

TEST_F(Commands, ServicesPassesTheDepartmentOn) {
  EXPECT_EQ(Run({"services", "--department", "finance", "--format", "json"}).code, 0);
  EXPECT_EQ(query_.services.department(), "finance");
}

TEST_F(Commands, WrongInputIsExitTwoAndAsksNobody) {
  query_.departments.set_month("untouched");
  EXPECT_EQ(Run({"departments", "--month", "2026-13"}).code, kExitWrongInput);
  EXPECT_EQ(Run({"departments", "--month", "November"}).code, kExitWrongInput);
  EXPECT_EQ(Run({"departments", "--format", "xml"}).code, kExitWrongInput);
  EXPECT_EQ(Run({"tokens", "create"}).code, kExitWrongInput);
  EXPECT_EQ(Run({"tokens", "create", "--department", "finance", "--expires", "soon"}).code,
            kExitWrongInput);
  EXPECT_EQ(query_.departments.month(), "untouched");
}

TEST_F(Commands, TheCollectorsRefusalIsExitThreeInItsOwnWords) {
  query_.status = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "auditors may not ask this");
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitRefused);
  EXPECT_EQ(outcome.err, "gnomon: auditors may not ask this\n");
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Commands, NoCollectorThereIsExitFourAndNamesItsAddress) {
  server_->Shutdown();
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr(Address()));
}

TEST_F(Commands, ATokenIsPrintedAloneWhereNobodyWatches) {
  const Outcome outcome =
      Run({"tokens", "create", "--department", "finance", "--uses", "40", "--expires", "7d"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "gnm1-the-token\n");
  EXPECT_EQ(tokens_.created.department(), "finance");
  EXPECT_EQ(tokens_.created.uses(), 40u);
  EXPECT_EQ(tokens_.created.lifetime_seconds(), 7u * 86400);
}

TEST_F(Commands, TokensAreListedWithTheirState) {
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  const auto add = [&](const char* id, uint32_t used, int64_t expires, bool revoked) {
    auto* token = tokens_.list.add_tokens();
    token->set_id(id);
    token->set_department("finance");
    token->set_uses(2);
    token->set_used(used);
    token->set_expires(expires);
    token->set_revoked(revoked);
  };
  add("aaaaaaaa", 1, now + 3600, false);
  add("bbbbbbbb", 2, now + 3600, false);
  add("cccccccc", 1, now - 1, false);
  add("dddddddd", 1, now + 3600, true);
  const auto json = nlohmann::json::parse(Run({"tokens", "list", "--format", "json"}).out);
  ASSERT_EQ(json.size(), 4u);
  EXPECT_EQ(json[0]["state"], "open");
  EXPECT_EQ(json[1]["state"], "used up");
  EXPECT_EQ(json[2]["state"], "expired");
  EXPECT_EQ(json[3]["state"], "revoked");
  EXPECT_THAT(Run({"tokens", "list"}).out, AllOf(HasSubstr("aaaaaaaa"), HasSubstr("used up")));
}

TEST_F(Commands, RevokingAnUnknownTokenIsAnError) {
  EXPECT_EQ(Run({"tokens", "revoke", "4f2a91c0"}).code, 0);
  const Outcome unknown = Run({"tokens", "revoke", "00000000"});
  EXPECT_EQ(unknown.code, kExitWrongInput);
  EXPECT_THAT(unknown.err, HasSubstr("no such token"));
}

TEST_F(Commands, HealthSaysHowTheFleetIs) {
  EXPECT_THAT(Run({"health"}).out, AllOf(HasSubstr("41 devices"), HasSubstr("0.1.0")));
  const auto json = nlohmann::json::parse(Run({"health", "--format", "json"}).out);
  EXPECT_EQ(json["devices_silent"], 3);
}

TEST_F(Commands, AMissingCredentialSaysWhereItWouldComeFrom) {
  std::filesystem::remove(CredentialFile());
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitWrongInput);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(CredentialFile()), HasSubstr("gnomon-collector init")));
}

TEST_F(Commands, ABrokenCredentialIsNamedWithFileAndLine) {
  Write("collector: \"a:1\"\nauthority: x\npassword: y\n");
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr(CredentialFile()));
}

TEST_F(Commands, ACredentialWithAForeignKeyIsFoundBeforeAnythingIsSent) {
  wire::Credentials pem = pki_.Client({pki::Identity::Kind::kOperator, "Ann", "it"});
  pem.private_key = pki::MakePrivateKey().value();
  WriteCredential(pem);
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("private key does not belong"));
}

TEST_F(Commands, AnEndedCredentialSaysSo) {
  const std::string key = pki::MakePrivateKey().value();
  const std::string certificate =
      pki_.authority
          .IssueClient(pki::MakeCertificateRequest(key).value(),
                       {pki::Identity::Kind::kOperator, "Ann", "it"},
                       SystemClock::Get().Now() - 3 * 86400 * kSecondUs, 1)
          .value();
  WriteCredential({pki_.authority.certificate_pem(), certificate, key});
  const Outcome outcome = Run({"departments"});
  EXPECT_EQ(outcome.code, kExitRefused);
  EXPECT_THAT(outcome.err, HasSubstr("ended on"));
}

TEST_F(Commands, AnotherCollectorsCredentialGetsNothing) {
  wire::TestPki theirs;
  WriteCredential(theirs.Client({pki::Identity::Kind::kOperator, "Ann", "it"}));
  const Outcome outcome = Run({"departments"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Commands, TheEnvironmentNamesAnotherCollector) {
  ::setenv("GNOMON_COLLECTOR", "127.0.0.1:1", 1);
  const Outcome outcome = Run({"departments"});
  ::unsetenv("GNOMON_COLLECTOR");
  EXPECT_EQ(outcome.code, kExitUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("127.0.0.1:1:"));
}

TEST_F(Commands, HelpTeachesWithExamples) {
  for (const char* command : {"departments", "services", "tokens"}) {
    const Outcome outcome = Run({command, "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr(std::string("gnomon ") + command)) << command;
  }
  EXPECT_THAT(Run({"departments", "--help"}).out, HasSubstr("hidden (<10)"));
}

}  // namespace
}  // namespace gnomon::cli

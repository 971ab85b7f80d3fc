// The whole collector over real gRPC and mutual TLS on loopback.
#include "collector/pipeline.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/anonymise/record_builder.h"
#include "base/file.h"
#include "base/random.h"
#include "base/yaml.h"
#include "collector/init.h"
#include "collector/store/sqlite_store.h"
#include "gnomon/v1/access.grpc.pb.h"
#include "gnomon/v1/enrolment.grpc.pb.h"
#include "gnomon/v1/health.grpc.pb.h"
#include "gnomon/v1/ingest.grpc.pb.h"
#include "gnomon/v1/query.grpc.pb.h"
#include "pki/enrolment_token.h"
#include "tests/unit/collector/store/store_conformance.h"
#include "wire/tls.h"

namespace gnomon::collector {
namespace {

using grpc::StatusCode;

struct Context : grpc::ClientContext {
  Context() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30)); }
};

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override {
    wire::RequireTls13();
    Config config;
    config.data = folder_.path() / "collector";
    config.listen = "127.0.0.1:0";
    const auto made = Initialise(config, SystemClock::Get().Now());
    ASSERT_TRUE(made.ok()) << made.status().message();
    auto loaded = LoadConfig(made->files.config);
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    config_ = *loaded;
    const auto credential = ParseYamlFile(made->files.credential);
    ASSERT_TRUE(credential.ok());
    admin_ = {(*credential)["authority"].as<std::string>(),
              (*credential)["certificate"].as<std::string>(),
              (*credential)["private_key"].as<std::string>()};
    Restart();
  }
  void Restart() {
    pipeline_.reset();
    auto started = Pipeline::Start(config_, SystemClock::Get());
    ASSERT_TRUE(started.ok()) << started.status().message();
    pipeline_ = std::move(*started);
  }
  std::shared_ptr<grpc::Channel> Connect(const wire::Credentials& credentials) {
    return wire::Connect("127.0.0.1:" + std::to_string(pipeline_->port()), credentials);
  }
  wire::Credentials Nobody() const { return {admin_.authority, "", ""}; }
  wire::Credentials Operator(const std::string& role) {
    const DataFolder files(config_.data);
    const auto authority = pki::Authority::Load(ReadFile(files.authority).value(),
                                                ReadFile(files.authority_key).value());
    const std::string key = pki::MakePrivateKey().value();
    return {admin_.authority,
            authority->IssueClient(pki::MakeCertificateRequest(key).value(),
                                   {pki::Identity::Kind::kOperator, "op-" + role, role},
                                   SystemClock::Get().Now(), 1).value(),
            key};
  }

  std::string CreateToken(const std::string& department, uint32_t uses) {
    v1::CreateTokenRequest request;
    request.set_department(department);
    request.set_uses(uses);
    request.set_lifetime_seconds(3600);
    v1::CreateTokenResponse response;
    Context context;
    const auto status = v1::Tokens::NewStub(Connect(admin_))->Create(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.token();
  }
  grpc::Status Enrol(const std::string& token, wire::Credentials* device,
                     std::string* department = nullptr) {
    device->authority = admin_.authority;
    device->private_key = pki::MakePrivateKey().value();
    v1::EnrolRequest request;
    request.set_token(token);
    request.set_certificate_request(pki::MakeCertificateRequest(device->private_key).value());
    v1::EnrolResponse response;
    Context context;
    const auto status =
        v1::Enrolment::NewStub(Connect(Nobody()))->Enrol(&context, request, &response);
    device->certificate = response.certificate();
    if (department) *department = response.department();
    return status;
  }
  wire::Credentials Device(const std::string& department) {
    wire::Credentials device;
    const auto status = Enrol(CreateToken(department, 1), &device);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return device;
  }

  // Last month: closed, whatever the day of the test is.
  static Month LastMonth() {
    return MonthOf(MonthOf(ToLocal(SystemClock::Get().Now()).day).First() - 1);
  }
  static v1::Batch BatchOf(const std::string& department, uint32_t turns) {
    v1::RecordSet set;
    auto* record = set.add_records();
    record->set_day(LastMonth().First() + 3);
    record->set_department(department);
    record->set_service("chatgpt");
    record->set_surface(v1::SURFACE_WEB);
    record->set_visits(1);
    record->set_turns(turns);
    record->set_first_today(true);
    record->set_first_this_month(true);
    auto* any = set.add_records();
    any->set_day(record->day());
    any->set_department(department);
    any->set_service("any");
    any->set_first_today(true);
    any->set_first_this_month(true);
    std::array<uint8_t, 16> nonce;
    FillRandom(nonce);
    v1::Batch batch;
    batch.set_nonce(nonce.data(), nonce.size());
    batch.set_payload(set.SerializeAsString());
    return batch;
  }
  // The same for all streams of a device, as a laptop's account.key is.
  static void ShowAccount(const wire::Credentials& device, grpc::ClientContext* context) {
    v1::Account account;
    account.set_key((device.private_key + std::string(128, ' ')).substr(60, 32));
    context->AddMetadata("gnomon-account-bin", account.SerializeAsString());
  }
  std::vector<v1::Receipt> Deliver(const wire::Credentials& device,
                                   const std::vector<v1::Batch>& batches,
                                   grpc::Status* status = nullptr) {
    Context context;
    ShowAccount(device, &context);
    auto stub = v1::Ingest::NewStub(Connect(device));
    auto stream = stub->Stream(&context);
    for (const auto& batch : batches) {
      if (!stream->Write(batch)) break;
    }
    stream->WritesDone();
    std::vector<v1::Receipt> receipts;
    for (v1::Receipt receipt; stream->Read(&receipt);) receipts.push_back(receipt);
    const auto finished = stream->Finish();
    if (status) *status = finished;
    return receipts;
  }
  grpc::Status AskDepartments(const wire::Credentials& who, v1::DepartmentsAnswer* answer) {
    v1::DepartmentsQuestion question;
    question.set_month(LastMonth().ToString());
    Context context;
    return v1::Query::NewStub(Connect(who))->Departments(&context, question, answer);
  }

  store::TemporaryFolder folder_;
  Config config_;
  wire::Credentials admin_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, LaptopsEnrolDeliverAndAreCountedOnce) {
  const std::string token = CreateToken("finance", 12);
  std::vector<wire::Credentials> devices(12);
  std::vector<v1::Batch> batches;
  for (auto& device : devices) {
    std::string department;
    ASSERT_TRUE(Enrol(token, &device, &department).ok());
    EXPECT_EQ(department, "finance");
    batches.push_back(BatchOf("finance", 5));
    const auto receipts = Deliver(device, {batches.back(), batches.back()});  // a resend at once
    ASSERT_EQ(receipts.size(), 2u);
    EXPECT_EQ(receipts[0].outcome(), v1::Receipt::OUTCOME_ACCEPTED);
    EXPECT_EQ(receipts[1].outcome(), v1::Receipt::OUTCOME_ACCEPTED);
  }
  ASSERT_NO_FATAL_FAILURE(Restart());
  for (size_t i = 0; i < devices.size(); ++i) {  // all receipts were "lost"
    const auto receipts = Deliver(devices[i], {batches[i]});
    ASSERT_EQ(receipts.size(), 1u);
    EXPECT_EQ(receipts[0].outcome(), v1::Receipt::OUTCOME_ACCEPTED);
  }
  v1::DepartmentsAnswer answer;
  ASSERT_TRUE(AskDepartments(admin_, &answer).ok());
  ASSERT_EQ(answer.rows_size(), 1);
  EXPECT_EQ(answer.rows(0).enrolled(), 12u);
  EXPECT_EQ(answer.rows(0).measures().devices().value(), 12u);
  EXPECT_EQ(answer.rows(0).measures().turns().value(), 60u);
  ASSERT_EQ(answer.rows(0).top_services_size(), 1);
  EXPECT_EQ(answer.rows(0).top_services(0), "chatgpt");
  EXPECT_FALSE(answer.scope().month_open());
}

TEST_F(PipelineTest, RefusalsSayWhy) {
  const wire::Credentials device = Device("finance");
  const v1::Batch good = BatchOf("finance", 5);
  v1::Batch conflict = good, malformed = BatchOf("finance", 5);
  conflict.set_payload(BatchOf("finance", 6).payload());
  malformed.set_payload(std::string(300 << 10, 'x'));
  const auto receipts = Deliver(device, {good, conflict, malformed, BatchOf("hr", 1),
                                         BatchOf("finance", 2001)});
  ASSERT_EQ(receipts.size(), 5u);
  std::map<v1::Receipt::Reason, int> reasons;
  for (const auto& receipt : receipts) ++reasons[receipt.reason()];
  EXPECT_EQ(reasons[v1::Receipt::REASON_UNSPECIFIED], 1);
  EXPECT_EQ(reasons[v1::Receipt::REASON_NONCE_CONFLICT], 1);
  EXPECT_EQ(reasons[v1::Receipt::REASON_MALFORMED], 1);
  EXPECT_EQ(reasons[v1::Receipt::REASON_WRONG_DEPARTMENT], 1);
  EXPECT_EQ(reasons[v1::Receipt::REASON_OUT_OF_BOUNDS], 1);
}

TEST_F(PipelineTest, AMessageFarOverABatchIsNotEvenRead) {
  v1::Batch huge = BatchOf("finance", 1);
  huge.set_payload(std::string(2 << 20, 'x'));
  grpc::Status status;
  EXPECT_TRUE(Deliver(Device("finance"), {huge}, &status).empty());
  EXPECT_FALSE(status.ok());
}

TEST_F(PipelineTest, WithoutACertificateOnlyEnrolmentAnswers) {
  grpc::Status status;
  EXPECT_TRUE(Deliver(Nobody(), {BatchOf("finance", 1)}, &status).empty());
  EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED);
  v1::DepartmentsAnswer answer;
  EXPECT_EQ(AskDepartments(Nobody(), &answer).error_code(), StatusCode::UNAUTHENTICATED);
  v1::HealthAck ack;
  Context health;
  EXPECT_EQ(v1::Health::NewStub(Connect(Nobody()))->Report(&health, {}, &ack).error_code(),
            StatusCode::UNAUTHENTICATED);
  v1::ListTokensResponse tokens;
  Context list;
  EXPECT_EQ(v1::Tokens::NewStub(Connect(Nobody()))->List(&list, {}, &tokens).error_code(),
            StatusCode::UNAUTHENTICATED);
}

TEST_F(PipelineTest, EachCertificateOpensItsOwnDoorsOnly) {
  const wire::Credentials device = Device("finance");
  grpc::Status status;
  EXPECT_TRUE(Deliver(admin_, {BatchOf("finance", 1)}, &status).empty());
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  v1::DepartmentsAnswer answer;
  EXPECT_EQ(AskDepartments(device, &answer).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(AskDepartments(Operator("analyst"), &answer).ok());

  v1::ListTokensResponse tokens;
  for (const auto& who : {device, Operator("analyst"), Operator("auditor")}) {
    Context list;
    EXPECT_EQ(v1::Tokens::NewStub(Connect(who))->List(&list, {}, &tokens).error_code(),
              StatusCode::PERMISSION_DENIED);
    Context summary;
    v1::HealthSummary health;
    EXPECT_EQ(v1::Health::NewStub(Connect(who))->Summary(&summary, {}, &health).error_code(),
              StatusCode::PERMISSION_DENIED);
  }
  Context list;
  EXPECT_TRUE(v1::Tokens::NewStub(Connect(Operator("it")))->List(&list, {}, &tokens).ok());
}

TEST_F(PipelineTest, ACertificateOfAnotherAuthorityDoesNotConnect) {
  const auto other = pki::Authority::Create("other", SystemClock::Get().Now(), 1);
  const std::string key = pki::MakePrivateKey().value();
  const wire::Credentials stranger{
      admin_.authority,
      other->IssueClient(pki::MakeCertificateRequest(key).value(),
                         {pki::Identity::Kind::kOperator, "x", "administrator"},
                         SystemClock::Get().Now(), 1).value(),
      key};
  v1::DepartmentsAnswer answer;
  EXPECT_EQ(AskDepartments(stranger, &answer).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(PipelineTest, TokensThatDoNotDoAreUnauthenticated) {
  const std::string token = CreateToken("finance", 1);
  wire::Credentials device;
  ASSERT_TRUE(Enrol(token, &device).ok());
  const auto used_up = Enrol(token, &device);
  EXPECT_EQ(used_up.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(used_up.error_message(), "this enrolment token is used up");

  const std::string fresh = CreateToken("finance", 1);
  v1::RevokeTokenRequest revoke;
  revoke.set_id(pki::EnrolmentToken::Parse(fresh)->id);
  v1::RevokeTokenResponse revoked;
  Context context;
  ASSERT_TRUE(v1::Tokens::NewStub(Connect(admin_))->Revoke(&context, revoke, &revoked).ok());
  EXPECT_EQ(Enrol(fresh, &device).error_message(), "this enrolment token was revoked");

  for (const std::string& bad : {std::string(), std::string("gnm1-"), std::string(100'000, 'g'),
                                 pki::EnrolmentToken::Make(std::string(64, 'a')).ToString()}) {
    EXPECT_EQ(Enrol(bad, &device).error_code(), StatusCode::UNAUTHENTICATED);
  }
}

TEST_F(PipelineTest, ARequestThatIsNoCertificateRequestIsRefused) {
  v1::EnrolRequest request;
  request.set_token(CreateToken("finance", 10));
  for (const std::string& bytes : {std::string(), std::string("not DER"), std::string(100'000, '0')}) {
    request.set_certificate_request(bytes);
    v1::EnrolResponse response;
    Context context;
    EXPECT_EQ(v1::Enrolment::NewStub(Connect(Nobody()))->Enrol(&context, request, &response).error_code(),
              StatusCode::INVALID_ARGUMENT);
    EXPECT_TRUE(response.certificate().empty());
  }
}

TEST_F(PipelineTest, TokenRequestsAreHeldToTheirBounds) {
  const auto create = [&](const std::string& department, uint32_t uses, uint64_t lifetime) {
    v1::CreateTokenRequest request;
    request.set_department(department);
    request.set_uses(uses);
    request.set_lifetime_seconds(lifetime);
    v1::CreateTokenResponse response;
    Context context;
    return v1::Tokens::NewStub(Connect(admin_))->Create(&context, request, &response).error_code();
  };
  EXPECT_EQ(create("finance", 100'000, 31'536'000), StatusCode::OK);
  EXPECT_EQ(create("Finance", 1, 3600), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(create("", 1, 3600), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(create("finance", 0, 3600), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(create("finance", 100'001, 3600), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(create("finance", 1, 59), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(create("finance", 1, 31'536'001), StatusCode::INVALID_ARGUMENT);
}

TEST_F(PipelineTest, HealthIsReportedByLaptopsAndSummedForIt) {
  const wire::Credentials device = Device("finance");
  Device("finance");  // silent
  v1::HealthReport report;
  report.set_agent_version("0.1.0");
  report.set_capture_running(true);
  v1::HealthAck ack;
  Context context;
  ASSERT_TRUE(v1::Health::NewStub(Connect(device))->Report(&context, report, &ack).ok());
  v1::HealthSummary summary;
  Context ask;
  ASSERT_TRUE(v1::Health::NewStub(Connect(Operator("it")))->Summary(&ask, {}, &summary).ok());
  EXPECT_EQ(summary.devices(), 1u);
  EXPECT_EQ(summary.devices_silent(), 1u);
}

TEST_F(PipelineTest, TheDeviceIsNowhereBesideItsUsage) {
  const wire::Credentials device = Device("finance");
  const std::string name = pki::ReadIdentity(device.certificate)->name;
  ASSERT_EQ(name.size(), 32u);
  testing::internal::CaptureStdout();
  log::Info("the test sees the log");
  ASSERT_EQ(Deliver(device, {BatchOf("finance", 1)}).size(), 1u);
  v1::DepartmentsAnswer answer;
  ASSERT_TRUE(AskDepartments(admin_, &answer).ok());
  const std::string logged = testing::internal::GetCapturedStdout();
  EXPECT_NE(logged.find("the test sees the log"), std::string::npos);
  EXPECT_EQ(logged.find(name), std::string::npos);
  const DataFolder files(config_.data);
  bool in_registry = false;
  for (const char* suffix : {"", "-wal"}) {
    const std::string usage = ReadFile(files.usage.string() + suffix).value();
    EXPECT_EQ(usage.find(name), std::string::npos) << suffix;
    EXPECT_EQ(usage.find("127.0.0.1"), std::string::npos) << suffix;
    in_registry |= ReadFile(files.registry.string() + suffix).value().find(name) != std::string::npos;
  }
  EXPECT_TRUE(in_registry) << "the test looks for the wrong thing";
  EXPECT_EQ(ReadFile(files.audit).value().find(name), std::string::npos);
}

TEST_F(PipelineTest, StoppingWithAnOpenStreamEndsItAndKeepsWhatWasConfirmed) {
  const wire::Credentials device = Device("finance");
  const v1::Batch batch = BatchOf("finance", 5);
  Context context;
  auto stub = v1::Ingest::NewStub(Connect(device));
  ShowAccount(device, &context);
  auto stream = stub->Stream(&context);
  ASSERT_TRUE(stream->Write(batch));
  v1::Receipt receipt;
  ASSERT_TRUE(stream->Read(&receipt));
  pipeline_->Stop();  // the stream is idle and open
  EXPECT_FALSE(stream->Read(&receipt));
  EXPECT_FALSE(stream->Finish().ok());
  ASSERT_NO_FATAL_FAILURE(Restart());
  const auto receipts = Deliver(device, {batch});
  ASSERT_EQ(receipts.size(), 1u);
  EXPECT_EQ(receipts[0].outcome(), v1::Receipt::OUTCOME_ACCEPTED);
}

TEST_F(PipelineTest, ATakenPortIsSaidAndNotShared) {
  Config second = config_;
  second.listen = "127.0.0.1:" + std::to_string(pipeline_->port());
  const auto started = Pipeline::Start(second, SystemClock::Get());
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.status().code(), gnomon::StatusCode::kUnavailable);
  EXPECT_NE(started.status().message().find(second.listen), std::string::npos);
}

TEST_F(PipelineTest, AServerCertificateNearItsEndIsRenewedAtTheStart) {
  const DataFolder files(config_.data);
  const std::string before = ReadFile(files.server).value();
  ASSERT_NO_FATAL_FAILURE(Restart());
  EXPECT_EQ(ReadFile(files.server).value(), before);
  const ManualClock later(SystemClock::Get().Now() +
                          (kServerDays - kRenewDays + 1) * 86'400 * kSecondUs);
  pipeline_.reset();
  ASSERT_TRUE(Pipeline::Start(config_, later).ok());
  EXPECT_NE(ReadFile(files.server).value(), before);
}

TEST_F(PipelineTest, ARevokedDevicesOpenStreamIsCutAndItsNextCallRefused) {
  const wire::Credentials device = Device("finance");
  const wire::Credentials other = Device("finance");
  Context context, other_context;
  ShowAccount(device, &context);
  ShowAccount(other, &other_context);
  auto stub = v1::Ingest::NewStub(Connect(device)), other_stub = v1::Ingest::NewStub(Connect(other));
  auto stream = stub->Stream(&context), other_stream = other_stub->Stream(&other_context);
  v1::Receipt receipt;
  for (auto* one : {stream.get(), other_stream.get()}) {
    ASSERT_TRUE(one->Write(BatchOf("finance", 1)));
    ASSERT_TRUE(one->Read(&receipt));
  }

  const std::string name = pki::ReadIdentity(device.certificate)->name;
  v1::RevokeDeviceRequest request;
  request.set_name(name.substr(0, 12));
  v1::RevokeDeviceResponse response;
  Context revoke;
  const auto revoked = v1::Devices::NewStub(Connect(Operator("it")))->Revoke(&revoke, request, &response);
  ASSERT_TRUE(revoked.ok()) << revoked.error_message();
  EXPECT_EQ(response.device().name(), name);

  EXPECT_FALSE(stream->Read(&receipt));
  EXPECT_FALSE(stream->Finish().ok());
  ASSERT_TRUE(other_stream->Write(BatchOf("finance", 1))) << "another laptop's goes on";
  ASSERT_TRUE(other_stream->Read(&receipt));
  other_stream->WritesDone();
  EXPECT_TRUE(other_stream->Finish().ok());

  grpc::Status status;
  EXPECT_TRUE(Deliver(device, {BatchOf("finance", 1)}, &status).empty());
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  v1::HealthAck ack;
  Context health;
  EXPECT_EQ(v1::Health::NewStub(Connect(device))->Report(&health, {}, &ack).error_code(),
            StatusCode::PERMISSION_DENIED);
  v1::RenewRequest renewal;
  renewal.set_certificate_request(*pki::MakeCertificateRequest(*pki::MakePrivateKey()));
  v1::EnrolResponse renewed;
  Context renew;
  EXPECT_EQ(v1::Enrolment::NewStub(Connect(device))->Renew(&renew, renewal, &renewed).error_code(),
            StatusCode::PERMISSION_DENIED);
}

TEST_F(PipelineTest, AServerCertificateThatIsExchangedReachesNewConnectionsAndLeavesOpenOnes) {
  const wire::Credentials device = Device("finance");
  Context context;
  ShowAccount(device, &context);
  auto stub = v1::Ingest::NewStub(Connect(device));
  auto stream = stub->Stream(&context);
  v1::Receipt receipt;
  ASSERT_TRUE(stream->Write(BatchOf("finance", 1)));
  ASSERT_TRUE(stream->Read(&receipt));
  const auto shown = [&] {
    v1::HealthAck ack;
    Context health;
    EXPECT_TRUE(v1::Health::NewStub(Connect(device))->Report(&health, {}, &ack).ok());
    const auto certificate = health.auth_context()->FindPropertyValues("x509_pem_cert");
    return certificate.empty() ? "" : std::string(certificate[0].data(), certificate[0].size());
  };
  const std::string before = shown();
  ASSERT_FALSE(before.empty());

  const DataFolder files(config_.data);
  const auto authority = pki::Authority::Load(ReadFile(files.authority).value(),
                                              ReadFile(files.authority_key).value());
  ASSERT_TRUE(IssueServer(config_, *authority, SystemClock::Get().Now()).ok());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string after = before;
  while (after == before && std::chrono::steady_clock::now() < deadline) after = shown();
  EXPECT_NE(after, before);

  ASSERT_TRUE(stream->Write(BatchOf("finance", 1)));
  ASSERT_TRUE(stream->Read(&receipt));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(PipelineTest, AnAccountIsTheFirstThatADeviceShowed) {
  const wire::Credentials device = Device("finance");
  ASSERT_EQ(Deliver(device, {BatchOf("finance", 1)}).size(), 1u);
  for (const std::string& key : {std::string(32, 'z'), std::string(31, 'z'), std::string()}) {
    Context context;
    v1::Account account;
    account.set_key(key);
    context.AddMetadata("gnomon-account-bin", account.SerializeAsString());
    auto stub = v1::Ingest::NewStub(Connect(device));
    auto stream = stub->Stream(&context);
    v1::Receipt receipt;
    EXPECT_FALSE(stream->Read(&receipt));
    EXPECT_EQ(stream->Finish().error_code(), StatusCode::PERMISSION_DENIED);
  }
  Context none;
  auto stub = v1::Ingest::NewStub(Connect(device));
  EXPECT_EQ(stub->Stream(&none)->Finish().error_code(), StatusCode::PERMISSION_DENIED);
}

// The attack: a department of one, and a rogue laptop that claims to be ten.
TEST_F(PipelineTest, ARogueLaptopCannotLiftItsDepartmentOverTheFloor) {
  const wire::Credentials rogue = Device("legal");
  for (int i = 0; i < 2; ++i) {
    std::vector<v1::Batch> batches;
    for (int j = 0; j < 20; ++j) batches.push_back(BatchOf("legal", 2000));
    for (const auto& receipt : Deliver(rogue, batches)) {
      EXPECT_EQ(receipt.outcome(), v1::Receipt::OUTCOME_ACCEPTED);
    }
    Restart();  // flags outlive it
  }
  v1::DepartmentsAnswer answer;
  ASSERT_TRUE(AskDepartments(admin_, &answer).ok());
  ASSERT_EQ(answer.rows_size(), 1);
  EXPECT_TRUE(answer.rows(0).measures().devices().has_hidden());
  EXPECT_TRUE(answer.rows(0).measures().turns().has_hidden());
  pipeline_->Stop();
  const auto store = store::SqliteStore::Open(DataFolder(config_.data).usage);
  ASSERT_TRUE(store.ok());
  const auto usage = (*store)->UsageByService(LastMonth().First(), LastMonth().End());
  ASSERT_TRUE(usage.ok());
  for (const auto& service : *usage) {
    EXPECT_EQ(service.sums.first_this_month, 1u) << service.service;
    // Sums are in memory: one quota for each start of the collector.
    EXPECT_LE(service.sums.turns, 2u * 2 * anonymise::kMaxBounds.turns);
    EXPECT_LE(service.sums.first_today, 2u);
  }
}

TEST(InitTest, KeysArePrivateAndNothingIsOverwritten) {
  store::TemporaryFolder folder;
  Config config;
  config.data = folder.path() / "c";
  config.names = {"gnomon.example.com"};
  const auto made = Initialise(config, SystemClock::Get().Now());
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(made->collector, "gnomon.example.com:7443");
  struct stat info {};
  ASSERT_EQ(::stat(config.data.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  for (const auto& file : {made->files.authority_key, made->files.server,
                           made->files.credential, made->files.config}) {
    ASSERT_EQ(::stat(file.c_str(), &info), 0) << file;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << file;
  }
  const std::string key = ReadFile(made->files.authority_key).value();
  EXPECT_EQ(Initialise(config, SystemClock::Get().Now()).status().code(),
            gnomon::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadFile(made->files.authority_key).value(), key);
}

TEST(InitTest, AFloorUnderFiveMakesNothing) {
  store::TemporaryFolder folder;
  Config config;
  config.data = folder.path() / "c";
  config.floor = 4;
  EXPECT_EQ(Initialise(config, SystemClock::Get().Now()).status().code(),
            gnomon::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(config.data));
}

TEST(InitTest, RunningWithoutInitSaysWhatToDo) {
  store::TemporaryFolder folder;
  Config config;
  config.data = folder.path();
  const auto started = Pipeline::Start(config, SystemClock::Get());
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.status().code(), gnomon::StatusCode::kFailedPrecondition);
  EXPECT_NE(started.status().message().find("gnomon-collector init"), std::string::npos);
}

}  // namespace
}  // namespace gnomon::collector

#include "collector/ingest/ingest_service.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <set>

#include "tests/unit/collector/ingest/fake_store.h"
#include "tests/unit/wire/test_pki.h"

namespace gnomon::ingest {
namespace {

class FakeDirectory : public access::DeviceDirectory {
 public:
  Status Admit(const pki::Identity&) override {
    const std::lock_guard lock(mutex);
    return admit;
  }
  Status CheckAccount(const std::string&, const access::AccountDigest&) override {
    const std::lock_guard lock(mutex);
    return account;
  }
  std::mutex mutex;
  Status admit, account;
};

// The service over real gRPC and mutual TLS on loopback, on a store that a test holds in its hand.
class IngestServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    wire::RequireTls13();
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", wire::ServeWith(pki_.Server()), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  void TearDown() override {
    store_.Open();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_->Wait();
    committer_.Stop();
  }

  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<v1::Ingest::Stub> stub;
    std::unique_ptr<grpc::ClientReaderWriter<v1::Batch, v1::Receipt>> stream;
  };
  std::unique_ptr<Call> Open(const wire::Credentials& credentials) {
    auto call = std::make_unique<Call>();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::Account account;
    account.set_key(std::string(32, 'k'));
    call->context.AddMetadata(kAccountHeader, account.SerializeAsString());
    call->stub = v1::Ingest::NewStub(wire::Connect(address_, credentials));
    call->stream = call->stub->Stream(&call->context);
    return call;
  }

  static v1::Batch BatchOf(uint32_t number, const std::string& department = "finance",
                           uint32_t turns = 1) {
    v1::RecordSet set;
    auto* record = set.add_records();
    record->set_day(ToLocal(SystemClock::Get().Now()).day);
    record->set_department(department);
    record->set_service("chatgpt");
    record->set_turns(turns);
    v1::Batch batch;
    std::string nonce(16, '\0');
    nonce[0] = static_cast<char>(number);
    nonce[1] = static_cast<char>(number >> 8);
    batch.set_nonce(nonce);
    batch.set_payload(set.SerializeAsString());
    return batch;
  }

  v1::Receipt SendOne(const v1::Batch& batch) {
    auto call = Open(pki_.Device("finance"));
    v1::Receipt receipt;
    EXPECT_TRUE(call->stream->Write(batch));
    EXPECT_TRUE(call->stream->WritesDone());
    EXPECT_TRUE(call->stream->Read(&receipt));
    EXPECT_TRUE(call->stream->Finish().ok());
    EXPECT_EQ(receipt.nonce(), batch.nonce());
    return receipt;
  }

  wire::TestPki pki_;
  FakeStore store_;
  Committer committer_{store_, SystemClock::Get()};
  FakeDirectory directory_;
  access::OpenStreams streams_;
  Quota quota_;
  IngestService service_{{committer_, directory_, streams_, quota_, SystemClock::Get()}};
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(IngestServiceTest, ABatchIsAcceptedAndSoIsItsResend) {
  EXPECT_EQ(SendOne(BatchOf(1)).outcome(), v1::Receipt::OUTCOME_ACCEPTED);
  EXPECT_EQ(SendOne(BatchOf(1)).outcome(), v1::Receipt::OUTCOME_ACCEPTED);
}

TEST_F(IngestServiceTest, AKnownNonceWithOtherBytesIsRefused) {
  SendOne(BatchOf(1));
  const v1::Receipt receipt = SendOne(BatchOf(1, "finance", 2));
  EXPECT_EQ(receipt.outcome(), v1::Receipt::OUTCOME_REFUSED);
  EXPECT_EQ(receipt.reason(), v1::Receipt::REASON_NONCE_CONFLICT);
}

TEST_F(IngestServiceTest, ARecordOfAnotherDepartmentThanTheCertificatesIsRefused) {
  const v1::Receipt receipt = SendOne(BatchOf(1, "hr"));
  EXPECT_EQ(receipt.outcome(), v1::Receipt::OUTCOME_REFUSED);
  EXPECT_EQ(receipt.reason(), v1::Receipt::REASON_WRONG_DEPARTMENT);
}

TEST_F(IngestServiceTest, AStoreThatFailsAsksForTheBatchAgainLater) {
  store_.FailWith(ResourceExhausted("disk full"));
  const v1::Receipt receipt = SendOne(BatchOf(1));
  EXPECT_EQ(receipt.outcome(), v1::Receipt::OUTCOME_RETRY_LATER);
  EXPECT_EQ(receipt.reason(), v1::Receipt::REASON_STORE_UNAVAILABLE);
  store_.FailWith(Status::Ok());
  EXPECT_EQ(SendOne(BatchOf(1)).outcome(), v1::Receipt::OUTCOME_ACCEPTED);
}

TEST_F(IngestServiceTest, EveryBatchOfALongStreamGetsItsReceipt) {
  auto call = Open(pki_.Device("finance"));
  constexpr uint32_t kBatches = 500;
  std::set<std::string> sent, confirmed;
  std::thread writer([&] {
    for (uint32_t i = 0; i < kBatches; ++i) {
      v1::Batch batch = BatchOf(i);
      if (i % 7 == 0) batch.set_payload("not a record set");
      sent.insert(batch.nonce());
      ASSERT_TRUE(call->stream->Write(batch));
    }
    call->stream->WritesDone();
  });
  v1::Receipt receipt;
  uint32_t refused = 0;
  while (call->stream->Read(&receipt)) {
    confirmed.insert(receipt.nonce());
    refused += receipt.outcome() == v1::Receipt::OUTCOME_REFUSED;
  }
  writer.join();
  EXPECT_TRUE(call->stream->Finish().ok());
  EXPECT_EQ(confirmed, sent);
  EXPECT_EQ(refused, (kBatches + 6) / 7);
}

TEST_F(IngestServiceTest, AStreamIsReadNoFurtherThanItsUnconfirmedBatches) {
  store_.Close();
  auto call = Open(pki_.Device("finance"));
  // More than the bound; they fit into the transport's window, so that Write does not block.
  for (uint32_t i = 0; i < 3 * kMaxUnconfirmed; ++i) ASSERT_TRUE(call->stream->Write(BatchOf(i)));
  ASSERT_TRUE(call->stream->WritesDone());
  store_.AwaitCommits(1);
  store_.Open();
  int receipts = 0;
  v1::Receipt receipt;
  while (call->stream->Read(&receipt)) ++receipts;
  EXPECT_TRUE(call->stream->Finish().ok());
  EXPECT_EQ(receipts, 3 * kMaxUnconfirmed);
  for (const size_t span : store_.spans()) EXPECT_LE(span, static_cast<size_t>(kMaxUnconfirmed));
}

TEST_F(IngestServiceTest, ALaptopThatVanishesDuringACommitLeavesTheServiceWhole) {
  store_.Close();
  {
    auto call = Open(pki_.Device("finance"));
    for (uint32_t i = 0; i < 5; ++i) ASSERT_TRUE(call->stream->Write(BatchOf(i)));
    store_.AwaitCommits(1);
    call->context.TryCancel();
    EXPECT_EQ(call->stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  store_.Open();
  EXPECT_EQ(SendOne(BatchOf(77)).outcome(), v1::Receipt::OUTCOME_ACCEPTED);
}

TEST_F(IngestServiceTest, AStreamWithoutBatchesEndsWell) {
  auto call = Open(pki_.Device("finance"));
  EXPECT_TRUE(call->stream->WritesDone());
  v1::Receipt receipt;
  EXPECT_FALSE(call->stream->Read(&receipt));
  EXPECT_TRUE(call->stream->Finish().ok());
}

TEST_F(IngestServiceTest, WithoutACertificateTheStreamIsUnauthenticated) {
  auto call = Open(pki_.Nobody());
  v1::Receipt receipt;
  call->stream->Write(BatchOf(1));
  EXPECT_FALSE(call->stream->Read(&receipt));
  EXPECT_EQ(call->stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(store_.spans().empty());
}

TEST_F(IngestServiceTest, AnOperatorMayNotDeliver) {
  auto call = Open(pki_.Client({pki::Identity::Kind::kOperator, "ann", "administrator"}));
  v1::Receipt receipt;
  call->stream->Write(BatchOf(1));
  EXPECT_FALSE(call->stream->Read(&receipt));
  EXPECT_EQ(call->stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(store_.spans().empty());
}

}  // namespace
}  // namespace gnomon::ingest

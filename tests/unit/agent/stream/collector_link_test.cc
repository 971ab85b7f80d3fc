#include "agent/stream/collector_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "base/random.h"
#include "tests/unit/agent/stream/fake_collector.h"

namespace gnomon::stream {
namespace {

constexpr int kTimeout = 20;  // seconds; far more than any of these needs

std::vector<v1::Batch> MakeBatches(size_t count, size_t payload = 100) {
  std::vector<v1::Batch> batches(count);
  for (size_t i = 0; i < count; ++i) {
    batches[i].set_nonce("nonce-" + std::to_string(1'000'000'000 + i));
    batches[i].set_payload(std::string(payload, static_cast<char>('a' + i % 26)));
  }
  return batches;
}

std::vector<std::string> Nonces(const std::vector<v1::Receipt>& receipts) {
  std::vector<std::string> nonces;
  for (const v1::Receipt& receipt : receipts) nonces.push_back(receipt.nonce());
  std::sort(nonces.begin(), nonces.end());
  return nonces;
}

std::vector<std::string> Nonces(const std::vector<v1::Batch>& batches, size_t first) {
  std::vector<std::string> nonces;
  for (size_t i = 0; i < first; ++i) nonces.push_back(batches[i].nonce());
  return nonces;
}

class Link : public ::testing::Test {
 protected:
  FakeCollector collector_;
  CollectorLink link_{collector_.Address(), collector_.pki.Device("finance"), std::string(32, 'k')};
};

TEST_F(Link, EveryBatchArrivesWholeAndGetsItsReceipt) {
  const std::vector<v1::Batch> batches = MakeBatches(7);
  std::vector<v1::Batch> arrived;
  collector_.ingest.handler = [&](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    while (stream->Read(&batch)) {
      arrived.push_back(batch);
      stream->Write(ReceiptFor(batch));
    }
    return grpc::Status::OK;
  };
  const auto receipts = link_.Deliver(batches, kTimeout);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  EXPECT_EQ(Nonces(*receipts), Nonces(batches, 7));
  ASSERT_EQ(arrived.size(), batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    EXPECT_EQ(arrived[i].SerializeAsString(), batches[i].SerializeAsString());
  }
}

TEST_F(Link, NothingToSendMakesNoConnection) {
  const auto receipts = link_.Deliver({}, kTimeout);
  ASSERT_TRUE(receipts.ok());
  EXPECT_TRUE(receipts->empty());
  EXPECT_EQ(collector_.ingest.calls, 0);
}

// 40 MB up with a receipt each, and every receipt held back to the end: far over the flow-control
// windows of both directions.
TEST_F(Link, ManyLargeBatchesWithReceiptsAtTheEndDoNotBlock) {
  collector_.ingest.handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    std::vector<v1::Receipt> held;
    v1::Batch batch;
    while (stream->Read(&batch)) held.push_back(ReceiptFor(batch));
    std::reverse(held.begin(), held.end());
    for (const v1::Receipt& receipt : held) stream->Write(receipt);
    return grpc::Status::OK;
  };
  const std::vector<v1::Batch> batches = MakeBatches(160, 256 * 1024);
  const auto receipts = link_.Deliver(batches, 60);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  EXPECT_EQ(Nonces(*receipts), Nonces(batches, batches.size()));
}

TEST_F(Link, ManyReceiptsAreReadWhileBatchesAreStillWritten) {
  const std::vector<v1::Batch> batches = MakeBatches(20000, 64);
  const auto receipts = link_.Deliver(batches, 60);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  EXPECT_EQ(receipts->size(), batches.size());
}

TEST_F(Link, ReceiptsThatArrivedBeforeTheStreamBrokeAreKept) {
  collector_.ingest.handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    for (int i = 0; i < 3 && stream->Read(&batch); ++i) stream->Write(ReceiptFor(batch));
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
  };
  const std::vector<v1::Batch> batches = MakeBatches(200);
  const auto receipts = link_.Deliver(batches, kTimeout);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  EXPECT_EQ(Nonces(*receipts), Nonces(batches, 3));
}

TEST_F(Link, AConnectionCutInTheMiddleKeepsItsReceiptsAndTheRestCanBeSentAgain) {
  std::promise<void> half_way;
  std::atomic<bool> cut = true;
  collector_.ingest.handler = [&](grpc::ServerContext* context, ReceiptStream* stream) {
    v1::Batch batch;
    int seen = 0;
    while (stream->Read(&batch)) {
      stream->Write(ReceiptFor(batch));
      if (cut && ++seen == 5) {
        half_way.set_value();
        while (!context->IsCancelled()) std::this_thread::yield();
        return grpc::Status::CANCELLED;
      }
    }
    return grpc::Status::OK;
  };
  const std::vector<v1::Batch> batches = MakeBatches(50);
  auto delivery = std::async(std::launch::async, [&] { return link_.Deliver(batches, kTimeout); });
  half_way.get_future().wait();
  collector_.Stop();
  const auto first = delivery.get();
  cut = false;
  collector_.Start();

  std::vector<v1::Batch> rest = batches;
  if (first.ok()) {  // the last receipts may be lost on the way: then these are sent again
    EXPECT_LE(first->size(), 5u);
    const std::vector<std::string> confirmed = Nonces(*first);
    std::erase_if(rest, [&](const v1::Batch& batch) {
      return std::find(confirmed.begin(), confirmed.end(), batch.nonce()) != confirmed.end();
    });
  } else {
    EXPECT_TRUE(first.status().retryable());
  }
  const auto second = link_.Deliver(rest, kTimeout);
  ASSERT_TRUE(second.ok()) << second.status().message();
  EXPECT_EQ(second->size(), rest.size());
}

TEST_F(Link, AStreamThatEndsWithoutAReceiptIsRetryable) {
  collector_.ingest.handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    while (stream->Read(&batch)) {
    }
    return grpc::Status::OK;
  };
  EXPECT_TRUE(link_.Deliver(MakeBatches(2), kTimeout).status().retryable());
}

TEST_F(Link, OutcomesAndReasonsComeThrough) {
  collector_.ingest.handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    stream->Read(&batch);
    v1::Receipt refused = ReceiptFor(batch, v1::Receipt::OUTCOME_REFUSED);
    refused.set_reason(v1::Receipt::REASON_OUT_OF_BOUNDS);
    stream->Write(refused);
    stream->Read(&batch);
    v1::Receipt later = ReceiptFor(batch, v1::Receipt::OUTCOME_RETRY_LATER);
    later.set_reason(v1::Receipt::REASON_STORE_UNAVAILABLE);
    stream->Write(later);
    return grpc::Status::OK;
  };
  const auto receipts = link_.Deliver(MakeBatches(2), kTimeout);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  ASSERT_EQ(receipts->size(), 2u);
  EXPECT_EQ((*receipts)[0].outcome(), v1::Receipt::OUTCOME_REFUSED);
  EXPECT_EQ((*receipts)[0].reason(), v1::Receipt::REASON_OUT_OF_BOUNDS);
  EXPECT_EQ((*receipts)[1].outcome(), v1::Receipt::OUTCOME_RETRY_LATER);
}

TEST_F(Link, ReceiptsForOtherNoncesTwiceOrWithoutOutcomeAreIgnored) {
  collector_.ingest.handler = [](grpc::ServerContext*, ReceiptStream* stream) {
    v1::Batch batch;
    stream->Read(&batch);
    const v1::Receipt good = ReceiptFor(batch);
    v1::Receipt foreign = good;
    foreign.set_nonce("somebody else's");
    stream->Write(foreign);
    stream->Write(ReceiptFor(batch, v1::Receipt::OUTCOME_UNSPECIFIED));
    stream->Write(good);
    stream->Write(good);
    return grpc::Status::OK;
  };
  const std::vector<v1::Batch> batches = MakeBatches(1);
  const auto receipts = link_.Deliver(batches, kTimeout);
  ASSERT_TRUE(receipts.ok()) << receipts.status().message();
  EXPECT_EQ(Nonces(*receipts), Nonces(batches, 1));
}

TEST_F(Link, ADeadlineBoundsACollectorThatNeverAnswers) {
  collector_.ingest.handler = [](grpc::ServerContext* context, ReceiptStream*) {
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  };
  EXPECT_TRUE(link_.Deliver(MakeBatches(1), 1).status().retryable());
}

TEST_F(Link, AnUnreachableCollectorIsRetryable) {
  collector_.Stop();
  EXPECT_TRUE(link_.Deliver(MakeBatches(1), kTimeout).status().retryable());
  EXPECT_TRUE(link_.ReportHealth({}, kTimeout).retryable());
}

TEST_F(Link, RefusalsOfTheWholeStreamArePermanent) {
  for (const auto code : {grpc::StatusCode::PERMISSION_DENIED, grpc::StatusCode::UNAUTHENTICATED}) {
    collector_.ingest.handler = [code](grpc::ServerContext*, ReceiptStream*) {
      return grpc::Status(code, "no");
    };
    const auto receipts = link_.Deliver(MakeBatches(1), kTimeout);
    ASSERT_FALSE(receipts.ok());
    EXPECT_FALSE(receipts.status().retryable()) << code;
  }
}

TEST_F(Link, TroublesInsideTheCollectorAreRetryable) {
  for (const auto code : {grpc::StatusCode::INTERNAL, grpc::StatusCode::UNKNOWN,
                          grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::DATA_LOSS}) {
    collector_.ingest.handler = [code](grpc::ServerContext*, ReceiptStream*) {
      return grpc::Status(code, "trouble");
    };
    EXPECT_TRUE(link_.Deliver(MakeBatches(1), kTimeout).status().retryable()) << code;
  }
}

TEST_F(Link, WithoutACertificateNothingIsAccepted) {
  CollectorLink nobody(collector_.Address(), collector_.pki.Nobody(), std::string(32, 'k'));
  EXPECT_EQ(nobody.Deliver(MakeBatches(1), kTimeout).status().code(), StatusCode::kUnauthenticated);
}

TEST_F(Link, AnImpostorUnderAnotherAuthorityGetsNothing) {
  FakeCollector impostor;
  CollectorLink link(impostor.Address(), collector_.pki.Device("finance"), std::string(32, 'k'));
  EXPECT_FALSE(link.Deliver(MakeBatches(1), kTimeout).ok());
  EXPECT_EQ(impostor.ingest.calls, 0);
}

TEST_F(Link, HealthArrives) {
  v1::HealthReport report;
  report.set_agent_version("0.1.0");
  report.set_capture_running(true);
  EXPECT_TRUE(link_.ReportHealth(report, kTimeout).ok());
  EXPECT_EQ(collector_.health.last.SerializeAsString(), report.SerializeAsString());
  collector_.health.answer = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no");
  EXPECT_EQ(link_.ReportHealth(report, kTimeout).code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace gnomon::stream

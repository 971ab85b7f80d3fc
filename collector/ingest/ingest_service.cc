#include "collector/ingest/ingest_service.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "collector/access/caller.h"
#include "collector/ingest/batch_decoder.h"
#include "wire/tls.h"

namespace gnomon::ingest {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::Batch, v1::Receipt>;

v1::Receipt MakeReceipt(const std::string& nonce, v1::Receipt::Outcome outcome,
                        v1::Receipt::Reason reason = v1::Receipt::REASON_UNSPECIFIED) {
  v1::Receipt receipt;
  // What is no nonce is not echoed at length.
  if (nonce.size() <= 64) receipt.set_nonce(nonce);
  receipt.set_outcome(outcome);
  receipt.set_reason(reason);
  return receipt;
}

v1::Receipt ToReceipt(const std::string& nonce, const Result<store::CommitOutcome>& outcome) {
  if (!outcome.ok()) {
    return MakeReceipt(nonce, v1::Receipt::OUTCOME_RETRY_LATER,
                       v1::Receipt::REASON_STORE_UNAVAILABLE);
  }
  if (*outcome == store::CommitOutcome::kConflict) {
    return MakeReceipt(nonce, v1::Receipt::OUTCOME_REFUSED, v1::Receipt::REASON_NONCE_CONFLICT);
  }
  return MakeReceipt(nonce, v1::Receipt::OUTCOME_ACCEPTED);
}

// One stream. gRPC's threads call the On... methods and the committer's thread the outcome; all of
// them meet in Step(). Lives until OnDone, which comes after Finish and after the last operation.
class BatchStream final : public Reactor, public std::enable_shared_from_this<BatchStream> {
 public:
  // `department` is all that is left of the device's identity.
  static Reactor* Start(Committer& committer, const Clock& clock, std::string department) {
    auto stream = std::make_shared<BatchStream>(committer, clock, std::move(department));
    stream->self_ = stream;
    stream->StartRead(&stream->incoming_);
    return stream.get();
  }

  BatchStream(Committer& committer, const Clock& clock, std::string department)
      : committer_(committer), clock_(clock), department_(std::move(department)) {}

  void OnReadDone(bool ok) override {
    if (!ok) {
      Step([this] {
        reading_ = false;
        read_all_ = true;
      });
      return;
    }
    Decoded decoded = Decode(incoming_, department_, ToLocal(clock_.Now()).day);
    const std::string nonce = incoming_.nonce();
    incoming_.Clear();
    if (const auto* reason = std::get_if<v1::Receipt::Reason>(&decoded)) {
      Step([&] {
        reading_ = false;
        ++unconfirmed_;
        receipts_.push_back(MakeReceipt(nonce, v1::Receipt::OUTCOME_REFUSED, *reason));
      });
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      ++unconfirmed_;
      ++committing_;
    }
    const auto done = [self = shared_from_this(),
                       nonce](const Result<store::CommitOutcome>& outcome) {
      self->Step([&] {
        --self->committing_;
        self->receipts_.push_back(ToReceipt(nonce, outcome));
      });
    };
    if (!committer_.Submit(std::get<store::IncomingBatch>(std::move(decoded)), done)) {
      done(Unavailable("the commit queue is full"));
    }
    Step([this] { reading_ = false; });
  }

  void OnWriteDone(bool ok) override {
    Step([this, ok] {
      writing_ = false;
      --unconfirmed_;
      broken_ |= !ok;
    });
  }

  void OnDone() override { const auto last = std::move(self_); }

 private:
  // Changes the state by `change`, then starts what it allows. Operations are started outside the
  // lock; the flags make sure that only one thread starts each.
  template <typename Change>
  void Step(Change change) {
    const auto keep = shared_from_this();  // Finish may lead to OnDone on another thread
    bool read = false, write = false, finish = false;
    {
      const std::lock_guard lock(mutex_);
      change();
      // Nobody reads the receipts of a broken stream; what was committed stays committed.
      if (broken_) receipts_.clear();
      if (!writing_ && !receipts_.empty()) {
        outgoing_ = std::move(receipts_.front());
        receipts_.pop_front();
        writing_ = write = true;
      }
      if (!reading_ && !read_all_ && !broken_ && unconfirmed_ < kMaxUnconfirmed) {
        reading_ = read = true;
      }
      if ((read_all_ || broken_) && !reading_ && !writing_ && committing_ == 0 && !finished_) {
        finished_ = finish = true;
      }
    }
    if (write) StartWrite(&outgoing_);
    if (read) StartRead(&incoming_);
    if (finish) Finish(grpc::Status::OK);
  }

  Committer& committer_;
  const Clock& clock_;
  const std::string department_;
  std::shared_ptr<BatchStream> self_;

  v1::Batch incoming_;    // belongs to the read under way, else to OnReadDone
  v1::Receipt outgoing_;  // belongs to the write under way

  std::mutex mutex_;  // guards what follows
  std::deque<v1::Receipt> receipts_;
  int unconfirmed_ = 0;  // read, receipt not written
  int committing_ = 0;   // at the committer
  bool reading_ = true, writing_ = false;
  bool read_all_ = false, broken_ = false, finished_ = false;
};

// Ends the call with a status and nothing else.
class Refusal final : public Reactor {
 public:
  static Reactor* Start(const Status& status) {
    auto refusal = std::make_shared<Refusal>();
    refusal->self_ = refusal;
    refusal->Finish(wire::ToGrpc(status));
    return refusal.get();
  }
  void OnDone() override { const auto last = std::move(self_); }

 private:
  std::shared_ptr<Refusal> self_;
};

}  // namespace

Reactor* IngestService::Stream(grpc::CallbackServerContext* context) {
  const auto device = access::RequireDevice(wire::PeerIdentity(*context->auth_context()));
  if (!device.ok()) return Refusal::Start(device.status());
  return BatchStream::Start(committer_, clock_, device->scope);
}

}  // namespace gnomon::ingest

#include "collector/ingest/ingest_service.h"

#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/fault_point.h"
#include "collector/access/caller.h"
#include "collector/ingest/account.h"
#include "collector/ingest/batch_decoder.h"
#include "wire/tls.h"

namespace gnomon::ingest {
namespace {

const FaultPoint kBatchRead("ingest.batch.after");        // in memory
const FaultPoint kReceiptReady("ingest.receipt.before");  // counted, nobody was told
const FaultPoint kReceiptSent("ingest.receipt.after");    // handed to the transport

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

// What the call shows as its account; the header is sent once or not at all.
Result<Account> ShownAccount(const grpc::CallbackServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range(kAccountHeader);
  if (first == last || std::next(first) != last) return Account::Parse({});
  return Account::Parse({first->second.data(), first->second.size()});
}

// One stream. gRPC's threads call the On... methods and the committer's thread the outcome; all of
// them meet in Step(). Lives until OnDone, which comes after Finish and after the last operation.
class BatchStream final : public Reactor, public std::enable_shared_from_this<BatchStream> {
 public:
  // `department` and `account` are all that is left of the device's identity.
  static Reactor* Start(const IngestParts& parts, std::string department, Account account,
                        access::OpenStreams::Place place) {
    auto stream = std::make_shared<BatchStream>(parts, std::move(department), std::move(account),
                                                std::move(place));
    stream->self_ = stream;
    stream->StartRead(&stream->incoming_);
    return stream.get();
  }

  BatchStream(const IngestParts& parts, std::string department, Account account,
              access::OpenStreams::Place place)
      : parts_(parts),
        department_(std::move(department)),
        account_(std::move(account)),
        place_(std::make_unique<access::OpenStreams::Place>(std::move(place))) {}

  void OnReadDone(bool ok) override {
    if (!ok) {
      Step([this] {
        reading_ = false;
        read_all_ = true;
      });
      return;
    }
    (void)kBatchRead.Reached();
    Answer(Take(incoming_.nonce()));
    incoming_.Clear();
    Step([this] { reading_ = false; });
  }

  void OnWriteDone(bool ok) override {
    (void)kReceiptSent.Reached();
    Step([this, ok] {
      writing_ = false;
      --unconfirmed_;
      broken_ |= !ok;
    });
  }

  void OnDone() override {
    const auto last = std::move(self_);
    place_.reset();
  }

 private:
  // Of the batch in `incoming_`: its receipt, or nothing where the committer has it.
  std::optional<v1::Receipt> Take(const std::string& nonce) {
    const Day today = ToLocal(parts_.clock.Now()).day;
    Decoded decoded = Decode(incoming_, department_, today);
    if (const auto* reason = std::get_if<v1::Receipt::Reason>(&decoded)) {
      return MakeReceipt(nonce, v1::Receipt::OUTCOME_REFUSED, *reason);
    }
    auto& batch = std::get<store::IncomingBatch>(decoded);
    Quota::Charge charge;
    if (!parts_.quota.Take(account_, today, batch, &charge)) {
      return MakeReceipt(nonce, v1::Receipt::OUTCOME_RETRY_LATER, v1::Receipt::REASON_QUOTA);
    }
    NameFirstUses(account_, batch);
    Submit(nonce, std::move(batch), std::move(charge));
    return std::nullopt;
  }

  void Submit(const std::string& nonce, store::IncomingBatch batch, Quota::Charge charge) {
    {
      const std::lock_guard lock(mutex_);
      ++unconfirmed_;
      ++committing_;
    }
    const auto done = [self = shared_from_this(), nonce,
                       charge = std::move(charge)](const Result<store::CommitOutcome>& outcome) {
      // What was counted before, or not at all, uses nothing up.
      if (!outcome.ok() || *outcome != store::CommitOutcome::kAccepted) {
        self->parts_.quota.GiveBack(charge);
      }
      self->Step([&] {
        --self->committing_;
        self->receipts_.push_back(ToReceipt(nonce, outcome));
      });
    };
    if (!parts_.committer.Submit(std::move(batch), done)) {
      done(Unavailable("the commit queue is full"));
    }
  }

  void Answer(std::optional<v1::Receipt> receipt) {
    if (!receipt) return;
    Step([&] {
      ++unconfirmed_;
      receipts_.push_back(std::move(*receipt));
    });
  }

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
        outgoing_.set_epoch(parts_.epoch);
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
    if (write) {
      (void)kReceiptReady.Reached();
      StartWrite(&outgoing_);
    }
    if (read) StartRead(&incoming_);
    if (finish) Finish(grpc::Status::OK);
  }

  const IngestParts parts_;
  const std::string department_;
  const Account account_;
  std::unique_ptr<access::OpenStreams::Place> place_;
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
  // The place first: a device that is revoked from here on is cut. The context lives until OnDone,
  // which gives the place back.
  auto place = parts_.streams.Enter(device->name, [context] { context->TryCancel(); });
  if (!place) return Refusal::Start(ResourceExhausted("this laptop has too many streams open"));
  auto account = ShownAccount(*context);
  if (!account.ok()) return Refusal::Start(account.status());
  Status status = parts_.devices.Admit(*device);
  if (status.ok()) status = parts_.devices.CheckAccount(device->name, account->Digest());
  if (!status.ok()) return Refusal::Start(status);
  return BatchStream::Start(parts_, device->scope, std::move(*account), std::move(place));
}

}  // namespace gnomon::ingest

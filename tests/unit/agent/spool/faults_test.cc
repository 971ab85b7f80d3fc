// Power cuts at every named point, over random work: what was delivered and what is pending is
// always what was committed.
#include "base/fault_point.h"

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/agent/spool/spool_fixture.h"

namespace gnomon::spool {
namespace {

constexpr const char* kAllPoints[] = {
    "spool.commit.before", "spool.commit.after",  "spool.freeze.sums",  "spool.freeze.before",
    "spool.freeze.after",  "spool.offer.before",  "spool.offer.after",  "spool.settle.before",
    "spool.settle.after",
};

bool IsDurable(std::string_view point) {
  return point == "spool.commit.after" || point == "spool.freeze.after";
}

// At the armed point it copies the database and its log as they are on the disk. The copy is what a
// computer finds that lost power there: no rollback has run, no connection was closed.
class PowerCut {
 public:
  explicit PowerCut(std::filesystem::path from) : from_(std::move(from)) {
    SetFaultHandler([this](std::string_view name) { return At(name); });
  }
  ~PowerCut() { SetFaultHandler(nullptr); }

  void Arm(const char* point, std::filesystem::path to) {
    point_ = point;
    to_ = std::move(to);
    armed_ = true;
    struck_ = false;
  }
  bool struck() const { return struck_; }
  std::string_view point() const { return point_; }

  // Within a probe of the copy nothing is armed.
  bool At(std::string_view point) {
    if (!armed_ || point != point_) return false;
    armed_ = false;
    struck_ = true;
    for (const char* suffix : {"", "-wal"}) {
      const std::filesystem::path file = from_.string() + suffix;
      if (std::filesystem::exists(file)) {
        std::filesystem::copy_file(file, to_.string() + suffix,
                                   std::filesystem::copy_options::overwrite_existing);
      }
    }
    return true;
  }

 private:
  const std::filesystem::path from_;
  std::filesystem::path to_;
  std::string_view point_;
  bool armed_ = false;
  bool struck_ = false;
};

using KeySums = std::map<std::tuple<Day, std::string, int>, uint64_t>;

void AddRecords(const std::vector<v1::UsageRecord>& records, KeySums* sums) {
  for (const v1::UsageRecord& record : records) {
    if (record.visits() != 0) {
      (*sums)[{record.day(), record.service(), record.client()}] += record.visits();
    }
  }
}

class FaultsTest : public SpoolTest {
 protected:
  // One laptop's life, told to the spool and to a model of what is durable.
  void Live(unsigned seed) {
    random_.seed(seed);
    Reopen();
    for (int step = 0; step < 60; ++step) {
      const bool fault = random_() % 3 == 0;
      const char* point = kAllPoints[random_() % std::size(kAllPoints)];
      if (fault) cut_->Arm(point, Copy());
      Work();
      if (cut_->struck()) Crash();
      cut_ = nullptr;
      Reopen();
      if (testing::Test::HasFailure()) return;
    }
    Finish();
  }

 private:
  std::filesystem::path Copy() const { return folder_ / "copy.db"; }

  void Reopen() {
    spool_.reset();
    power_.reset();  // its handler goes before the next one's comes
    power_ = std::make_unique<PowerCut>(File());
    cut_ = power_.get();
    spool_ = Open("finance");
    ASSERT_NE(spool_, nullptr);
    added_.clear();
  }

  // The files become what the cut left of them.
  void Crash() {
    spool_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(File().string() + suffix);
      const std::filesystem::path left = Copy().string() + suffix;
      if (std::filesystem::exists(left)) {
        std::filesystem::rename(left, File().string() + suffix);
      }
    }
    ++crashes_;
  }

  // The additions in memory are durable where their transaction was.
  void Settled(const Status& status) {
    if (!status.ok() && !CutLeftThem()) return;
    for (const auto& [key, visits] : added_) committed_[key] += visits;
    added_.clear();
  }

  void Work() {
    for (int i = 0; i < 5 && !cut_->struck(); ++i) {
      switch (random_() % 5) {
        case 0:
        case 1: {
          const Day day = today_ - static_cast<Day>(random_() % 2);
          const auto client = static_cast<v1::Client>(random_() % 3);
          const std::string service = random_() % 2 == 0 ? "chatgpt" : "claude";
          const uint64_t visits = 1 + random_() % 3;
          spool_->Consume(Use(day, service, visits, client));
          added_[{day, service, client}] += visits;
          break;
        }
        case 2: {
          Settled(spool_->Commit());
          break;
        }
        case 3: {
          today_ += static_cast<Day>(random_() % 3);
          if (random_() % 10 == 0) today_ -= 5;  // the clock is set back
          Settled(spool_->Freeze(NoonOf(today_)).status());
          break;
        }
        default:
          Deliver();
          break;
      }
    }
  }

  // Whether the additions that were being written are found after the cut. Asked of a copy of the
  // files, so that the model does not repeat what the spool believes.
  bool CutLeftThem() {
    if (!cut_->struck()) return false;
    const std::filesystem::path probe = folder_ / "probe.db";
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::remove(probe.string() + suffix);
      if (std::filesystem::exists(Copy().string() + suffix)) {
        std::filesystem::copy_file(Copy().string() + suffix, probe.string() + suffix);
      }
    }
    Result<std::unique_ptr<Spool>> spool = Spool::Open(probe, "finance", {});
    EXPECT_TRUE(spool.ok()) << spool.status().ToString();
    if (!spool.ok()) return false;
    KeySums found = delivered_;
    EXPECT_TRUE((*spool)->Freeze(NoonOf(today_)).ok());
    // One that was delivered and whose receipt was lost still waits; the collector counts it once.
    for (const v1::Batch& batch : Pending(**spool)) {
      if (!nonces_.contains(batch.nonce())) AddRecords(RecordsOf(batch), &found);
    }
    KeySums with = committed_;
    for (const auto& [key, visits] : added_) with[key] += visits;
    // All of it or nothing of it.
    EXPECT_TRUE(found == with || found == committed_);
    EXPECT_TRUE(added_.empty() || (found == with) == IsDurable(cut_->point()));
    return found == with;
  }

  // The collector counts a nonce once; a receipt may get lost between its commit and ours.
  void Deliver() {
    Result<std::vector<v1::Batch>> batches = spool_->Offer(2);
    if (!batches.ok()) {
      EXPECT_TRUE(cut_->struck()) << batches.status().ToString();
      return;
    }
    for (const v1::Batch& batch : *batches) {
      if (nonces_.insert(batch.nonce()).second) {
        const std::vector<v1::UsageRecord> records = RecordsOf(batch);
        AddRecords(records, &delivered_);
        CountFlags(records);
        payloads_[batch.nonce()] = batch.payload();
      }
      EXPECT_EQ(payloads_[batch.nonce()], batch.payload()) << "resent with other bytes";
      (void)spool_->MarkSent(batch.nonce(), today_);
      if (cut_->struck()) return;
    }
  }

  void CountFlags(const std::vector<v1::UsageRecord>& records) {
    for (const v1::UsageRecord& record : records) {
      const std::string& service = record.service();
      const auto once = [&](bool flag, const std::string& period) {
        if (!flag) return;
        EXPECT_TRUE(flags_.insert(service + " " + period).second) << service << " " << period;
      };
      once(record.first_today(), FormatDay(record.day()));
      once(record.first_this_week(), "week " + FormatDay(WeekStart(record.day())));
      once(record.first_this_month(), MonthOf(record.day()).ToString());
    }
  }

  // Everything goes out; then all that was ever committed has been counted, once.
  void Finish() {
    ASSERT_TRUE(spool_->Freeze(NoonOf(today_)).ok());
    for (int round = 0; round < 1000 && !Pending(*spool_).empty(); ++round) Deliver();
    EXPECT_TRUE(Pending(*spool_).empty());
    EXPECT_EQ(delivered_, committed_);
    for (const auto& [key, visits] : committed_) {
      EXPECT_TRUE(flags_.contains(std::get<1>(key) + " " + FormatDay(std::get<0>(key))));
    }
    EXPECT_EQ(Counters(*spool_).batches_dropped, 0u);
    total_crashes_ += crashes_;
  }

 protected:
  int total_crashes_ = 0;

 private:
  std::mt19937 random_;
  std::unique_ptr<PowerCut> power_;
  PowerCut* cut_ = nullptr;
  std::unique_ptr<Spool> spool_;
  Day today_ = kMonday;
  int crashes_ = 0;
  KeySums added_;      // since the last durable transaction
  KeySums committed_;  // by the model
  KeySums delivered_;  // at the collector
  std::set<std::string> nonces_, flags_;
  std::map<std::string, std::string> payloads_;
};

class FaultsOfSeed : public FaultsTest, public testing::WithParamInterface<unsigned> {};

TEST_P(FaultsOfSeed, DeliveredAndPendingAlwaysEqualWhatWasCommitted) {
  Live(GetParam());
  EXPECT_GT(total_crashes_, 0);
}
INSTANTIATE_TEST_SUITE_P(Seeds, FaultsOfSeed, testing::Range(1u, 9u));

TEST_F(FaultsTest, AnInterruptedOperationCanBeMadeAgain) {
  for (const char* point : kAllPoints) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    PowerCut cut(File());
    auto spool = Open("finance");
    cut.Arm(point, folder_ / "copy.db");
    spool->Consume(Use(kMonday, "chatgpt", 2));
    EXPECT_TRUE(spool->Commit().ok() || spool->Commit().ok());
    EXPECT_TRUE(spool->Freeze(NoonOf(kMonday)).ok() || spool->Freeze(NoonOf(kMonday)).ok());
    std::vector<v1::Batch> batches = Pending(*spool);
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(RecordsOf(batches[0]).at(0).visits(), 2u);
    EXPECT_TRUE(spool->Offer(9).ok() || spool->Offer(9).ok());
    const std::string& nonce = batches[0].nonce();
    EXPECT_TRUE(spool->MarkSent(nonce, kMonday).ok() || spool->MarkSent(nonce, kMonday).ok());
    EXPECT_TRUE(cut.struck());
    EXPECT_TRUE(Pending(*spool).empty());
    EXPECT_EQ(Counters(*spool).batches_sent, 1u);
  }
}

}  // namespace
}  // namespace gnomon::spool

// A laptop on a virtual clock: frames through the agent's own stages into a spool, as in the
// daemon.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/anonymise/anonymiser.h"
#include "agent/pipeline.h"
#include "agent/spool/payload.h"
#include "agent/spool/spool.h"
#include "base/random.h"
#include "tests/unit/agent/decode/frame_builder.h"
#include "tests/unit/agent/decode/hello_builder.h"
#include "tests/unit/agent/sessionise/bench.h"

namespace gnomon::agent::test {

class Laptop {
 public:
  explicit Laptop(TimeUs now)
      : now(now),
        folder_(std::filesystem::temp_directory_path() / ("laptop-" + RandomHex(8))),
        table_(sessionise::test::MakeTable()) {
    std::filesystem::create_directories(folder_);
    Boot();
  }
  ~Laptop() {
    pipeline_.reset();
    spool_.reset();
    std::filesystem::remove_all(folder_);
  }

  // The agent starts; `Crash` ends it without a word, after the last commit.
  void Boot() {
    auto spool = spool::Spool::Open(folder_ / "spool.db", "finance", {});
    ASSERT_TRUE(spool.ok()) << spool.status().ToString();
    spool_ = std::move(*spool);
    anonymise_ =
        std::make_unique<anonymise::Anonymiser>(table_, anonymise::WorkingHours{}, *spool_);
    PipelineOptions options;
    options.split_days = true;
    pipeline_ = std::make_unique<Pipeline>(table_, options, nullptr, *anonymise_);
    pipeline_->Tick(now);
    connected_ = false;
  }
  void Crash() {
    Collect();
    pipeline_.reset();
    anonymise_.reset();
    spool_.reset();
  }
  void Shutdown() {
    pipeline_->Finish();
    Freeze();
    Crash();
  }
  // State and all: a new disk.
  void Reinstall() {
    Crash();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Boot();
  }

  // Awake, second by second, with a checkpoint a minute.
  void Wait(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      now += kSecondUs;
      pipeline_->Tick(now);
      if (now / kSecondUs % 60 == 0) Checkpoint();
    }
    if (seconds > 300) connected_ = false;
  }
  void Checkpoint() {
    pipeline_->Tick(now);
    pipeline_->Flush(now);
    EXPECT_TRUE(spool_->Commit().ok());
  }
  // Asleep, or with a clock that is set: time passes and the agent learns of it by what comes next.
  // A flow that was silent so long is given up; the client connects anew.
  void Jump(TimeUs by) {
    now += by;
    if (by > 300 * kSecondUs) connected_ = false;
  }

  // A prompt and its answer: 9 kB, a second, 3 s of stream.
  void Converse() {
    Connect();
    for (int i = 0; i < 7; ++i) Send(true, 1300);
    Wait(1);
    for (int i = 0; i < 300; ++i) {
      Send(false, 500);
      now += 10'000;
      if (i % 100 == 99) pipeline_->Tick(now);
    }
    Wait(4);
  }

  void Freeze() {
    Checkpoint();
    Result<bool> frozen = spool_->Freeze(now);
    EXPECT_TRUE(frozen.ok()) << frozen.status().ToString();
    Collect();
  }

  // All records that left so far, in order.
  std::vector<v1::UsageRecord> records;
  int Sum(const std::string& service, const std::string& day,
          const std::function<int(const v1::UsageRecord&)>& of) const {
    int sum = 0;
    for (const v1::UsageRecord& record : records) {
      if (record.service() == service && (day.empty() || FormatDay(record.day()) == day)) {
        sum += of(record);
      }
    }
    return sum;
  }
  // "1d1w0m": first-flags of the service on the day, or on all days.
  std::string Flags(const std::string& service, const std::string& day = "") const {
    const auto count = [&](bool (v1::UsageRecord::*flag)() const) {
      return std::to_string(
          Sum(service, day, [&](const v1::UsageRecord& r) { return (r.*flag)() ? 1 : 0; }));
    };
    return count(&v1::UsageRecord::first_today) + "d" + count(&v1::UsageRecord::first_this_week) +
           "w" + count(&v1::UsageRecord::first_this_month) + "m";
  }
  int Turns(const std::string& day = "") const {
    return Sum("chat", day, [](const v1::UsageRecord& r) { return static_cast<int>(r.turns()); });
  }
  int Visits(const std::string& day = "") const {
    return Sum("chat", day, [](const v1::UsageRecord& r) { return static_cast<int>(r.visits()); });
  }
  std::vector<std::string> Days() const {
    std::vector<std::string> days;
    for (const v1::UsageRecord& record : records) {
      if (record.service() != "chat") continue;
      const std::string day = FormatDay(record.day());
      if (days.empty() || days.back() != day) days.push_back(day);
    }
    return days;
  }

  TimeUs now;

 private:
  // The uplink: takes what is pending, and the collector says yes.
  void Collect() {
    Result<std::vector<v1::Batch>> batches = spool_->Pending(1000);
    ASSERT_TRUE(batches.ok());
    for (const v1::Batch& batch : *batches) {
      Result<v1::RecordSet> set = spool::ParsePayload(batch.payload());
      ASSERT_TRUE(set.ok());
      records.insert(records.end(), set->records().begin(), set->records().end());
      EXPECT_TRUE(spool_->MarkSent(batch.nonce(), ToLocal(now).day).ok());
    }
  }

  void Connect() {
    if (std::exchange(connected_, true)) return;
    ++port_;
    sequence_[0] = 1000;
    sequence_[1] = 5000;
    Segment(true, {}, 0x02);
    ++sequence_[0];
    Segment(false, {}, 0x12);
    ++sequence_[1];
    const testing::ByteVector hello =
        testing::InRecords(testing::BuildHello({.server_name = "chat.example"}));
    Segment(true, hello, 0x18);
    Send(false, 1400);
    Send(false, 1400);
    Send(true, 80);
    now += 100'000;
  }
  void Send(bool upstream, size_t bytes) {
    Segment(upstream, testing::ByteVector(bytes, 0xc3), 0x18);
  }
  void Segment(bool upstream, const testing::ByteVector& payload, uint8_t flags) {
    testing::ByteVector ip =
        testing::Ipv4(testing::Tcp(payload, flags, 0, sequence_[upstream ? 0 : 1]));
    ip[20] = static_cast<uint8_t>(port_ >> 8);
    ip[21] = static_cast<uint8_t>(port_);
    if (!upstream) {
      std::swap_ranges(ip.begin() + 12, ip.begin() + 16, ip.begin() + 16);
      std::swap_ranges(ip.begin() + 20, ip.begin() + 22, ip.begin() + 22);
    }
    sequence_[upstream ? 0 : 1] += static_cast<uint32_t>(payload.size());
    const testing::ByteVector bytes = testing::Ethernet(ip, testing::kIpv4Type);
    capture::Frame frame = testing::AsFrame(bytes);
    frame.time = now;
    pipeline_->Consume(frame);
    now += 100;
  }

  const std::filesystem::path folder_;
  std::shared_ptr<const catalogue::Table> table_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<anonymise::Anonymiser> anonymise_;
  std::unique_ptr<Pipeline> pipeline_;
  bool connected_ = false;
  uint16_t port_ = 40000;
  uint32_t sequence_[2] = {1000, 5000};
};

}  // namespace gnomon::agent::test

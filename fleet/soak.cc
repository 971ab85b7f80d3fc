#include "fleet/soak.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <queue>
#include <random>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "agent/stream/backoff.h"
#include "agent/stream/collector_link.h"
#include "agent/stream/enrol.h"
#include "agent/stream/uplink.h"
#include "base/clock.h"
#include "base/file.h"
#include "fleet/crowd/dice.h"
#include "fleet/crowd/virtual_device.h"
#include "fleet/parallel.h"

namespace gnomon::fleet {
namespace {

using std::chrono::steady_clock;

constexpr int kTimeoutSeconds = 30;
// A day is lived at each turn, and records are taken for 400 days.
constexpr Day kFirstDayAgo = 390;
constexpr auto kShowEvery = std::chrono::milliseconds(500);
constexpr auto kSayEvery = std::chrono::seconds(10);

struct Agent {
  std::unique_ptr<VirtualDevice> device;
  stream::Enrolment enrolment;
  spool::SpoolCounters counters;  // at its last turn
  Day next_day = 0;
  std::unique_ptr<stream::Backoff> backoff;
};

struct Turn {
  steady_clock::time_point at;
  size_t agent;
  bool operator>(const Turn& other) const { return at > other.at; }
};

// VmRSS of a process, in KiB; 0 where it is gone.
uint64_t ResidentKib(pid_t pid) {
  const Result<std::string> text = ReadFile("/proc/" + std::to_string(pid) + "/status", 1 << 16);
  if (!text.ok()) return 0;
  const size_t at = text->find("VmRSS:");
  return at == text->npos ? 0 : std::strtoull(text->c_str() + at + 6, nullptr, 10);
}

steady_clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(seconds));
}

class Run {
 public:
  Run(const SoakOptions& options, std::shared_ptr<const catalogue::Table> table, bool live_line)
      : options_(options), live_line_(live_line), today_(ToLocal(SystemClock::Get().Now()).day) {
    for (uint32_t i = 0; i < options_.agents; ++i) {
      const uint64_t seed = SeedOf(options_.seed, options_.department, i + 1);
      const Day first = today_ - kFirstDayAgo;
      Agent agent;
      agent.device = std::make_unique<VirtualDevice>(
          VirtualDeviceOptions{options_.department, options_.workdir / std::to_string(i + 1),
                               MakePersona(Habit::kHeavy, *table, first, today_, seed)},
          table);
      agent.next_day = first;
      agent.backoff =
          std::make_unique<stream::Backoff>(seed, stream::BackoffLimits{kSecondUs, 15 * kSecondUs});
      agents_.push_back(std::move(agent));
    }
  }

  Status Enrol(Progress& progress) {
    progress.Begin("enrolling agents", agents_.size());
    Status status =
        ForEachIndex(agents_.size(), std::min(options_.threads, 16u), [&](size_t index) {
          Agent& agent = agents_[index];
          GNOMON_RETURN_IF_ERROR(MakeFolder(agent.device->folder(), 0700));
          GNOMON_ASSIGN_OR_RETURN(
              agent.enrolment, stream::Enrol(options_.collector, options_.token, kTimeoutSeconds));
          GNOMON_RETURN_IF_ERROR(stream::SaveEnrolment(agent.device->folder(), agent.enrolment));
          if (agent.enrolment.department != options_.department) {
            return InvalidArgument("--token: it is one of department " +
                                   agent.enrolment.department);
          }
          progress.Done();
          return Status::Ok();
        });
    progress.End();
    return status;
  }

  Result<SoakResult> Play() {
    begun_ = steady_clock::now();
    end_ = begun_ + Seconds(options_.minutes * 60);
    give_up_ = end_ + std::chrono::seconds(options_.patience_seconds);
    std::mt19937_64 random(options_.seed);
    std::uniform_real_distribution<double> within(0, options_.every_seconds);
    for (size_t i = 0; i < agents_.size(); ++i) {
      turns_.push(
          {begun_ + Seconds(options_.together ? options_.every_seconds : within(random)), i});
    }
    open_ = agents_.size();
    {
      std::vector<std::jthread> workers;
      for (unsigned i = 0; i < options_.threads; ++i)
        workers.emplace_back([this, i] { Work(options_.seed + i); });
      Watch();
    }
    if (!failure_.ok()) return failure_;
    for (const Agent& agent : agents_) {
      result_.batches_confirmed += agent.counters.batches_sent;
      result_.batches_refused += agent.counters.batches_quarantined;
      result_.batches_waiting += agent.counters.batches_pending;
      result_.batches_dropped += agent.counters.batches_dropped;
      result_.batches_frozen += agent.counters.batches_sent + agent.counters.batches_quarantined +
                                agent.counters.batches_pending + agent.counters.batches_dropped;
    }
    result_.agents = options_.agents;
    result_.seconds = std::chrono::duration<double>(steady_clock::now() - begun_).count();
    return result_;
  }

 private:
  void Work(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> around(0.8 * options_.every_seconds,
                                                  1.2 * options_.every_seconds);
    std::unique_lock lock(mutex_);
    while (open_ > 0 && failure_.ok()) {
      if (turns_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const Turn turn = turns_.top();
      if (turn.at > steady_clock::now()) {
        changed_.wait_until(lock, turn.at);
        continue;
      }
      turns_.pop();
      lock.unlock();
      Status delivered;
      Status lived = Live(agents_[turn.agent], turn.at < end_, &delivered);
      lock.lock();
      if (!lived.ok()) {
        failure_ = std::move(lived);
      } else {
        Next(turn, delivered, options_.together ? options_.every_seconds : around(random));
      }
      changed_.notify_all();
    }
  }

  // When this agent is next; under the lock.
  void Next(const Turn& turn, const Status& delivered, double pause) {
    Agent& agent = agents_[turn.agent];
    steady_clock::time_point at = turn.at + Seconds(pause);
    if (delivered.ok()) {
      agent.backoff->Reset();
    } else {
      result_.last_error = delivered.message();
      ++result_.deliveries_failed;
      at = steady_clock::now() + std::chrono::microseconds(agent.backoff->Next());
    }
    const bool over = at >= end_;
    if (over && (agent.counters.batches_pending == 0 || at >= give_up_)) {
      --open_;
      return;
    }
    turns_.push({at, turn.agent});
  }

  // One turn: a day more where there is time left, then everything that waits. An error is one of
  // the agent itself; how the delivery went is another thing.
  Status Live(Agent& agent, bool another_day, Status* delivered) {
    GNOMON_RETURN_IF_ERROR(agent.device->Open());
    if (another_day && agent.next_day < today_) {
      GNOMON_RETURN_IF_ERROR(agent.device->Live(agent.next_day, agent.next_day + 1));
      ++agent.next_day;
    }
    stream::CollectorLink link(agent.enrolment);
    stream::DrainOutcome outcome =
        stream::Drain(agent.device->spool(), link, agent.next_day, kTimeoutSeconds);
    GNOMON_ASSIGN_OR_RETURN(agent.counters, agent.device->spool().Counters());
    agent.device->Close();
    const std::lock_guard lock(mutex_);
    confirmed_ += outcome.settled.sent;
    *delivered = outcome.status;
    if (!outcome.status.ok()) return Status::Ok();
    result_.deliveries += outcome.calls.size();
    result_.receipt_times.insert(result_.receipt_times.end(), outcome.calls.begin(),
                                 outcome.calls.end());
    return Status::Ok();
  }

  // On the caller's thread until the last agent is done: memory and the line that lives.
  void Watch() {
    auto said = begun_;
    std::unique_lock lock(mutex_);
    while (open_ > 0 && failure_.ok()) {
      changed_.wait_for(lock, kShowEvery, [this] { return open_ == 0 || !failure_.ok(); });
      const uint64_t kib = options_.collector_pid != 0 ? ResidentKib(options_.collector_pid) : 0;
      result_.collector_kib = std::max(result_.collector_kib, kib);
      const auto now = steady_clock::now();
      if (!live_line_ && now - said < kSayEvery && open_ > 0) continue;
      said = now;
      Show(std::chrono::duration<double>(now - begun_).count(), kib);
    }
    if (live_line_) std::fputc('\n', stderr);
  }

  void Show(double seconds, uint64_t kib) const {
    // The last calls only: what is going on now.
    constexpr size_t kRecent = 2000;
    const auto& all = result_.receipt_times;
    const std::vector<std::chrono::microseconds> recent(
        all.end() - static_cast<std::ptrdiff_t>(std::min(all.size(), kRecent)), all.end());
    char memory[32] = "";
    if (kib != 0)
      std::snprintf(memory, sizeof memory, ", collector %.0f MiB", static_cast<double>(kib) / 1024);
    std::fprintf(stderr,
                 "%s%3.0f:%02.0f of %.0f min  %llu batches, %.0f/s  p50 %.0f ms p99 %.0f ms  "
                 "failed %llu%s%s",
                 live_line_ ? "\r" : "", std::floor(seconds / 60),
                 std::floor(std::fmod(seconds, 60)), options_.minutes,
                 static_cast<unsigned long long>(confirmed_),
                 static_cast<double>(confirmed_) / std::max(seconds, 1.0),
                 ReceiptMilliseconds(recent, 0.5), ReceiptMilliseconds(recent, 0.99),
                 static_cast<unsigned long long>(result_.deliveries_failed), memory,
                 live_line_ ? "   " : "\n");
    std::fflush(stderr);
  }

  const SoakOptions& options_;
  const bool live_line_;
  const Day today_;
  std::vector<Agent> agents_;  // each belongs to the worker that has its turn
  steady_clock::time_point begun_, end_, give_up_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
  size_t open_ = 0;  // agents that are not done
  uint64_t confirmed_ = 0;
  SoakResult result_;
  Status failure_;  // of an agent's own spool: nothing to go on with
};

}  // namespace

Status SoakOptions::Validate() const {
  if (token.empty()) return InvalidArgument("--token: none was given");
  if (department.empty()) return InvalidArgument("--department: none was given");
  if (agents == 0 || agents > 100'000) return InvalidArgument("--agents: from 1 to 100000");
  if (!(minutes > 0) || minutes > 24 * 60)
    return InvalidArgument("--minutes: more than 0, at most a day");
  if (!(every_seconds >= 1)) return InvalidArgument("--every: a second or more");
  if (threads == 0 || threads > 4096) return InvalidArgument("--threads: from 1 to 4096");
  return Status::Ok();
}

Result<SoakResult> Soak(const SoakOptions& options, std::shared_ptr<const catalogue::Table> table,
                        Progress& progress, bool live_line) {
  std::error_code error;
  if (std::filesystem::exists(options.workdir, error) &&
      !std::filesystem::is_empty(options.workdir, error)) {
    return InvalidArgument("--workdir " + options.workdir.string() +
                           ": is not empty; a fleet begins in a new folder");
  }
  GNOMON_RETURN_IF_ERROR(MakeFolder(options.workdir, 0700));
  Run run(options, std::move(table), live_line);
  GNOMON_RETURN_IF_ERROR(run.Enrol(progress));
  return run.Play();
}

}  // namespace gnomon::fleet

// gnomon-agent run: live, or over capture files.
#include <cstdio>
#include <optional>

#include "agent/anonymise/anonymiser.h"
#include "agent/capture/source.h"
#include "agent/commands/commands.h"
#include "agent/daemon.h"
#include "agent/pipeline.h"
#include "agent/spool/damaged.h"
#include "agent/spool/spool.h"
#include "agent/stream/collector_link.h"
#include "agent/stream/enrol.h"
#include "agent/stream/uplink.h"
#include "base/log.h"

namespace gnomon::agent {
namespace {

constexpr int kCallTimeoutSeconds = 60;
constexpr int kEnrolTimeoutSeconds = 30;

// What both forms of `run` need before the first frame.
struct Parts {
  stream::Enrolment enrolment;
  ReleasesInUse catalogue;
  std::unique_ptr<spool::Spool> spool;
};

Result<Parts> OpenParts(const Config& config) {
  GNOMON_ASSIGN_OR_RETURN(stream::Enrolment enrolment, stream::LoadOrEnrol(config.state, config.managed, kEnrolTimeoutSeconds));
  GNOMON_ASSIGN_OR_RETURN(ReleasesInUse catalogue, OpenReleases(config));
  GNOMON_ASSIGN_OR_RETURN(auto spool,
                          spool::OpenOrSetAside(config.state / "spool.db", enrolment.department, {}));
  return Parts{std::move(enrolment), std::move(catalogue), std::move(spool)};
}

// Reads the frames of a file into the pipeline: hands on what belongs to a day before the next one
// begins, as the daemon does at midnight, and moves the days where that was asked for.
class FileFeed : public capture::FrameSink {
 public:
  // `as_day`: the local day that the first frame shall fall on; empty: as captured.
  FileFeed(Pipeline& pipeline, std::optional<Day> as_day) : pipeline_(pipeline), as_day_(as_day) {}

  void Consume(const capture::Frame& frame) override {
    if (as_day_) {
      shift_ = (*as_day_ - ToLocal(frame.time).day) * kDayUs;
      as_day_.reset();
    }
    capture::Frame moved = frame;
    moved.time += shift_;
    if (moved.time >= next_midnight_) {
      if (next_midnight_ != 0) pipeline_.EndDay(next_midnight_ - 1);
      next_midnight_ = NextLocalMidnight(moved.time);
    }
    pipeline_.Consume(moved);
  }

 private:
  static constexpr TimeUs kDayUs = 86'400 * kSecondUs;
  Pipeline& pipeline_;
  std::optional<Day> as_day_;
  TimeUs shift_ = 0;
  TimeUs next_midnight_ = 0;
};

Status ReadAll(const std::string& file, capture::FrameSink& sink) {
  GNOMON_ASSIGN_OR_RETURN(auto source, capture::OpenFile(file));
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const size_t frames, source->Poll(sink, 1024));
    if (frames == 0) return Status::Ok();
  }
}

}  // namespace

int RunLive(const Config& config) {
  Result<Parts> parts = OpenParts(config);
  if (!parts.ok()) return Fail(parts.status());
  Daemon daemon(config, std::move(parts->catalogue), std::move(parts->spool), parts->enrolment);
  Status status = daemon.Run();
  return status.ok() ? 0 : Fail(status);
}

int RunFiles(const Config& config, const RunFilesArguments& arguments) {
  Result<Parts> parts = OpenParts(config);
  if (!parts.ok()) return Fail(parts.status());
  const std::shared_ptr<const catalogue::Table> table = parts->catalogue.table();
  if (table == nullptr) return Fail(FailedPrecondition(parts->catalogue.reason()));
  anonymise::Anonymiser anonymise(
      table, {static_cast<int>(config.work_starts), static_cast<int>(config.work_ends)},
      *parts->spool);
  Status damaged;
  for (const std::string& file : arguments.files) {
    // Each file is its own stretch of time: flows and visits do not go on from one to the next.
    Pipeline pipeline(table, PipelineOptionsOf(config), nullptr, anonymise);
    FileFeed feed(pipeline, arguments.as_day);
    const Status status = ReadAll(file, feed);
    pipeline.Finish();
    if (!status.ok() && status.code() != StatusCode::kDataLoss) return Fail(status);
    if (!status.ok()) damaged = status;
    const auto& sessions = pipeline.session_counters();
    log::Info("capture_read", {{"frames", pipeline.decode_counters().frames},
                               {"flows", pipeline.coverage().flows},
                               {"visits", sessions.visits},
                               {"turns", sessions.turns},
                               {"uploads", sessions.uploads}});
  }
  Result<bool> frozen = parts->spool->Freeze(SystemClock::Get().Now());
  const std::filesystem::path spool_file = config.state / "spool.db";
  if (!frozen.ok()) return Fail(spool::SetAsideIfDamaged(spool_file, frozen.status()));
  // Once, so at no laptop's share of the fleet: what is due is due.
  stream::Membership membership(config.state, parts->enrolment, config.managed, 0);
  if (const auto kept = membership.Keep(SystemClock::Get().Now(), false, kCallTimeoutSeconds);
      !kept.ok()) {
    log::Warning("renewal_failed", {{"error", StatusCodeName(kept.status().code())}});
  }
  stream::CollectorLink link(membership.enrolment());
  const stream::DrainOutcome outcome = stream::Drain(
      *parts->spool, link, ToLocal(SystemClock::Get().Now()).day, kCallTimeoutSeconds);
  std::printf("%llu batch%s confirmed by the collector",
              static_cast<unsigned long long>(outcome.settled.sent),
              outcome.settled.sent == 1 ? "" : "es");
  if (outcome.settled.quarantined > 0) {
    std::printf(", %llu refused and kept in quarantine",
                static_cast<unsigned long long>(outcome.settled.quarantined));
  }
  std::printf("\n");
  if (outcome.status.code() == StatusCode::kDataLoss) {
    return Fail(spool::SetAsideIfDamaged(spool_file, outcome.status));
  }
  if (!outcome.status.ok()) {
    return Fail(outcome.status.WithContext("records are kept and will be sent again"));
  }
  if (outcome.settled.quarantined > 0) return 1;
  return damaged.ok() ? 0 : Fail(damaged);
}

}  // namespace gnomon::agent

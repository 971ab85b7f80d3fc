#include "agent/daemon.h"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>

#include "agent/control/pause_file.h"
#include "agent/health_report.h"
#include "agent/platform/client_kinds.h"
#include "agent/spool/damaged.h"
#include "agent/status_file.h"
#include "agent/stream/uplink.h"
#include "base/log.h"
#include "base/version.h"

namespace gnomon::agent {
namespace {

constexpr int kCallTimeoutSeconds = 60;
// On the way out a dead collector must not hold up a shutdown.
constexpr int kLastCallTimeoutSeconds = 5;

PipelineOptions DaemonPipelineOptions(const Config& config) {
  PipelineOptions options = LivePipelineOptions(config);
  options.split_days = true;
  return options;
}

Day Today() {
  return ToLocal(SystemClock::Get().Now()).day;
}

// Where there is no catalogue to be believed: knows no service.
std::shared_ptr<const catalogue::Table> TableOf(const ReleasesInUse& catalogue) {
  if (catalogue.table() != nullptr) return catalogue.table();
  return *catalogue::Table::Build(v1::Catalogue());
}

// 0 in the policy: the compiled bound.
anonymise::Bounds BoundsOf(const v1::Policy::Bounds& wanted) {
  anonymise::Bounds bounds = anonymise::kMaxBounds;
  const auto lower = [](auto* bound, auto value) {
    if (value != 0 && value < *bound) *bound = value;
  };
  lower(&bounds.visits, wanted.visits());
  lower(&bounds.turns, wanted.turns());
  lower(&bounds.active_minutes, wanted.active_minutes());
  lower(&bounds.uploads, wanted.uploads());
  lower(&bounds.kib_up, wanted.mib_up() << 10);
  lower(&bounds.kib_down, wanted.mib_down() << 10);
  return bounds;
}

// The collector knows this device no longer, or not this certificate.
bool IsRefusal(const Status& status) {
  return status.code() == StatusCode::kPermissionDenied ||
         status.code() == StatusCode::kUnauthenticated;
}

}  // namespace

Daemon::Daemon(const Config& config, ReleasesInUse catalogue, std::unique_ptr<spool::Spool> spool,
               const stream::Enrolment& enrolment)
    : config_(config),
      signals_(loop_, SIGINT, SIGTERM),
      second_timer_(loop_),
      checkpoint_timer_(loop_),
      send_timer_(loop_),
      retry_timer_(loop_),
      releases_(std::move(catalogue)),
      spool_(std::move(spool)),
      anonymise_(TableOf(releases_),
                 {static_cast<int>(config.work_starts), static_cast<int>(config.work_ends)},
                 *spool_),
      client_kinds_(platform::MakeClientKinds()),
      pipeline_(TableOf(releases_), DaemonPipelineOptions(config), nullptr, anonymise_,
                client_kinds_.get()),
      capture_(loop_, {config.interfaces, config.loopback}, CaptureOptions(config), pipeline_,
               [this] { filter_.Update(); }),
      filter_(loop_, capture_, pipeline_.interests(), config.kernel_filter),
      membership_(config.state, enrolment, config.managed,
                  std::uniform_real_distribution<double>(0, 1)(random_)),
      link_(enrolment) {}

Status Daemon::Run() {
  filter_.Update();  // before the first frame
  ApplyPolicy();
  user_pause_ = control::ReadPause(config_.state, SystemClock::Get().Now());
  paused_ = user_pause_.has_value();
  GNOMON_RETURN_IF_ERROR(StartCollecting());
  StartControl();
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) Stop();
  });
  log::Info("running", {{"interfaces", capture_.open_interfaces()}});
  EverySecond();
  EveryCheckpoint();
  Freeze();
  StartSending();  // what an earlier run left behind, or the same without a record
  EverySend();
  loop_.run();
  uplink_thread_.join();
  if (!damaged_.ok()) return spool::SetAsideIfDamaged(config_.state / "spool.db", damaged_);
  if (moved_) return Unavailable("this laptop has joined another department; start it again");
  return Status::Ok();
}

void Daemon::ApplyPolicy() {
  if (!releases_.has_policy()) return;
  const v1::Policy& policy = releases_.policy();
  anonymise_.UseHours(
      {static_cast<int>(policy.work_starts()), static_cast<int>(policy.work_ends())});
  spool_->UseBounds(BoundsOf(policy.bounds()));
}

void Daemon::KeepPauses(TimeUs now) {
  const bool by_policy = policy::PausedAt(releases_.policy(), ToLocal(now));
  const bool pause = PausedByUser(now) || by_policy;
  if (pause == paused_) return;
  paused_ = pause;
  if (pause) {
    capture_.Stop();
    pipeline_.Finish();
    // A user's pause is in no log: logs are collected, and who paused when is nobody's business.
    if (by_policy) log::Info("paused_by_policy");
  } else if (Status status = StartCollecting(); !status.ok()) {
    log::Error("capture_not_opened", {{"error", StatusCodeName(status.code())}});
  }
}

bool Daemon::PausedByUser(TimeUs now) {
  if (!user_pause_) return false;
  if (*user_pause_ == control::kNoEnd || *user_pause_ > now / kSecondUs) return true;
  user_pause_.reset();
  if (Status status = control::RemovePause(config_.state); !status.ok()) {
    log::Warning("pause_file", {{"error", StatusCodeName(status.code())}});
  }
  return false;
}

void Daemon::StartControl() {
  control::ServerOptions options;
  options.socket = config_.ControlSocket();
  options.spool = config_.state / "spool.db";
  options.administrators_only = config_.local_control == "administrators";
  auto server = control::Server::Start(
      options, [this](const v1::ControlRequest& request, control::Server::Answer answer) {
        boost::asio::post(loop_, [this, request, answer = std::move(answer)] { answer(Serve(request)); });
      });
  if (server.ok()) {
    control_ = std::move(*server);
  } else {
    // Capture goes on: `sudo gnomon-agent sent` still shows everything.
    log::Error("no_control_socket", {{"error", server.status().message()}});
  }
}

v1::ControlReply Daemon::Serve(const v1::ControlRequest& request) {
  const TimeUs now = SystemClock::Get().Now();
  Status status;
  if (request.has_pause()) {
    const int64_t until = request.pause().until();
    if (until != control::kNoEnd && until <= now / kSecondUs) {
      status = InvalidArgument("the time until which to pause is over");
    } else if (status = control::WritePause(config_.state, until); status.ok()) {
      user_pause_ = until;
    }
  } else if (request.has_resume()) {
    if (status = control::RemovePause(config_.state); status.ok()) user_pause_.reset();
  } else if (request.has_purge()) {
    status = Purge();
  }
  if (!stopping_) KeepPauses(now);
  v1::ControlReply reply;
  if (!status.ok()) {
    reply.set_error(status.message());
    return reply;
  }
  reply.mutable_pause()->set_paused(user_pause_.has_value());
  reply.mutable_pause()->set_until(user_pause_.value_or(control::kNoEnd));
  return reply;
}

Status Daemon::Purge() {
  // What is counted and not yet written goes too; visits that are open go on from here.
  pipeline_.Flush(SystemClock::Get().Now());
  return spool_->Purge(Today());
}

Status Daemon::StartCollecting() {
  if (paused_) return Status::Ok();
  if (releases_.table() == nullptr) {
    log::Error("not_collecting", {{"reason", releases_.reason()}});
    return Status::Ok();
  }
  GNOMON_RETURN_IF_ERROR(capture_.Start());
  log::Info("collecting", {{"catalogue_version", releases_.table()->version()},
                           {"release", releases_.release()},
                           {"services", releases_.table()->service_count()}});
  return Status::Ok();
}

void Daemon::StopCollecting() {
  capture_.Stop();
  // What was counted while the catalogue was good is kept.
  pipeline_.Finish();
  log::Error("not_collecting", {{"reason", releases_.reason()}});
}

void Daemon::TakeUp(const Result<v1::FetchReleasesReply>& reply) {
  if (stopping_) return;
  if (!reply.ok()) {
    log::Warning("releases_not_fetched", {{"error", StatusCodeName(reply.status().code())}});
    return;
  }
  const bool collecting = releases_.table() != nullptr;
  const ReleasesInUse::TakenUp taken =
      releases_.TakeUp(*reply, SystemClock::Get().Now() / kSecondUs);
  if (!taken.refused.ok()) {
    // The message names versions and signers' counts, nothing of this laptop.
    log::Error("release_refused", {{"reason", taken.refused.message()}});
  }
  if (!taken.changed) return;
  ApplyPolicy();
  if (releases_.table() == nullptr) {
    if (collecting) StopCollecting();
    return;
  }
  pipeline_.UseTable(releases_.table());
  anonymise_.UseTable(releases_.table());
  log::Info("release_taken_up",
            {{"release", releases_.release()}, {"services", releases_.table()->service_count()}});
  if (collecting) return;
  if (Status status = StartCollecting(); !status.ok()) {
    log::Error("capture_not_opened", {{"error", StatusCodeName(status.code())}});
  }
}

void Daemon::EverySecond() {
  second_timer_.expires_after(std::chrono::seconds(1));
  second_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopping_) return;
    const TimeUs now = SystemClock::Get().Now();
    FollowTimeZone();
    pipeline_.Tick(now);
    filter_.Update();
    KeepPauses(now);
    if (releases_.Check(now / kSecondUs)) StopCollecting();
    EverySecond();
  });
}

void Daemon::EveryCheckpoint() {
  checkpoint_timer_.expires_after(std::chrono::seconds(config_.checkpoint_every_s));
  checkpoint_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopping_) return;
    Checkpoint();
    EveryCheckpoint();
  });
}

void Daemon::Checkpoint() {
  const TimeUs now = SystemClock::Get().Now();
  pipeline_.Tick(now);  // over midnight first
  pipeline_.Flush(now);
  if (Status status = spool_->Commit(); !status.ok()) OnSpoolError("spool_commit", status);
  RunningStatus running{now,
                        getpid(),
                        capture_.open_interfaces(),
                        capture_.vpn_interfaces(),
                        releases_.table() != nullptr ? releases_.table()->version() : 0,
                        releases_.release(),
                        releases_.expires(),
                        releases_.reason(),
                        capture_.Stats(),
                        capture_.filter_stats(),
                        pipeline_.decode_counters(),
                        pipeline_.coverage(),
                        pipeline_.client_lookups()};
  if (Status status = WriteStatusFile(config_.state / "status.json", running); !status.ok()) {
    log::Warning("status_file", {{"error", StatusCodeName(status.code())}});
  }
}

void Daemon::Freeze() {
  const TimeUs now = SystemClock::Get().Now();
  Status status = spool_->Freeze(now).status();
  if (status.ok()) status = spool_->AddCover(now);
  if (!status.ok()) OnSpoolError("spool_freeze", status);
}

void Daemon::EverySend() {
  // A fifth earlier or later each time: laptops that are opened at nine do not all send at ten.
  const auto period = std::chrono::milliseconds(config_.send_every_s * 1000);
  std::uniform_int_distribution<int64_t> around(period.count() * 4 / 5, period.count() * 6 / 5);
  send_timer_.expires_after(std::chrono::milliseconds(around(random_)));
  send_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || stopping_) return;
    Checkpoint();
    Freeze();
    StartSending();
    EverySend();
  });
}

void Daemon::StartSending() {
  if (sending_) return;
  Result<std::vector<v1::Batch>> batches = spool_->Offer(stream::kBatchesPerCall);
  if (!batches.ok()) {
    OnSpoolError("spool_read", batches.status());
    return;
  }
  sending_ = true;
  const int timeout = stopping_ ? kLastCallTimeoutSeconds : kCallTimeoutSeconds;
  // The guard keeps the loop running until the receipts are settled, also on the way out.
  boost::asio::post(
      uplink_thread_, [this, timeout, refused = refused_, batches = std::move(*batches), health = Health(),
                       wanted = stopping_ ? std::nullopt : releases_.Wanted(),
                       guard = boost::asio::make_work_guard(loop_)] {
        KeepMembership(refused, timeout);
        Result<std::vector<v1::Receipt>> receipts = std::vector<v1::Receipt>();
        if (!batches.empty()) receipts = link_.Deliver(batches, timeout);
        // Health goes on its own call, so that it cannot stand beside a batch.
        const Status reported =
            receipts.ok() ? link_.ReportHealth(health, timeout) : receipts.status();
        boost::asio::post(loop_, [this, batches, receipts, refused_now = IsRefusal(reported)] {
          refused_ = refused_now;
          FinishSending(batches, receipts);
        });
        if (!wanted) return;
        Result<v1::FetchReleasesReply> reply = link_.FetchReleases(*wanted, timeout);
        boost::asio::post(loop_, [this, reply = std::move(reply)] { TakeUp(reply); });
      });
}

void Daemon::FinishSending(const std::vector<v1::Batch>& batches,
                           const Result<std::vector<v1::Receipt>>& receipts) {
  sending_ = false;
  Status status = receipts.status();
  uint64_t unconfirmed = batches.size();
  if (receipts.ok()) {
    Result<stream::Settled> settled = stream::Settle(*spool_, *receipts, Today());
    status = settled.status();
    if (!settled.ok()) OnSpoolError("spool_settle", status);
    if (settled.ok()) {
      unconfirmed -= settled->sent + settled->quarantined;
      if (!batches.empty()) {
        log::Info("delivered", {{"sent", settled->sent},
                                {"quarantined", settled->quarantined},
                                {"left", unconfirmed}});
      }
    }
  }
  if (stopping_) return;
  if (!status.ok() || unconfirmed > 0) {
    log::Warning("delivery_waits",
                 {{"batches", unconfirmed}, {"error", StatusCodeName(status.code())}});
    RetryLater();
    return;
  }
  backoff_.Reset();
  if (batches.size() == stream::kBatchesPerCall) StartSending();  // there may be more
}

void Daemon::KeepMembership(bool refused, int timeout_seconds) {
  const std::string department = membership_.enrolment().department;
  const auto kept = membership_.Keep(SystemClock::Get().Now(), refused, timeout_seconds);
  if (!kept.ok()) {
    log::Warning("renewal_failed", {{"error", StatusCodeName(kept.status().code())}});
    return;
  }
  if (*kept == stream::Membership::Kept::kUnchanged) return;
  link_ = stream::CollectorLink(membership_.enrolment());
  log::Info(*kept == stream::Membership::Kept::kRenewed ? "certificate_renewed" : "joined_again",
            {{"ends", FormatDay(ToLocal(membership_.ends()).day)}});
  if (membership_.enrolment().department == department) return;
  // The spool is one of a department: begin again with another.
  boost::asio::post(loop_, [this] {
    moved_ = true;
    Stop();
  });
}

void Daemon::OnSpoolError(const char* event, const Status& status) {
  log::Error(event, {{"error", StatusCodeName(status.code())}});
  if (status.code() != StatusCode::kDataLoss || !damaged_.ok()) return;
  damaged_ = status;
  boost::asio::post(loop_, [this] { Stop(); });
}

void Daemon::RetryLater() {
  retry_timer_.expires_after(std::chrono::microseconds(backoff_.Next()));
  retry_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) StartSending();
  });
}

v1::HealthReport Daemon::Health() {
  HealthInputs inputs;
  if (releases_.table() != nullptr) inputs.catalogue_version = releases_.table()->version();
  inputs.capture = capture_.Stats();
  // A user's pause is not told to IT.
  inputs.capture_running = capture_.open_interfaces() > 0 || user_pause_.has_value();
  inputs.vpn_interface_seen = capture_.vpn_seen();
  inputs.decode = pipeline_.decode_counters();
  inputs.coverage = pipeline_.coverage();
  if (client_kinds_) inputs.reach = client_kinds_->reach();
  if (Result<spool::SpoolCounters> counters = spool_->Counters(); counters.ok()) {
    inputs.batches_quarantined = counters->batches_quarantined;
    inputs.batches_dropped = counters->batches_dropped;
    inputs.spools_damaged = counters->files_damaged;
  }
  return MakeHealthReport(inputs);
}

void Daemon::Stop() {
  if (stopping_) return;
  signals_.cancel();  // it may be the membership that ends the run
  capture_.Drain();
  const capture::CaptureStats stats = capture_.Stats();
  log::Info("stopping", {{"received", stats.received},
                         {"dropped_kernel", stats.dropped_kernel},
                         {"dropped_interface", stats.dropped_interface}});
  stopping_ = true;
  pipeline_.Tick(SystemClock::Get().Now());
  pipeline_.Finish();
  Freeze();
  // The last try; what it does not bring away goes after the next start. Before the capture ends, or the
  // last health report of every laptop that is switched off would say that it sees nothing.
  StartSending();
  capture_.Stop();
  filter_.Stop();
  if (control_) control_->Stop();
  second_timer_.cancel();
  checkpoint_timer_.cancel();
  send_timer_.cancel();
  retry_timer_.cancel();
}

}  // namespace gnomon::agent

// The agent as a service: live capture through every stage, records made durable, sent every so
// often.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <random>
#include <vector>

#include "agent/anonymise/anonymiser.h"
#include "agent/config.h"
#include "agent/control/server.h"
#include "agent/live_capture.h"
#include "agent/live_filter.h"
#include "agent/pipeline.h"
#include "agent/releases/releases_in_use.h"
#include "agent/spool/spool.h"
#include "agent/stream/backoff.h"
#include "agent/stream/collector_link.h"
#include "agent/stream/membership.h"

namespace gnomon::agent {

class Daemon {
 public:
  // `spool` must be open; it is used on the loop's thread only.
  Daemon(const Config& config, ReleasesInUse catalogue, std::unique_ptr<spool::Spool> spool,
         const stream::Enrolment& enrolment);

  // Runs until SIGTERM or SIGINT; then what is counted is frozen and the last send is tried.
  Status Run();

 private:
  void EverySecond();
  void EveryCheckpoint();
  void EverySend();
  void Checkpoint();
  void Freeze();
  // Hands pending batches to the uplink thread, unless it is at work.
  void StartSending();
  void FinishSending(const std::vector<v1::Batch>& batches,
                     const Result<std::vector<v1::Receipt>>& receipts);
  // Signed releases that the collector sent: takes them up while flows are open.
  void TakeUp(const Result<v1::FetchReleasesReply>& reply);
  // Captures if there is a catalogue to be believed, or says why not.
  Status StartCollecting();
  void StopCollecting();
  // Bounds and working hours; its pauses are looked at every second.
  void ApplyPolicy();
  void KeepPauses(TimeUs now);
  // What a person of this laptop asks for over the local socket.
  void StartControl();
  v1::ControlReply Serve(const v1::ControlRequest& request);
  Status Purge();
  bool PausedByUser(TimeUs now);
  void RetryLater();
  // Logs an error of the spool; one that the disk has damaged ends the run, and the next start sets it aside.
  void OnSpoolError(const char* event, const Status& status);
  // On the uplink thread, before anything is sent.
  void KeepMembership(bool refused, int timeout_seconds);
  void Stop();
  v1::HealthReport Health();

  const Config config_;
  boost::asio::io_context loop_;
  boost::asio::thread_pool uplink_thread_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer second_timer_;
  boost::asio::steady_timer checkpoint_timer_;
  boost::asio::steady_timer send_timer_;
  boost::asio::steady_timer retry_timer_;

  ReleasesInUse releases_;
  std::unique_ptr<spool::Spool> spool_;
  anonymise::Anonymiser anonymise_;
  std::unique_ptr<classify::ClientKinds> client_kinds_;
  Pipeline pipeline_;
  LiveCapture capture_;
  LiveFilter filter_;
  std::minstd_rand random_{std::random_device{}()};
  stream::Membership membership_;  // used on the uplink thread only, after the constructor, as is link_
  stream::CollectorLink link_;
  stream::Backoff backoff_{random_()};

  bool refused_ = false;  // by the collector, at the last delivery
  bool moved_ = false;    // to another department
  Status damaged_;        // of the spool
  bool sending_ = false;
  bool stopping_ = false;
  bool paused_ = false;  // by the policy or a user
  std::optional<int64_t> user_pause_;  // until when (control::ReadPause)
  std::unique_ptr<control::Server> control_;
};

}  // namespace gnomon::agent

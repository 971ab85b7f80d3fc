// Joins the detectors of each flow with the visits of each service. START HERE for this stage; the
// method is in docs/turns.md.
#include "agent/sessionise/sessioniser.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/sessionise/handshake_filter.h"
#include "agent/sessionise/turn_detector.h"
#include "agent/sessionise/upload_detector.h"
#include "agent/sessionise/visit_tracker.h"

namespace gnomon::sessionise {
namespace {

using classify::Sighting;
using classify::SightingKind;

// Traffic that lets time pass by itself, so that reading a file needs no timer.
constexpr TimeUs kSweepInterval = kSecondUs;
// A visit goes back to the beginning of its first flow where that is not longer ago.
constexpr TimeUs kOpeningTime = 60 * kSecondUs;
// Presence is a request with a real answer within this time. A page or a conversation is far over
// 4 kB; the answer to a beacon is below 1 kB, so that a tab left open is no use. A connection made
// ahead of need sends only its HTTP/2 preface (70-180 B).
constexpr TimeUs kPresenceTime = 10 * kSecondUs;
constexpr uint64_t kPresenceUp = 150;
constexpr uint64_t kPresenceDown = 4096;
constexpr uint64_t kPresenceDownProgram = 100;

struct Flow {
  Flow(const Sighting& s, const TurnParameters& parameters, uint64_t upload_bytes)
      : match(s.match),
        evidence(s.evidence),
        via(s.via),
        host(s.host),
        start(s.time),
        client(s.client),
        window_start(s.time),
        handshake(s.via),
        turns(parameters, s.flow),
        uploads(upload_bytes) {}

  catalogue::Match match;
  v1::Evidence evidence;
  classify::Via via;
  std::string host;
  TimeUs start;
  Party* party = nullptr;  // null: a host for files
  v1::Client client;       // of a host for files
  bool program = false;    // parameters of a program, not of a page
  bool counted = false;    // bytes go to the visit; before, they wait in `up` and `down`
  uint64_t up = 0;
  uint64_t down = 0;
  uint64_t total = 0;
  TimeUs window_start;  // of presence
  uint64_t window_up = 0;
  uint64_t window_down = 0;
  HandshakeFilter handshake;
  TurnDetector turns;
  UploadDetector uploads;
};

}  // namespace

class Sessioniser::Impl {
 public:
  Impl(std::shared_ptr<const catalogue::Table> table, const SessioniserOptions& options,
       SessionSink& next)
      : table_(std::move(table)),
        options_(options),
        next_(next),
        visits_(options, counters_, next) {}

  void Consume(const Sighting& s) {
    if (s.time - now_ >= kSweepInterval) AdvanceTo(s.time);
    if (s.kind == SightingKind::kName) return OnName(s);
    auto found = flows_.find(s.flow);
    if (found == flows_.end()) return;
    if (s.kind == SightingKind::kEnd) {
      EndFlow(found->second);
      flows_.erase(found);
    } else if (found->second.party) {
      OnUseData(found->second, s);
    } else {
      OnFilesData(found->second, s);
    }
  }

  void UseTable(std::shared_ptr<const catalogue::Table> table) { table_ = std::move(table); }

  void AdvanceTo(TimeUs now) {
    if (now < now_) return;
    now_ = now;
    for (auto& [id, flow] : flows_) {
      if (flow.party) {
        if (auto turn = flow.turns.Advance(now, Shared(flow))) OnTurn(flow, *turn);
        Credit(flow);
      }
      if (auto upload = flow.uploads.Advance(now)) OnUpload(flow, *upload);
    }
    visits_.Sweep(now);
  }

  void Flush(TimeUs now) {
    AdvanceTo(now);
    visits_.Flush(now);
  }

  void Finish(TimeUs now) {
    AdvanceTo(now);
    for (auto& [id, flow] : flows_) EndFlow(flow);
    flows_.clear();
    visits_.Finish();
  }

  const SessionCounters& counters() const { return counters_; }

 private:
  void OnName(const Sighting& s) {
    // A second name: a tunnel shows what it carries, and what went before was its set-up.
    if (auto old = flows_.find(s.flow); old != flows_.end()) {
      EndFlow(old->second);
      flows_.erase(old);
    }
    const bool use = s.match.role == v1::HOST_ROLE_USE;
    if (!s.match || (!use && s.match.role != v1::HOST_ROLE_FILES)) return;
    if (flows_.size() >= options_.max_flows) {
      ++counters_.flows_refused;
      return;
    }
    Party* party = nullptr;
    if (use && !(party = visits_.Join(s.match.service, s.client))) return;
    const bool program = Parameters(s.match.service, s.client).bursts;
    const TurnParameters& parameters = program ? api_ : web_;
    Flow& flow = flows_.try_emplace(s.flow, s, parameters, options_.upload_bytes).first->second;
    flow.party = party;
    flow.program = program;
  }

  TurnParameters Parameters(catalogue::ServiceIndex service, v1::Client client) const {
    const bool known = table_ && service < table_->service_count();
    return TurnParameters::For(known ? table_->service(service).surface() : v1::SURFACE_UNSPECIFIED,
                               client);
  }

  // Programs share no prompts between connections: a request is answered where it was sent.
  static PromptWindow* Shared(Flow& flow) { return flow.program ? nullptr : &flow.party->prompts; }

  void OnUseData(Flow& flow, const Sighting& s) {
    if (s.client != flow.party->client && flow.party->client == v1::CLIENT_UNKNOWN) {
      flow.party = visits_.Rename(flow.party, s.client);
    }
    flow.total += s.bytes;
    const uint32_t bytes = flow.handshake.Filter(s.upstream, s.bytes);
    if (bytes > 0) {
      if (auto turn = flow.turns.Add(s.time, s.upstream, bytes, Shared(flow))) OnTurn(flow, *turn);
      if (s.upstream) {
        if (auto upload = flow.uploads.Add(s.time, bytes)) OnUpload(flow, *upload);
      }
      if (!flow.match.embedded) NotePresence(flow, s.time, s.upstream, bytes);
      if (flow.turns.streaming()) visits_.Touch(*flow.party, s.time);
    }
    CountBytes(flow, s);
    Credit(flow);
  }

  // A host for files opens no visit; in an open one its bytes and uploads count.
  void OnFilesData(Flow& flow, const Sighting& s) {
    const uint32_t bytes = flow.handshake.Filter(s.upstream, s.bytes);
    if (s.upstream) {
      if (auto upload = flow.uploads.Add(s.time, bytes)) OnUpload(flow, *upload);
    }
    Party* party = visits_.FindOpen(flow.match.service, s.client);
    flow.client = s.client;
    if (party) visits_.AddBytes(*party, s.upstream ? s.bytes : 0, s.upstream ? 0 : s.bytes);
  }

  void NotePresence(Flow& flow, TimeUs time, bool upstream, uint32_t bytes) {
    if (time - flow.window_start > kPresenceTime) {
      flow.window_start = time;
      flow.window_up = 0;
      flow.window_down = 0;
    }
    (upstream ? flow.window_up : flow.window_down) += bytes;
    if (flow.window_up < kPresenceUp) return;
    if (flow.window_down < (flow.program ? kPresenceDownProgram : kPresenceDown)) return;
    Use(flow, flow.window_start, time);
  }

  // Bytes sent before the visit opened belong to it, except on a suite's host, which has other
  // uses.
  void CountBytes(Flow& flow, const Sighting& s) {
    (s.upstream ? flow.up : flow.down) += s.bytes;
    if (!flow.party->open) {
      if (flow.counted || flow.match.embedded || s.time - flow.start > kOpeningTime) {
        flow.up = 0;
        flow.down = 0;
      }
      return;
    }
    flow.counted = true;
    visits_.AddBytes(*flow.party, std::exchange(flow.up, 0), std::exchange(flow.down, 0));
    visits_.NameHost(*flow.party, flow.host, flow.total);
  }

  void Use(Flow& flow, TimeUs begin, TimeUs time) {
    if (!flow.counted && !flow.match.embedded && begin - flow.start <= kOpeningTime) {
      begin = std::min(begin, flow.start);
    }
    visits_.Use(*flow.party, begin, time, flow.evidence, flow.host);
  }

  void OnTurn(Flow& flow, const TurnEstimate& turn) {
    Use(flow, turn.start, turn.last);
    ++counters_.turns;
    visits_.AddTurn(*flow.party);
    next_.Consume(Turn{.start = turn.start,
                       .first = turn.first,
                       .last = turn.last,
                       .service = flow.match.service,
                       .client = flow.party->client,
                       .via = flow.via,
                       .host = flow.host});
  }

  void OnUpload(Flow& flow, const UploadEstimate& upload) {
    Party* party = flow.party;
    if (party && !flow.match.embedded) {
      Use(flow, upload.start, upload.end);
    } else if (!party) {
      party = visits_.FindOpen(flow.match.service, flow.client);
    }
    if (!party || !party->open) return;  // within a visit only
    visits_.Touch(*party, upload.end);
    visits_.AddUpload(*party);
    ++counters_.uploads;
    next_.Consume(Upload{.start = upload.start,
                         .end = upload.end,
                         .bytes = upload.bytes,
                         .service = flow.match.service,
                         .host = flow.host});
  }

  void Credit(Flow& flow) {
    if (flow.party->open) visits_.AddActive(*flow.party, flow.turns.TakeActive());
  }

  void EndFlow(Flow& flow) {
    if (flow.party) {
      if (auto turn = flow.turns.Finish(Shared(flow))) OnTurn(flow, *turn);
      Credit(flow);
    }
    if (auto upload = flow.uploads.Finish()) OnUpload(flow, *upload);
    if (flow.party) visits_.Leave(std::exchange(flow.party, nullptr));
  }

  std::shared_ptr<const catalogue::Table> table_;
  SessioniserOptions options_;
  SessionSink& next_;
  SessionCounters counters_;
  VisitTracker visits_;
  const TurnParameters web_ = TurnParameters::Web();
  const TurnParameters api_ = TurnParameters::Api();
  std::unordered_map<uint64_t, Flow> flows_;
  TimeUs now_ = 0;
};

Sessioniser::Sessioniser(std::shared_ptr<const catalogue::Table> table,
                         const SessioniserOptions& options, SessionSink& next)
    : impl_(std::make_unique<Impl>(std::move(table), options, next)) {}
Sessioniser::~Sessioniser() = default;

void Sessioniser::Consume(const Sighting& sighting) {
  impl_->Consume(sighting);
}
void Sessioniser::UseTable(std::shared_ptr<const catalogue::Table> table) {
  impl_->UseTable(std::move(table));
}
void Sessioniser::AdvanceTo(TimeUs now) {
  impl_->AdvanceTo(now);
}
void Sessioniser::Flush(TimeUs now) {
  impl_->Flush(now);
}
void Sessioniser::Finish(TimeUs now) {
  impl_->Finish(now);
}
const SessionCounters& Sessioniser::counters() const {
  return impl_->counters();
}

}  // namespace gnomon::sessionise

// Joins the detectors of each flow with the visits of each service. START HERE for this stage; the
// method is in docs/turns.md.
#include "agent/sessionise/sessioniser.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/sessionise/automation_detector.h"
#include "agent/sessionise/handshake_filter.h"
#include "agent/sessionise/relay_watch.h"
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
  bool local() const { return evidence == v1::EVIDENCE_LOCAL; }

  RequestTimes requests;
  bool answering = false;  // local: an answer is arriving that counts
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
        visits_(options, counters_, next),
        automation_(options.max_visits) {
    LearnMeasured();
  }

  // In place: detectors of open flows refer to what is there.
  void LearnMeasured() {
    for (catalogue::ServiceIndex i = 0; table_ && i < table_->service_count(); ++i) {
      const v1::Service& service = table_->service(i);
      if (!service.has_turns()) continue;
      for (const v1::Client client : {v1::CLIENT_BROWSER, v1::CLIENT_SCRIPT_RUNTIME}) {
        const auto known = TurnParameters::For(service.surface(), client, service.turns());
        measured_.insert_or_assign(MeasuredKey(i, known.bursts), known);
      }
    }
  }

  void Consume(const Sighting& s) {
    if (s.time - now_ >= kSweepInterval) AdvanceTo(s.time);
    if (s.kind == SightingKind::kName) return OnName(s);
    auto found = flows_.find(s.flow);
    if (found == flows_.end()) return;
    if (s.kind == SightingKind::kEnd) {
      EndFlow(found->second);
      flows_.erase(found);
    } else if (s.kind == SightingKind::kTurn) {
      OnClearTurn(found->second, s);
    } else if (found->second.local()) {
      OnLocalData(found->second, s);
    } else if (found->second.party) {
      OnUseData(found->second, s);
    } else {
      OnFilesData(found->second, s);
    }
  }

  void UseTable(std::shared_ptr<const catalogue::Table> table) {
    table_ = std::move(table);
    LearnMeasured();
  }

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

  void EndDay(TimeUs now) {
    Flush(now);
    automation_.SettleAll();
  }

  void SetBack(TimeUs now) {
    automation_.SettleAll();
    for (auto& [id, flow] : flows_) {
      EndEstimates(flow);
      flow.turns = TurnDetector(Parameters(flow.match.service, flow.program), id);
      flow.uploads = UploadDetector(options_.upload_bytes);
      flow.start = now;
      flow.window_start = now;
      flow.window_up = 0;
      flow.window_down = 0;
    }
    visits_.SetBack(now);
    now_ = now;
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
    if (use && !(party = visits_.Join(s.match.service, s.client, ServerTag(s)))) return;
    const bool program = IsProgram(s.match.service, s.client);
    Flow& flow =
        flows_.try_emplace(s.flow, s, Parameters(s.match.service, program), options_.upload_bytes)
            .first->second;
    if (party) automation_.Expect(VisitTracker::Key(*party));
    flow.party = party;
    flow.program = program;
  }

  bool IsProgram(catalogue::ServiceIndex service, v1::Client client) const {
    const bool known = table_ && service < table_->service_count();
    return TurnParameters::ForProgram(
        known ? table_->service(service).surface() : v1::SURFACE_UNSPECIFIED, client);
  }

  static uint32_t MeasuredKey(catalogue::ServiceIndex service, bool program) {
    return uint32_t{service} << 1 | (program ? 1 : 0);
  }
  // Lives as long as this.
  const TurnParameters& Parameters(catalogue::ServiceIndex service, bool program) const {
    const auto found = measured_.find(MeasuredKey(service, program));
    if (found != measured_.end()) return found->second;
    return program ? api_ : web_;
  }

  // Model servers of this machine and network have visits of their own: one id may stand for many.
  static uint32_t ServerTag(const Sighting& s) {
    if (s.evidence != v1::EVIDENCE_LOCAL) return 0;
    uint32_t hash = 0x811c9dc5;  // FNV-1a; two servers with one tag would share a visit, no more
    for (const uint8_t byte : s.tuple.server.bytes) hash = (hash ^ byte) * 0x01000193;
    return (hash ^ s.tuple.server_port) * 0x01000193;
  }

  // Turns are told, not estimated; bytes count like any other's.
  void OnLocalData(Flow& flow, const Sighting& s) {
    if (s.client != flow.party->client && flow.party->client == v1::CLIENT_UNKNOWN) {
      flow.party = visits_.Rename(flow.party, s.client);
    }
    flow.total += s.bytes;
    if (s.upstream) {
      if (auto upload = flow.uploads.Add(s.time, s.bytes)) OnUpload(flow, *upload);
    }
    if (flow.answering) visits_.Touch(*flow.party, s.time);
    CountBytes(flow, s);
  }

  void OnClearTurn(Flow& flow, const Sighting& s) {
    if (!flow.party) return;
    if (!s.turn.ended) {
      flow.requests.Set(s.turn.prompt, s.turn.first);
      flow.answering = !IsRelayed(flow, s.turn);
      if (flow.answering) Use(flow, s.turn.prompt, s.turn.first);
      else ++counters_.turns_relayed;
      return;
    }
    if (!std::exchange(flow.answering, false)) return;
    OnTurn(flow, {.start = s.turn.prompt, .first = s.turn.first, .last = s.turn.last});
    visits_.AddActive(*flow.party, s.turn.last - s.turn.first);
  }

  // While the server was silent another service was asked and answered: the prompt went on there,
  // and counts there. Of a server that shows its own mark only where the other is the same again:
  // somebody may use two services at one time.
  bool IsRelayed(const Flow& flow, const classify::ClearTurn& turn) const {
    return std::any_of(flows_.begin(), flows_.end(), [&](const auto& entry) {
      const Flow& other = entry.second;
      if (&other == &flow || !other.party || !(other.program || other.local())) return false;
      if (other.local() && other.party->server == flow.party->server) return false;
      const bool same = other.local() && other.match.service == flow.match.service;
      return (turn.generic || same) && other.requests.Within(turn.prompt, turn.first);
    });
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
      if (flow.program) flow.requests.Add(s.time, s.upstream, bytes);
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
    if (visits_.Use(*flow.party, begin, time, flow.evidence, flow.host)) {
      automation_.Settle(VisitTracker::Key(*flow.party));
    }
  }

  void OnTurn(Flow& flow, const TurnEstimate& turn) {
    Use(flow, turn.start, turn.last);
    ++counters_.turns;
    const AutomationVerdict verdict = automation_.Judge(VisitTracker::Key(*flow.party), turn);
    const uint32_t automated = verdict.earlier + (verdict.automated ? 1 : 0);
    counters_.automated_turns += automated;
    visits_.AddTurn(*flow.party, automated);
    next_.Consume(Turn{.start = turn.start,
                       .first = turn.first,
                       .last = turn.last,
                       .service = flow.match.service,
                       .client = flow.party->client,
                       .via = flow.via,
                       .automated = verdict.automated,
                       .automated_before = verdict.earlier,
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
    if (flow.party->open && !flow.local()) visits_.AddActive(*flow.party, flow.turns.TakeActive());
  }

  void EndEstimates(Flow& flow) {
    if (flow.party) {
      if (auto turn = flow.turns.Finish(Shared(flow))) OnTurn(flow, *turn);
      Credit(flow);
    }
    if (auto upload = flow.uploads.Finish()) OnUpload(flow, *upload);
  }

  void EndFlow(Flow& flow) {
    EndEstimates(flow);
    if (flow.party) visits_.Leave(std::exchange(flow.party, nullptr));
  }

  std::shared_ptr<const catalogue::Table> table_;
  SessioniserOptions options_;
  SessionSink& next_;
  SessionCounters counters_;
  VisitTracker visits_;
  AutomationDetectors automation_;
  const TurnParameters web_ = TurnParameters::Web();
  const TurnParameters api_ = TurnParameters::Api();
  std::unordered_map<uint32_t, TurnParameters> measured_;  // of services whose turns were measured
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
void Sessioniser::EndDay(TimeUs now) {
  impl_->EndDay(now);
}
void Sessioniser::SetBack(TimeUs now) {
  impl_->SetBack(now);
}
void Sessioniser::Finish(TimeUs now) {
  impl_->Finish(now);
}
const SessionCounters& Sessioniser::counters() const {
  return impl_->counters();
}

}  // namespace gnomon::sessionise

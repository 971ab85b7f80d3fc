#include "agent/sessionise/turn_detector.h"

#include <algorithm>
#include <bit>

namespace gnomon::sessionise {
namespace {

// Server data this soon after a request says nothing yet: it may be the rest of the old answer, or
// the request's own acknowledgement (a round trip).
constexpr TimeUs kRoundTrip = 200'000;
// A burst that the server has answered does not grow longer than this: page loads chain requests.
constexpr TimeUs kAnsweredBurst = kSecondUs;
// Gap that begins a new run of server packets. Streams have median gaps of 0-276 ms.
constexpr TimeUs kRunGap = 400'000;
// Stream slots further apart than this are not the beginning of one answer.
constexpr TimeUs kRunSilence = kSecondUs;
// With this many separate arrivals they are: then only what ends a stream parts them. (The answers
// of beacons are one to three packets each.)
constexpr uint32_t kRunArrivals = 8;
// Server packets closer than this left the server in one write.
constexpr TimeUs kGroupGap = 5'000;
// A request this large that is not streamed to is an upload.
constexpr uint64_t kUploadBytes = 200'000;

}  // namespace

std::optional<TurnEstimate> TurnDetector::Add(TimeUs time, bool upstream, uint32_t bytes,
                                              PromptWindow* shared) {
  std::optional<TurnEstimate> ended = Advance(time, shared);
  std::optional<TurnEstimate> next;
  if (upstream) {
    if (bytes >= p_->min_up_bytes) next = OnRequest(now_, bytes, shared);
  } else {
    slot_bytes_ += bytes;
    if (bytes >= p_->min_down_bytes) next = OnAnswer(now_, bytes, shared);
  }
  return ended ? ended : next;
}

std::optional<TurnEstimate> TurnDetector::Advance(TimeUs now, PromptWindow* shared) {
  now_ = std::max(now, now_);
  const int64_t slot = now_ / p_->slot;
  if (slot != slot_) {
    CloseSlot(shared);
    const int64_t empty = slot - slot_ - 1;
    register_ = empty < 32 ? register_ << empty : 0;
    slot_ = slot;
  }
  if (turn_ && now_ - turn_->last >= p_->stream_end) return EndStream();
  if (exchange_.bytes > 0 && !turn_ && now_ - exchange_.last >= p_->stream_end) {
    return EndExchange(shared);
  }
  return std::nullopt;
}

std::optional<TurnEstimate> TurnDetector::Finish(PromptWindow* shared) {
  CloseSlot(shared);
  ++slot_;
  if (turn_) return EndStream();
  if (exchange_.bytes > 0) return EndExchange(shared);
  return std::nullopt;
}

TimeUs TurnDetector::TakeActive() {
  const TimeUs active = active_slots_ * p_->slot;
  active_slots_ = 0;
  return active;
}

std::optional<TurnEstimate> TurnDetector::OnRequest(TimeUs time, uint32_t bytes,
                                                    PromptWindow* shared) {
  if (time - last_request_ > p_->explain_time) explained_ = 0;
  explained_ = std::min(p_->explained_limit, explained_ + p_->explained_per_packet);
  std::optional<TurnEstimate> ended;
  if (StartsBurst(time)) {
    if (p_->bursts && !turn_ && exchange_.bytes > 0) {
      ended = EndExchange(shared);
      // What came before is answered, with a turn or without.
      if (const Prompt* old = own_.Find(time, *p_)) DropPrompt(Prompt(*old), shared);
    }
    // A connection's first request is its set-up.
    const bool silence = burst_.packets > 0 && time - last_request_ >= p_->lone_silence;
    burst_ = {.start = time, .after_silence = silence};
    answered_ = false;
  }
  last_request_ = time;
  burst_.end = time;
  burst_.bytes += bytes;
  ++burst_.packets;
  OfferBurst(shared);
  // A client that sends one request at a time has its answer.
  if (turn_ && p_->next_ratio == 0 && burst_.bytes >= p_->prompt_bytes &&
      burst_.start - last_stream_ >= p_->silence_before) {
    return EndStream();
  }
  return ended;
}

bool TurnDetector::StartsBurst(TimeUs time) const {
  if (burst_.packets == 0) return true;
  const TimeUs gap = time - burst_.end;
  if (p_->bursts) return (answered_ && gap > kGroupGap) || gap > p_->prompt_window;
  return gap > p_->prompt_gap || (answered_ && time - burst_.start > kAnsweredBurst);
}

void TurnDetector::OfferBurst(PromptWindow* shared) {
  Prompt prompt{.start = burst_.start,
                .end = burst_.end,
                .bytes = burst_.bytes,
                .flow = flow_,
                .weak = burst_.bytes >= p_->attachment_bytes};
  if (burst_.bytes >= p_->prompt_bytes) {
    own_.Offer(prompt, *p_);
    if (shared) shared->Offer(prompt, *p_);
  } else if (p_->lone_silence > 0 && burst_.after_silence) {
    prompt.lone = true;
    // Only the flow itself answers a message that small; a second packet makes it a plain request.
    if (burst_.packets == 1) {
      own_.Offer(prompt, *p_);
    } else {
      own_.Retract(prompt);
    }
  }
}

std::optional<TurnEstimate> TurnDetector::OnAnswer(TimeUs time, uint32_t bytes,
                                                   PromptWindow* shared) {
  if (time - last_answer_ > kRunGap) answer_run_ = time;
  if (time - last_answer_ > p_->quick_answer) {
    opening_ = time;
    opening_bytes_ = bytes;
  }
  if (p_->bursts && !turn_) AddToExchange(time, bytes);
  last_answer_ = time;
  own_.Answered(flow_, time, *p_);
  if (shared) shared->Answered(flow_, time, *p_);
  if (!answered_) first_answer_ = time;
  answered_ = true;
  if (Explained(time)) return std::nullopt;
  std::optional<TurnEstimate> ended;
  if (turn_) {
    ended = NextPrompt(time, shared);
  } else {
    last_stream_ = time;
  }
  if (slot_packets_ == 0 || time - slot_last_ > kGroupGap) ++slot_arrivals_;
  ++slot_packets_;
  slot_stream_bytes_ += bytes;
  slot_last_ = time;
  return ended;
}

bool TurnDetector::Explained(TimeUs time) {
  if (explained_ == 0 || time - last_request_ > p_->explain_time) return false;
  --explained_;
  return true;
}

// A stream packet while a turn runs: does a burst since its beginning turn out to be the next
// prompt (the stream paused around it) or a beacon (the stream went on)?
std::optional<TurnEstimate> TurnDetector::NextPrompt(TimeUs time, PromptWindow* shared) {
  const Prompt* found = FindPrompt(time, shared);
  if (!found) {
    last_stream_ = time;
    return std::nullopt;
  }
  if (time <= found->end + kRoundTrip) return std::nullopt;
  const Prompt candidate = *found;
  const TimeUs before = candidate.start - last_stream_;
  const TimeUs after = time - candidate.end;
  const bool large =
      turn_->prompt.weak || candidate.bytes * 100 >= turn_->prompt.bytes * uint64_t{p_->next_ratio};
  last_stream_ = time;
  if (large && HasAnswer(candidate, before, after)) return EndStream();
  DropPrompt(candidate, shared);
  return std::nullopt;
}

// Whether what the server sends `after` a burst, `before` which it was silent, answers the burst
// and is not the answer that was running.
bool TurnDetector::HasAnswer(const Prompt& candidate, TimeUs before, TimeUs after) const {
  if (after >= (before >= p_->silence_before ? p_->answer_delay : p_->silence_after)) return true;
  // A page can have two answers at a time on one connection. Programs have none.
  if (p_->bursts || candidate.flow != flow_) return false;
  if (!candidate.weak && candidate.bytes > p_->beacon_bytes) return true;
  return after >= p_->answer_delay && opening_ > candidate.end &&
         turn_->arrivals >= p_->opening_arrivals &&
         opening_bytes_ * turn_->arrivals >= p_->opening_ratio * turn_->bytes;
}

// Soon after an answer, a small burst is a beacon in a pause of it rather than the next prompt.
bool TurnDetector::LargeEnough(const Prompt& candidate) const {
  const TimeUs since = candidate.start - last_turn_last_;
  const uint64_t last = DecayedSize(last_prompt_bytes_, since, *p_);
  return candidate.bytes * 100 >= last * p_->next_ratio;
}

void TurnDetector::CloseSlot(PromptWindow* shared) {
  const uint64_t rate =
      slot_bytes_ * static_cast<uint64_t>(kSecondUs) / static_cast<uint64_t>(p_->slot);
  const TimeUs slot_end = (slot_ + 1) * p_->slot;
  bool stream = slot_packets_ > 0 && slot_end - p_->slot >= mute_until_;
  if (rate > p_->stream_rate) {
    stream = false;
    // The answer to that burst was no prose.
    if (!turn_ && slot_end - burst_.end <= p_->bulk_mute) {
      own_.Weaken(flow_, now_, *p_);
      if (shared) shared->Weaken(flow_, now_, *p_);
    }
  }
  register_ <<= 1;
  if (rate > p_->bulk_rate) {
    register_ = 0;
    mute_until_ = slot_end + p_->bulk_mute;
    if (!turn_) {
      if (const Prompt* prompt = own_.Find(now_, *p_)) DropPrompt(Prompt(*prompt), shared);
    }
  }
  if (stream) {
    register_ |= 1;
    OnStreamSlot(shared);
  }
  slot_bytes_ = 0;
  slot_packets_ = 0;
  slot_arrivals_ = 0;
  slot_stream_bytes_ = 0;
}

void TurnDetector::OnStreamSlot(PromptWindow* shared) {
  if (turn_) {
    turn_->last = slot_last_;
    turn_->bytes += slot_stream_bytes_;
    turn_->arrivals += slot_arrivals_;
    last_turn_last_ = slot_last_;
    ++active_slots_;
    return;
  }
  const uint32_t seen = p_->slots_seen >= 32 ? ~0u : (1u << p_->slots_seen) - 1;
  const TimeUs silence = run_arrivals_ >= kRunArrivals ? p_->stream_end : kRunSilence + p_->slot;
  const bool goes_on = run_first_ > 0 && slot_last_ - run_last_ <= silence;
  const Prompt* prompt = FindPrompt(goes_on ? run_first_ : slot_last_, shared);
  if (prompt && had_turn_ && !LargeEnough(*prompt)) {
    DropPrompt(Prompt(*prompt), shared);
    prompt = nullptr;
  }
  if (!prompt) {
    // No prompt: the old turn goes on after a pause longer than `stream_end`.
    if (had_turn_ && static_cast<uint32_t>(std::popcount(register_ & seen)) >= p_->slots_needed) {
      ++active_slots_;
    }
    return;
  }
  if (!goes_on || run_first_ < prompt->start) {
    // The run may go on from before the prompt; then its answer begins with what came next.
    run_first_ = answer_run_ >= prompt->start     ? answer_run_
                 : first_answer_ >= prompt->start ? first_answer_
                                                  : slot_last_;
    run_arrivals_ = 0;
    run_bytes_ = 0;
  }
  run_arrivals_ += slot_arrivals_;
  run_bytes_ += slot_stream_bytes_;
  run_last_ = slot_last_;
  // Only slots since the prompt count.
  const int64_t since = slot_ - prompt->start / p_->slot;
  const uint32_t mask = since >= 32 ? seen : seen & ((1u << std::max<int64_t>(since, 0)) - 1);
  const uint32_t slots = static_cast<uint32_t>(std::popcount(register_ & mask));
  const bool clear = !prompt->lone && prompt->flow == flow_;
  const bool dense = run_arrivals_ >= p_->dense_arrivals &&
                     run_bytes_ <= uint64_t{run_arrivals_} * p_->dense_arrival_bytes;
  const uint32_t needed = clear ? p_->slots_needed : p_->lone_slots_needed;
  if (slots + (dense ? 1 : 0) < needed) return;
  turn_ = Stream{.prompt = *prompt,
                 .first = run_first_,
                 .last = slot_last_,
                 .bytes = run_bytes_,
                 .arrivals = run_arrivals_};
  last_stream_ = slot_last_;
  last_turn_first_ = run_first_;
  last_turn_last_ = slot_last_;
  last_prompt_bytes_ = prompt->weak ? 0 : prompt->bytes;
  had_turn_ = true;
  active_slots_ += slots;
  exchange_ = {};
  DropPrompt(turn_->prompt, shared);
}

const Prompt* TurnDetector::FindPrompt(TimeUs now, const PromptWindow* shared) const {
  const Prompt* own = own_.Find(now, *p_);
  if (own && (own->start <= last_turn_first_ || (shared && shared->Dropped(*own)))) own = nullptr;
  const Prompt* other = shared ? shared->Find(now, *p_) : nullptr;
  if (other && (other->flow == flow_ || other->start <= last_turn_first_)) other = nullptr;
  if (!own || !other) return own ? own : other;
  // A flow's own prompt is the better guess unless it is old.
  const TimeUs patience = own->lone ? 3 * p_->prompt_window : p_->prompt_window;
  return other->start - own->start > patience ? other : own;
}

void TurnDetector::DropPrompt(const Prompt& prompt, PromptWindow* shared) {
  if (prompt.flow == flow_) own_.Drop(prompt);
  if (shared) shared->Drop(prompt);
}

void TurnDetector::AddToExchange(TimeUs time, uint32_t bytes) {
  const TimeUs since = exchange_.bytes > 0 ? exchange_.last : burst_.end;
  if (time - since >= p_->burst_pause) exchange_ = {.paused = burst_.packets > 0};
  if (exchange_.bytes == 0) exchange_.first = time;
  if (exchange_.bytes == 0 || time - exchange_.last > kGroupGap) ++exchange_.groups;
  exchange_.bytes += bytes;
  exchange_.last = time;
}

std::optional<TurnEstimate> TurnDetector::EndExchange(PromptWindow* shared) {
  const Exchange done = exchange_;
  exchange_ = {};
  if (!p_->bursts) return std::nullopt;
  const Prompt* prompt = FindPrompt(done.first, shared);
  if (!prompt) return std::nullopt;
  const bool answer = prompt->bytes < kUploadBytes && done.bytes >= p_->burst_min_bytes &&
                      done.bytes <= p_->burst_bytes;
  const bool scattered =
      done.groups >= p_->burst_groups && done.bytes <= done.groups * p_->burst_group_bytes;
  if (!answer || (!scattered && !done.paused)) {
    own_.Weaken(flow_, now_, *p_);  // answered by something else; a stream may still follow
    return std::nullopt;
  }
  const TurnEstimate turn{.start = prompt->start, .first = done.first, .last = done.last};
  last_turn_first_ = done.first;
  had_turn_ = true;
  active_slots_ += static_cast<uint32_t>((done.last - done.first) / p_->slot) + 1;
  DropPrompt(Prompt(*prompt), shared);
  return turn;
}

std::optional<TurnEstimate> TurnDetector::EndStream() {
  TurnEstimate turn{.start = turn_->prompt.start, .first = turn_->first, .last = turn_->last};
  // The slot still open holds the end of the answer, or nothing.
  if (slot_packets_ > 0) turn.last = std::max(turn.last, slot_last_);
  turn_.reset();
  run_first_ = 0;
  return turn;
}

}  // namespace gnomon::sessionise

// The numbers of the turn detector, each with its evidence. docs/turns.md has the method.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::sessionise {

struct TurnParameters {
  // --- What counts as data. ---
  // Keep-alives and HTTP/2 control frames are 31-39 B inside TLS.
  uint32_t min_down_bytes = 41;
  // Client packets below this are acknowledgements, window updates and HTTP/2 header frames.
  uint32_t min_up_bytes = 100;

  // --- Prompts. ---
  // Browser prompts measured: ChatGPT about 14.5 kB, Claude 3-9 kB, Gemini 19-60 kB; 600 B leaves
  // room for services that send the text alone.
  uint64_t prompt_bytes = 600;
  // Client packets closer than this are one burst.
  TimeUs prompt_gap = 250'000;
  // Beacons of 1-4 kB surround a prompt. A burst weighs the square root of its size over the time
  // from it to the answer's first packet, plus `usual_wait`: answers begin after 0.3 to 60 s, and
  // with all orders of magnitude of that alike, the chance of a wait falls as one over its length.
  // Between 1 and 4 s the figures hardly change.
  TimeUs usual_wait = 2 * kSecondUs;
  // The size that the next prompt has to reach halves every such period.
  TimeUs prompt_window = 5 * kSecondUs;
  // A beacon is answered within a round trip, a prompt only after the model has read it (0.3 s and
  // more), unless the head of its answer goes first. So a burst without server data in this time
  // weighs `slow_weight` times as much. A round trip over satellite is 0.6 s: there all bursts
  // are slow, and size alone decides.
  TimeUs quick_answer = 250'000;
  uint32_t slow_weight = 8;
  // Bursts of the size that most prompts of the service have (the catalogue says where that was
  // measured) weigh this many times more. 0, 0: unknown.
  uint64_t typical_from = 0;
  uint64_t typical_to = 0;
  uint32_t typical_weight = 8;
  // A prompt waits this long for its answer; models that think first take up to a minute.
  TimeUs prompt_life = 60 * kSecondUs;
  // A burst this large may be an attachment: it is a prompt only where no other follows.
  uint64_t attachment_bytes = 100'000;
  // A WebSocket message can be far below `prompt_bytes`. A single client packet of at least
  // `min_up_bytes` after this much client silence is a "lone" prompt, which only a clear stream
  // confirms. Twice the gap that parts bursts: the first message may follow the socket's set-up in
  // less than a second. 0: off.
  TimeUs lone_silence = 500'000;

  // --- Streams. ---
  // A stream slot has server data that no request explains, at most `stream_rate` bytes a second
  // (measured answers: 4-80 packets/s, at most about 53 kB/s).
  TimeUs slot = 250'000;
  uint32_t slots_seen = 8;    // length of the shift register, at most 32
  uint32_t slots_needed = 3;  // stream slots among them that confirm a turn
  uint32_t lone_slots_needed = 4;
  // A dense stream of small packets needs one slot less, so that an answer that pauses early is not
  // lost: this many separate arrivals of at most so many bytes on average. Page parts come in full
  // packets, beacon answers in few.
  uint32_t dense_arrivals = 16;
  uint64_t dense_arrival_bytes = 600;
  uint64_t stream_rate = 64'000;
  // Above this a slot is bulk: a page load is 1.4-3 MB per half second.
  uint64_t bulk_rate = 300'000;
  TimeUs bulk_mute = 1'500'000;
  // The answer to a beacon is one to three packets soon after it, so each client packet explains
  // this many server packets of the next `explain_time`. 0: off.
  uint32_t explained_per_packet = 2;
  uint32_t explained_limit = 8;
  TimeUs explain_time = kSecondUs;
  // Silence that ends a stream. In-turn pauses have a 95th percentile of 0.5-5.4 s; a stream that
  // goes on after a longer one without a prompt is the old turn.
  TimeUs stream_end = 3 * kSecondUs;

  // --- A prompt before `stream_end` has passed. ---
  // A burst is the next prompt where the stream was silent `silence_before` it and `answer_delay`
  // after it, or `silence_after` it, and it has `next_ratio` percent of the last prompt's size: a
  // beacon in the middle of an answer, or at either end of a pause in it, has not. Nobody reads an
  // answer and writes the next prompt faster.
  TimeUs silence_before = 1'500'000;
  TimeUs answer_delay = 400'000;
  TimeUs silence_after = 3 * kSecondUs;
  uint32_t next_ratio = 50;
  // Two tabs may share a connection. There a burst is the next prompt without that much silence:
  // - where no beacon is that large (1-4 kB measured), whatever the old answer does,
  // - or where the server was silent for `answer_delay` after it and then began with a packet
  //   `opening_ratio` times as large as the mean arrival of the answer, which had
  //   `opening_arrivals` or more. An answer opens with the events of its start (message_start of
  //   Anthropic's API, response.created of OpenAI's, which repeat the request's settings); one that
  //   goes on after a pause does so with the next token.
  uint64_t beacon_bytes = 5'000;
  uint64_t opening_ratio = 2;
  uint64_t opening_arrivals = 8;

  // --- Answers without a stream (programs only). ---
  // A short answer counts where it comes in `burst_groups` arrivals of at most `burst_group_bytes`
  // on average, or after at least `burst_pause` of silence; larger than `burst_bytes` it is a file,
  // and faster than that it is a list, an embedding or an error. false: streams alone count.
  bool bursts = false;
  uint32_t burst_groups = 4;
  uint64_t burst_group_bytes = 1500;
  TimeUs burst_pause = kSecondUs;
  uint64_t burst_min_bytes = 200;
  uint64_t burst_bytes = 64'000;

  // People in browsers and desktop applications: one connection carries prompts, beacons, page
  // parts.
  static TurnParameters Web();
  // Programs: a request is a model call, its answer comes on the same connection, no beacons.
  static TurnParameters Api();
  // `measured` is what the catalogue knows of the service; what it leaves out keeps its default.
  static TurnParameters For(v1::Surface surface, v1::Client client,
                            const v1::Turns& measured = v1::Turns::default_instance());
  // Whether the service's rules for programs hold: `bursts` of For().
  static bool ForProgram(v1::Surface surface, v1::Client client);
};

}  // namespace gnomon::sessionise

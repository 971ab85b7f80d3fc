#include "agent/sessionise/turn_parameters.h"

namespace gnomon::sessionise {

TurnParameters TurnParameters::Web() {
  return TurnParameters();
}

TurnParameters TurnParameters::Api() {
  TurnParameters p;
  // A chat call with a one-line prompt is 400-800 B over HTTP/1.1 and about 250 B over HTTP/2 with
  // compressed headers; reading a list is below 150 B.
  p.prompt_bytes = 200;
  p.lone_silence = 0;
  p.explained_per_packet = 0;
  p.silence_before = 100'000;  // one request at a time: the answer is over when the next one leaves
  p.answer_delay = 0;
  p.silence_after = 300'000;
  p.next_ratio = 0;
  p.bursts = true;
  return p;
}

bool TurnParameters::ForProgram(v1::Surface surface, v1::Client client) {
  // A page that calls an API still has a page's side traffic: typing on a shared document looks
  // like two hundred short API calls.
  if (client == v1::CLIENT_BROWSER) return false;
  if (client == v1::CLIENT_TERMINAL || client == v1::CLIENT_SCRIPT_RUNTIME) return true;
  switch (surface) {
    case v1::SURFACE_API:
    case v1::SURFACE_EDITOR:
    case v1::SURFACE_LOCAL_MODEL:
      return true;
    default:
      return false;
  }
}

TurnParameters TurnParameters::For(v1::Surface surface, v1::Client client,
                                   const v1::Turns& measured) {
  const bool program = ForProgram(surface, client);
  TurnParameters p = program ? Api() : Web();
  if (!program) {
    p.typical_from = measured.prompt_from();
    p.typical_to = measured.prompt_to();
  }
  if (measured.stream_end() > 0) p.stream_end = measured.stream_end() * kSecondUs;
  if (measured.prompt_life() > 0) p.prompt_life = measured.prompt_life() * kSecondUs;
  return p;
}

}  // namespace gnomon::sessionise

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

TurnParameters TurnParameters::For(v1::Surface surface, v1::Client client) {
  // A page that calls an API still has a page's side traffic: typing on a shared document looks
  // like two hundred short API calls.
  if (client == v1::CLIENT_BROWSER) return Web();
  if (client == v1::CLIENT_TERMINAL || client == v1::CLIENT_SCRIPT_RUNTIME) return Api();
  switch (surface) {
    case v1::SURFACE_API:
    case v1::SURFACE_EDITOR:
    case v1::SURFACE_LOCAL_MODEL:
      return Api();
    default:
      return Web();
  }
}

}  // namespace gnomon::sessionise

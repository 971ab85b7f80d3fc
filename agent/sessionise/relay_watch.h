// Tells a model server from a program that passes prompts on to another service: a gateway to a
// cloud API, or one model server in front of another.
#pragma once

#include "agent/classify/sighting.h"
#include "base/clock.h"

namespace gnomon::sessionise {

// The newest request of one flow and when its answer began; fixed memory, like a detector.
class RequestTimes {
 public:
  // Application data. Requests of programs: see TurnParameters.
  void Add(TimeUs time, bool upstream, uint32_t bytes);
  // A request whose times are known.
  void Set(TimeUs request, TimeUs answer) {
    request_ = request;
    answer_ = answer;
  }
  // The request left soon after `from`, and its answer began before `to`.
  bool Within(TimeUs from, TimeUs to) const {
    return request_ > from && request_ - from <= kForward && answer_ >= request_ && answer_ <= to;
  }

 private:
  // The smallest request with a prompt: a few fields of a head and a body; the same as a program's
  // prompt in TurnParameters.
  static constexpr uint32_t kLeast = 200;
  // A gateway passes a prompt on when it has read it, after a look-up and a handshake at most; what
  // somebody asks elsewhere meanwhile mostly comes later.
  static constexpr TimeUs kForward = 2 * kSecondUs;
  TimeUs request_ = 0;
  TimeUs answer_ = -1;  // before request_: none yet
};

}  // namespace gnomon::sessionise

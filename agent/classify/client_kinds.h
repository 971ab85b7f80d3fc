// Whose flow it is, in one word: browser, editor, terminal... Classify asks; who can answer depends
// on the system, so the answer comes from outside (agent/platform).
#pragma once

#include <cstdint>

#include "agent/classify/sighting.h"
#include "gnomon/v1/record.pb.h"

namespace gnomon::classify {

// Look-ups since the start.
struct ClientLookups {
  uint64_t asked = 0;
  uint64_t cached = 0;     // answered without looking at a process
  uint64_t no_socket = 0;  // gone already, or not of this machine
  uint64_t gave_up = 0;    // a limit was reached
};

enum class LookupReach : uint8_t { kNone, kOwnUser, kEveryUser };

class ClientKinds {
 public:
  virtual ~ClientKinds() = default;
  // CLIENT_UNKNOWN where it cannot be told. Asked once a flow, while it is open, and only for flows
  // to a service of the catalogue; so it may allocate and make a bounded number of system calls.
  // Nothing but the kind may outlive the call: no name, number or owner of a process.
  virtual v1::Client KindOf(const FiveTuple& tuple) = 0;
  virtual ClientLookups lookups() const { return {}; }
  // Whose processes may be asked.
  virtual LookupReach reach() const { return LookupReach::kNone; }
};

}  // namespace gnomon::classify

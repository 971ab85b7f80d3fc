#include "base/fault_point.h"

#include <signal.h>
#include <stdlib.h>

#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

namespace gnomon {
namespace {

constinit const FaultPoint* first_point = nullptr;

// Written before any thread there is; `passes` is the only one that changes.
struct Plan {
  std::string name;
  uint64_t strike_at = 1;
  int signal = 0;
  std::atomic<uint64_t> passes = 0;
  std::function<bool(std::string_view)> handler;
};

Plan& ThePlan() {
  static Plan plan;
  return plan;
}

Status NotAFault(std::string_view text) {
  return InvalidArgument(
      "GNOMON_FAULT: \"" + std::string(text) +
      "\" is not POINT[@N]:kill or POINT[@N]:stop; the points of this program are\n" +
      KnownFaultPoints());
}

}  // namespace

FaultPoint::FaultPoint(const char* name) : name_(name), next_(std::exchange(first_point, this)) {}

bool FaultPoint::Strike() const {
  Plan& plan = ThePlan();
  if (plan.handler && plan.handler(name_)) return true;
  // To this thread: raise() does not return before the signal has been dealt with. One sent to the
  // process may wake another thread first, and this one would go on for a moment.
  if (plan.signal != 0 && plan.name == name_ && ++plan.passes == plan.strike_at) {
    ::raise(plan.signal);
  }
  return false;
}

std::string KnownFaultPoints() {
  std::set<std::string> names;
  for (const FaultPoint* point = first_point; point != nullptr; point = point->next_) {
    names.insert(point->name());
  }
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

Status ArmFaultFromEnvironment() {
  const char* wanted = ::secure_getenv("GNOMON_FAULT");
  if (wanted == nullptr) return Status::Ok();
  const std::string_view text = wanted;
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return NotAFault(text);
  Plan& plan = ThePlan();
  std::string_view name = text.substr(0, colon);
  const std::string_view action = text.substr(colon + 1);
  if (const size_t at = name.find('@'); at != name.npos) {
    const std::string_view number = name.substr(at + 1);
    const char* end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, plan.strike_at);
    if (parsed.ec != std::errc() || parsed.ptr != end || plan.strike_at == 0)
      return NotAFault(text);
    name = name.substr(0, at);
  }
  bool known = false;
  for (const FaultPoint* point = first_point; point != nullptr; point = point->next_) {
    known |= name == point->name();
  }
  if (!known || (action != "kill" && action != "stop")) return NotAFault(text);
  plan.name = name;
  plan.signal = action == "kill" ? SIGKILL : SIGSTOP;
  FaultPoint::armed_ = true;
  return Status::Ok();
}

void SetFaultHandler(std::function<bool(std::string_view)> handler) {
  Plan& plan = ThePlan();
  plan.handler = std::move(handler);
  FaultPoint::armed_ = plan.handler != nullptr || plan.signal != 0;
}

}  // namespace gnomon

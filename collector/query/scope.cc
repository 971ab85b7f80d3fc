#include "collector/query/scope.h"

#include <string>

namespace gnomon::query {
namespace {

void AddNotes(v1::Scope& scope) {
  const std::string floor = std::to_string(scope.floor());
  scope.add_notes(
      "Devices are laptops on which an AI service was used; they are counted by flags that each "
      "laptop "
      "sets once a month, without an identifier.");
  scope.add_notes(
      "Visits, turns, active minutes and uploads are estimates from the sizes and times of "
      "encrypted "
      "traffic.");
  scope.add_notes(
      "Automated is the share of turns that came as from a script: at regular times, or faster "
      "than "
      "a person reads and types. In steps of 5 %; over 90 % it has no number.");
  scope.add_notes("Hidden means fewer than " + floor +
                  " devices, or a number that would let such a group be worked out. A total leaves "
                  "hidden departments out; a department's own includes its hidden services.");
  scope.add_notes(
      "Not covered: laptops without an agent, traffic inside VPN tunnels, connections without a "
      "name in "
      "clear, services outside the catalogue, and records that have not arrived yet.");
  if (scope.month_open()) {
    scope.add_notes("The month is not over: days from " + scope.end() +
                    " on are not in the numbers.");
  }
}

}  // namespace

void FillScope(const Month& month, Day end, uint32_t floor, v1::Scope& scope) {
  scope.set_month(month.ToString());
  scope.set_first(FormatDay(month.First()));
  scope.set_end(FormatDay(end));
  scope.set_floor(floor);
  scope.set_month_open(end < month.End());
  AddNotes(scope);
}

}  // namespace gnomon::query

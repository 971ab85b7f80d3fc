// The laptop's own history as read back from its file: an error, or a history that serialises to
// the same bytes and answers every question.
#include <cstdlib>
#include <string_view>

#include "agent/anonymise/record_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using gnomon::anonymise::History;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  gnomon::Result<History> history = History::Parse(bytes);
  if (!history.ok()) return 0;
  if (history->Serialise() != bytes) std::abort();
  const gnomon::Day first = history->Earliest(1, 20738);
  const gnomon::Day days[] = {first, first + 1, first + 383, first + 384, 20738, 24855, 0};
  for (const gnomon::Day day : days) {
    (void)TenureOn(*history, day);
    (void)RegularityOn(*history, day);
    const gnomon::anonymise::FirstFlags flags = FirstUse(*history, day, 0);
    History after = *history;
    after.Mark(day);
    // What was marked is known, and nothing is set a second time.
    if (flags.today && (!after.Used(day) || FirstUse(after, day, 0).any())) std::abort();
    if (!History::Parse(after.Serialise()).ok()) std::abort();
    (void)after.Forget(day);
    if (after.CountBetween(0, day) != 0 || !History::Parse(after.Serialise()).ok()) std::abort();
  }
  return 0;
}

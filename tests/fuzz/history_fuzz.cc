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
  const gnomon::Day days[] = {history->last, history->last - 383, history->last - 384,
                              history->last + 1, 20738};
  for (const gnomon::Day day : days) {
    (void)TenureOn(*history, day);
    (void)RegularityOn(*history, day);
    const gnomon::anonymise::FirstFlags flags = FirstUse(*history, day);
    History after = *history;
    after.Mark(day);
    // What was marked is known, and nothing is set a second time.
    if (flags.today && (!after.Used(day) || FirstUse(after, day).any())) std::abort();
    if (!History::Parse(after.Serialise()).ok()) std::abort();
  }
  return 0;
}

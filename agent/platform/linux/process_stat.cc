#include "agent/platform/linux/process_stat.h"

#include <charconv>

namespace gnomon::platform {
namespace {

// Fields behind the name, counted from 0 (proc(5) counts from 1: state is field 3).
constexpr int kParent = 1;
constexpr int kTerminal = 4;
constexpr int kStartTime = 19;

template <typename Number>
bool Parse(std::string_view text, Number* number) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && at == end;
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view line) {
  // The last closing one is the kernel's: no field behind the name holds any.
  const size_t open = line.find('(');
  const size_t close = line.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  ProcessStat stat;
  stat.name = line.substr(open + 1, close - open - 1);
  std::string_view rest = line.substr(close + 1);
  for (int field = 0; field <= kStartTime; ++field) {
    const size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    const std::string_view text = rest.substr(0, rest.find_first_of(" \n"));
    rest.remove_prefix(text.size());
    int terminal = 0;
    bool good = true;
    if (field == kParent) good = Parse(text, &stat.parent);
    if (field == kTerminal) {
      good = Parse(text, &terminal);
      stat.has_terminal = terminal != 0;
    }
    if (field == kStartTime) good = Parse(text, &stat.start_time);
    if (!good) return {};
  }
  return stat;
}

}  // namespace gnomon::platform

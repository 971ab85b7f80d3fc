#include "agent/capture/routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "agent/capture/source.h"
#include "base/file.h"

namespace gnomon::capture {
namespace {

constexpr uint32_t kRouteUp = 0x0001;      // RTF_UP, linux/route.h
constexpr uint32_t kRouteReject = 0x0200;  // RTF_REJECT

// A route over a million bytes of table is no laptop's.
constexpr size_t kMaxTable = 1u << 20;

using Columns = std::array<std::string_view, 12>;

std::string_view NextLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// How many columns the line has, at most Columns' size.
size_t Split(std::string_view line, Columns* columns) {
  constexpr std::string_view kBlank = " \t\r";
  size_t count = 0;
  size_t at = line.find_first_not_of(kBlank);
  while (at != std::string_view::npos && count < columns->size()) {
    const size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    (*columns)[count++] = line.substr(at, end - at);
    at = line.find_first_not_of(kBlank, end);
  }
  return count;
}

bool ParseHex(std::string_view text, uint32_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

bool IsUsable(uint32_t flags) {
  return (flags & kRouteUp) != 0 && (flags & kRouteReject) == 0;
}

// Iface Destination Gateway Flags RefCnt Use Metric Mask ...; addresses are words in network byte
// order printed as numbers of the host's, which is little-endian on all that the agent runs on.
bool IsIpv4Default(const Columns& columns, size_t count) {
  uint32_t destination, flags, mask;
  if (count < 8 || !ParseHex(columns[1], &destination) || !ParseHex(columns[3], &flags) ||
      !ParseHex(columns[7], &mask)) {
    return false;
  }
  const bool everything = destination == 0 && mask == 0;
  const bool half = (destination == 0 || destination == 0x80) && mask == 0x80;
  return IsUsable(flags) && (everything || half);
}

// destination length source length gateway metric refcnt use flags iface, all hexadecimal.
bool IsIpv6Default(const Columns& columns, size_t count) {
  uint32_t length, flags;
  if (count < 10 || columns[0].size() != 32 || !ParseHex(columns[1], &length) ||
      !ParseHex(columns[8], &flags) || !IsUsable(flags)) {
    return false;
  }
  const char first = columns[0][0];
  if (columns[0].find_first_not_of('0', 1) != std::string_view::npos) return false;
  return (length == 0 && first == '0') || (length == 1 && (first == '0' || first == '8')) ||
         (length == 3 && first == '2');
}

void AddOnce(std::string_view name, std::vector<std::string>* names) {
  if (name == "lo" || std::find(names->begin(), names->end(), name) != names->end()) return;
  names->emplace_back(name);
}

}  // namespace

std::vector<std::string> DefaultRoutesOf(std::string_view ipv4, std::string_view ipv6) {
  std::vector<std::string> names;
  Columns columns;
  while (!ipv4.empty()) {
    const size_t count = Split(NextLine(&ipv4), &columns);
    if (IsIpv4Default(columns, count)) AddOnce(columns[0], &names);
  }
  while (!ipv6.empty()) {
    const size_t count = Split(NextLine(&ipv6), &columns);
    if (IsIpv6Default(columns, count)) AddOnce(columns[9], &names);
  }
  return names;
}

std::vector<std::string> DefaultRouteInterfaces() {
  // A missing table (no IPv6, another system) has no routes.
  const auto table = [](const char* path) {
    Result<std::string> text = ReadFile(path, kMaxTable);
    return text.ok() ? std::move(text).value() : std::string();
  };
  return DefaultRoutesOf(table("/proc/net/route"), table("/proc/net/ipv6_route"));
}

}  // namespace gnomon::capture

// What the kernel filter is told from above: whose packets are wanted beside those it lets through
// for everybody, and whose are not. Nothing here says why.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gnomon::capture {

// IPv4 as an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2).
using AddressBytes = std::array<uint8_t, 16>;

enum class FilterScope : uint8_t {
  kAddress,   // everything to and from the address
  kEndpoint,  // ... where `port` is the address's own. It speaks in clear: its answers are read, too
  kFlow,      // ... where `port` is that of the other end
};

struct FilterRule {
  AddressBytes address{};  // of the end that is spoken to
  uint16_t port = 0;       // kEndpoint, kFlow
  FilterScope scope = FilterScope::kAddress;
  // The headers of all data are wanted (of a kEndpoint, more of it); or else not even the client's data, unless it begins as a
  // new stream. Only kFlow may be unwanted.
  bool wanted = true;
  auto operator<=>(const FilterRule&) const = default;
};

struct FilterSet {
  std::vector<FilterRule> rules;
  bool everything = false;  // the headers of all data are wanted, whoever sends it
};

struct FilterStats {
  bool in_use = false;      // on at least one interface
  uint64_t rules = 0;       // in the program that is in use now
  uint64_t programs = 0;    // compiled and attached since the start
  uint64_t everything = 0;  // of these, how many let the headers of all data through
  uint64_t refused = 0;     // programs that the kernel did not take, or not at first
};

}  // namespace gnomon::capture

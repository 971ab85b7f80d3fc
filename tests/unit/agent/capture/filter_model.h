// What a kernel filter for Ethernet frames of a file is to do, written as plain C++ from the words
// of docs/adr/0008-kernel-filter.md, to hold the generated program against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "agent/capture/address_tree.h"
#include "agent/capture/filter_set.h"
#include "agent/capture/kernel_filter.h"
#include "base/bytes.h"

namespace gnomon::testing {

// A load past the end ends a BPF program with "drop".
struct PastEnd {};

class FilterModel {
 public:
  explicit FilterModel(const capture::FilterSet& set) : set_(set) {}

  uint32_t Verdict(Bytes frame, uint32_t wire_length) const {
    try {
      return std::min(Judge(frame, wire_length), capture::kKeepAll);
    } catch (PastEnd) {
      return 0;
    }
  }

 private:
  enum class Known { kWanted, kReadable, kUnwanted, kUnknown };

  static uint32_t Load(Bytes frame, size_t at, size_t bytes) {
    if (at + bytes > frame.size()) throw PastEnd();
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | frame[at + i];
    return value;
  }

  uint32_t Judge(Bytes f, uint32_t wire_length) const {
    size_t ip = 14;
    uint32_t type = Load(f, 12, 2);
    for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8 || type == 0x9100); ++tags) {
      type = Load(f, ip + 2, 2);
      ip += 4;
    }
    if (type == 0x8847 || type == 0x8864) return capture::kKeepAll;  // MPLS, PPPoE
    if (type == 0x0800) {
      if ((Load(f, ip + 6, 2) & 0x3fff) != 0) return capture::kKeepAll;  // a fragment
      const uint32_t protocol = Load(f, ip + 9, 1);
      const uint32_t total = Load(f, ip + 2, 2);
      const size_t end = total == 0 ? wire_length : ip + total;
      return Transport(f, protocol, ip + (Load(f, ip, 1) & 15) * 4, end, Place{ip + 12, 4},
                       Place{ip + 16, 4});
    }
    if (type == 0x86dd) {
      const size_t end = ip + 40 + Load(f, ip + 4, 2);
      const uint32_t next = Load(f, ip + 6, 1);
      for (const uint32_t extension : {0u, 43u, 44u, 51u, 60u})
        if (next == extension) return capture::kKeepAll;
      return Transport(f, next, ip + 40, end, Place{ip + 8, 16}, Place{ip + 24, 16});
    }
    return 0;
  }

  struct Place {
    size_t at;
    size_t bytes;
  };
  static capture::AddressBytes Read(Bytes f, Place place) {
    capture::AddressBytes address{};
    if (place.bytes == 4) address[10] = address[11] = 0xff;
    for (size_t i = 0; i < place.bytes; ++i)
      address[16 - place.bytes + i] = static_cast<uint8_t>(Load(f, place.at + i, 1));
    return address;
  }

  uint32_t Transport(Bytes f, uint32_t protocol, size_t l4, size_t end, Place src,
                     Place dst) const {
    if (protocol == 4 || protocol == 41 || protocol == 47) return capture::kKeepAll;  // tunnels
    if (protocol != 6 && protocol != 17) return 0;
    const auto sport = static_cast<uint16_t>(Load(f, l4, 2));
    const auto dport = static_cast<uint16_t>(Load(f, l4 + 2, 2));
    const bool to_server = dport <= sport;
    const auto known = [&] {
      // An IPv4-mapped address in an IPv6 header is on no real wire, and is no IPv4 address.
      const capture::AddressBytes server = Read(f, to_server ? dst : src);
      if (dst.bytes == 16 && capture::IsIpv4(server) && !set_.everything) return Known::kUnknown;
      return to_server ? Find(server, dport, sport) : Find(server, sport, dport);
    };
    if (protocol == 17) {
      for (const uint16_t port : {uint16_t{53}, uint16_t{3544}})
        if (sport == port) return capture::kKeepAll;
      for (const uint16_t port : {uint16_t{4789}, uint16_t{6081}, uint16_t{3544}})
        if (dport == port) return capture::kKeepAll;
      if (dport == 500 || (dport == 4500 && Load(f, l4 + 8, 4) == 0)) return capture::kKeepHead;
      if (dport == 1194 && (Load(f, l4 + 8, 1) == 0x38 || Load(f, l4 + 8, 1) == 0x50))
        return capture::kKeepHead;
      if ((Load(f, l4 + 8, 1) & 0x80) != 0) {
        const uint32_t version = Load(f, l4 + 9, 4);
        for (const uint32_t v :
             {0x1u, 0x6b3343cfu, 0xff00001du, 0xfaceb001u, 0xfaceb002u, 0x51303436u, 0x51303530u})
          if (version == v) return capture::kKeepHello;
        if (sport == 443 || dport == 443) return capture::kKeepHead;
      } else if (end == l4 + 8 + 148 && Load(f, l4 + 8, 4) == 0x01000000) {
        return capture::kKeepHead;  // WireGuard
      } else if ((Load(f, l4 + 8, 1) & 9) == 9 && end >= l4 + 8 + 13) {
        const uint32_t version = Load(f, l4 + 17, 4);
        if (version == 0x51303339 || version == 0x51303433) return capture::kKeepHello;
      }
      const Known verdict = known();
      const bool wanted = verdict == Known::kWanted || verdict == Known::kReadable;
      return wanted ? capture::kKeepHeaders : 0;
    }
    const size_t payload = l4 + (Load(f, l4 + 12, 1) >> 4) * 4;
    const uint32_t flags = Load(f, l4 + 13, 1);
    const bool last = (flags & 5) != 0;
    if ((flags & 2) != 0) return capture::kKeepHello;  // SYN
    if (end <= payload) return last ? capture::kKeepHeaders : 0;
    if (sport == 53) return capture::kKeepAll;
    const Known verdict = known();
    if (last && (verdict == Known::kUnwanted || (verdict == Known::kUnknown && !to_server)))
      return capture::kKeepHeaders;
    if (verdict == Known::kReadable) return capture::kKeepHello;
    const bool long_enough = end - payload >= 4;
    const uint32_t word = long_enough ? Load(f, payload, 4) : 0;
    const bool hello = long_enough && (word >> 16 == 0x1603 || BeginsRequest(word));
    const bool answer = long_enough && word == 0x48545450;
    if (verdict == Known::kUnwanted) return hello ? capture::kKeepHello : 0;
    if (to_server) return hello ? capture::kKeepHello : capture::kKeepPiece;
    if (answer) return capture::kKeepHead;
    if (verdict == Known::kUnknown && long_enough) {
      // A chunk of an HTTP answer: one to three digits and CRLF.
      const auto crlf = [&](size_t at) { return Load(f, payload + at, 2) == 0x0d0a; };
      if (crlf(1) || crlf(2) || crlf(3)) return capture::kKeepHello;
    }
    return verdict == Known::kWanted || word >> 16 == 0x1603 ? capture::kKeepHeaders : 0;
  }

  static bool BeginsRequest(uint32_t word) {
    static constexpr const char* kWords[] = {"GET ", "POST", "PUT ", "HEAD", "CONN",
                                             "OPTI", "DELE", "PATC", "PROX", "\r\n\r\n"};
    return std::any_of(std::begin(kWords), std::end(kWords), [&](const char* w) {
      const auto* u = reinterpret_cast<const uint8_t*>(w);
      return word == (uint32_t{u[0]} << 24 | uint32_t{u[1]} << 16 | uint32_t{u[2]} << 8 | u[3]);
    });
  }

  Known Find(const capture::AddressBytes& address, uint16_t own, uint16_t other) const {
    if (set_.everything) return Known::kWanted;
    std::optional<Known> flow, endpoint, all;
    for (const capture::FilterRule& rule : set_.rules) {
      if (rule.address != address) continue;
      const Known says = rule.wanted ? Known::kWanted : Known::kUnwanted;
      switch (rule.scope) {
        case capture::FilterScope::kFlow:
          // A flow that is both is wanted or not by the order of the rules: "unwanted" sorts first.
          if (rule.port == other && flow != Known::kUnwanted) flow = says;
          break;
        case capture::FilterScope::kEndpoint:
          if (rule.port == own) endpoint = Known::kReadable;
          break;
        case capture::FilterScope::kAddress:
          all = says;
          break;
      }
    }
    return flow.value_or(endpoint.value_or(all.value_or(Known::kUnknown)));
  }

  const capture::FilterSet& set_;
};

}  // namespace gnomon::testing

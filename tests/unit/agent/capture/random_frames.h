// Made-up frames that meet the branches of a kernel filter, and address sets for it.
#pragma once

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

#include "agent/capture/filter_set.h"

namespace gnomon::testing {

class RandomFrames {
 public:
  explicit RandomFrames(uint32_t seed) : random_(seed) {}

  capture::FilterSet Set(size_t rules) {
    capture::FilterSet set;
    addresses_.clear();
    for (size_t i = 0; i < rules; ++i) {
      capture::FilterRule rule;
      // Some addresses have several rules, some agree in their first words.
      rule.address = !addresses_.empty() && Chance(4) ? Pick(addresses_) : Address();
      rule.scope = Pick(std::vector{capture::FilterScope::kAddress, capture::FilterScope::kAddress,
                                    capture::FilterScope::kEndpoint, capture::FilterScope::kFlow});
      if (rule.scope != capture::FilterScope::kAddress) rule.port = Port();
      if (rule.scope == capture::FilterScope::kFlow) rule.wanted = Chance(2);
      addresses_.push_back(rule.address);
      set.rules.push_back(rule);
    }
    return set;
  }

  std::vector<uint8_t> Frame() {
    std::vector<uint8_t> f(12, 2);
    for (int tags = static_cast<int>(Below(12)) - 8; tags > 0; --tags)
      Put(f, {Pick(std::vector<uint8_t>{0x81, 0x88, 0x91}), 0, 0, 7});
    for (size_t at = 12; at + 4 <= f.size(); at += 4) f[at + 1] = f[at] == 0x88 ? 0xa8 : 0;
    const capture::AddressBytes a = Known(), b = Known();
    const bool four = Chance(2);
    if (Chance(20)) return Put(f, {0x88, 0x64, 1, 2, 3}), f;
    if (Chance(20)) return Put(f, {0x08, 0x06, 1, 2, 3}), f;
    const uint8_t protocol =
        Pick(std::vector<uint8_t>{6, 6, 6, 6, 17, 17, 17, 1, 4, 41, 47, 0, 44});
    const std::vector<uint8_t> segment = protocol == 17 ? Udp() : Tcp();
    const size_t options = four && Chance(5) ? 4 * Below(11) : 0;
    if (four) {
      const size_t total = Chance(20) ? 0 : 20 + options + segment.size();
      Put(f, {8, 0, static_cast<uint8_t>(0x45 + options / 4), 0, High(total), Low(total), 0, 1,
              static_cast<uint8_t>(Chance(10) ? 0x20 : 0x40), static_cast<uint8_t>(Chance(20)), 64,
              protocol, 0, 0});
      f.insert(f.end(), a.begin() + 12, a.end());
      f.insert(f.end(), b.begin() + 12, b.end());
      f.insert(f.end(), options, 1);
    } else {
      Put(f, {0x86, 0xdd, 0x60, 0, 0, 0, High(segment.size()), Low(segment.size()), protocol, 64});
      f.insert(f.end(), a.begin(), a.end());
      f.insert(f.end(), b.begin(), b.end());
    }
    f.insert(f.end(), segment.begin(), segment.end());
    if (Chance(4)) f.insert(f.end(), Below(8), 0);  // Ethernet's padding
    if (Chance(15)) f.resize(Below(static_cast<uint32_t>(f.size()) + 1));
    return f;
  }

  uint32_t Below(uint32_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool Chance(uint32_t one_in) { return Below(one_in) == 0; }

 private:
  template <typename T>
  T Pick(const std::vector<T>& from) {
    return from[Below(static_cast<uint32_t>(from.size()))];
  }
  static uint8_t High(size_t value) { return static_cast<uint8_t>(value >> 8); }
  static uint8_t Low(size_t value) { return static_cast<uint8_t>(value); }
  static void Put(std::vector<uint8_t>& out, std::vector<uint8_t> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  }

  capture::AddressBytes Address() {
    capture::AddressBytes address{};
    const bool four = Chance(2);
    if (four) address[10] = address[11] = 0xff;
    for (size_t i = four ? 12 : 0; i < 16; ++i) {
      // Few values, so that words agree; some with the top bit.
      const bool free = i >= 14 || i == 3 || i == 12;
      address[i] = static_cast<uint8_t>(free ? random_() : 0x20 + Below(2));
    }
    return address;
  }
  // Often one of the set, or a neighbour of one.
  capture::AddressBytes Known() {
    if (addresses_.empty() || Chance(3)) return Address();
    capture::AddressBytes address = Pick(addresses_);
    if (Chance(5)) address[4 * Below(4) + 3] ^= 1;
    return address;
  }
  uint16_t Port() {
    return Pick(std::vector<uint16_t>{53, 443, 443, 443, 80, 8080, 500, 1194, 3544, 4500, 4789,
                                      6081, 40000, 40001, 50000, 65535});
  }
  std::vector<uint8_t> Payload() {
    static const std::vector<std::string_view> kStarts = {"",
                                                          "",
                                                          "x",
                                                          "\x16",
                                                          "\x16\x03",
                                                          "\x16\x03\x01\x02",
                                                          "\x17\x03\x03",
                                                          "HTTP/1.1 200",
                                                          "HTT",
                                                          "GET / HTTP/1.1",
                                                          "POST /",
                                                          "PUT /x",
                                                          "CONNECT a:443",
                                                          "PROXY TCP4",
                                                          "\r\n\r\n",
                                                          "OPTIONS *",
                                                          "HEADER",
                                                          "PATCH /",
                                                          "DELETE /",
                                                          "\x05\x01",
                                                          "a\r\n{",
                                                          "1f\r\n{",
                                                          "fff\r\n{",
                                                          "fff\r",
                                                          "\x38openvpn",
                                                          {"\0\0\0\0ike", 7},
                                                          {"\x01\0\0\0wireguard", 13}};
    const std::string_view start = Pick(kStarts);
    std::vector<uint8_t> payload(start.begin(), start.end());
    if (Chance(2)) payload.resize(payload.size() + Below(1400), 0x41);
    if (Chance(10)) payload.resize(148, 0x41);  // WireGuard's first message
    return payload;
  }
  std::vector<uint8_t> Tcp() {
    const uint16_t from = Port(), to = Port();
    const size_t options = 4 * Below(11);
    std::vector<uint8_t> out = {High(from), Low(from), High(to), Low(to), 0, 0, 0, 1, 0, 0, 0, 1};
    Put(out,
        {static_cast<uint8_t>((20 + options) << 2),
         Pick(std::vector<uint8_t>{0x10, 0x10, 0x18, 0x18, 0x18, 0x02, 0x12, 0x11, 0x14, 0x04}), 1,
         1, 0, 0, 0, 0});
    out.insert(out.end(), options, 1);
    Put(out, Payload());
    return out;
  }
  std::vector<uint8_t> Udp() {
    const uint16_t from = Port(), to = Port();
    static const std::vector<std::vector<uint8_t>> kStarts = {
        {},
        {0x40, 1, 2},
        {0xc0, 0, 0, 0, 1, 8},
        {0xc0, 0, 0, 0, 2, 8},
        {0x80, 0, 0, 0, 1},
        {0x09, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '4', '3', 1},
        {0x0d, 1, 2},
        {0x0d, 1, 2, 3, 4, 5, 6, 7, 8, 'Q', '0', '9', '9', 1},
        {0xc3, 'Q', '0', '4', '6', 1},
        {0xd0, 0x6b, 0x33, 0x43, 0xcf, 8},
        {0xc3, 0xfa, 0xce, 0xb0, 2, 8},
        {0xff, 0, 0}};
    std::vector<uint8_t> payload = Pick(kStarts);
    if (Chance(2)) payload.resize(payload.size() + Below(1300), 0x11);
    const size_t length = payload.size() + 8;
    std::vector<uint8_t> out = {High(from),   Low(from),   High(to), Low(to),
                                High(length), Low(length), 0,        0};
    Put(out, payload);
    return out;
  }

  std::mt19937 random_;
  std::vector<capture::AddressBytes> addresses_;
};

}  // namespace gnomon::testing

// DNS messages (RFC 1035 section 4), record by record.
#pragma once

#include <algorithm>
#include <string_view>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::testing {

// "chat.example.com" as labels with the root label.
inline ByteVector DnsNameBytes(std::string_view name) {
  ByteVector out;
  while (!name.empty()) {
    const size_t dot = std::min(name.find('.'), name.size());
    PutVector(out, ToBytes(name.substr(0, dot)), 1);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out.push_back(0);
  return out;
}

inline ByteVector DnsPointer(uint16_t to) {
  return {static_cast<uint8_t>(0xc0 | to >> 8), static_cast<uint8_t>(to)};
}

// The question's name always stands here.
inline constexpr uint16_t kQuestionAt = 12;

class DnsBuilder {
 public:
  explicit DnsBuilder(std::string_view question, uint16_t type = 1, uint16_t flags = 0x8180) {
    Put(bytes_, 0x1234, 2);
    Put(bytes_, flags, 2);
    Put(bytes_, 1, 2);
    Put(bytes_, 0, 6);
    Put(bytes_, DnsNameBytes(question));
    Put(bytes_, type, 2);
    Put(bytes_, 1, 2);
  }

  DnsBuilder& Answer(Bytes owner, uint16_t type, uint32_t ttl, Bytes data, uint16_t cls = 1) {
    Put(bytes_, owner);
    Put(bytes_, type, 2);
    Put(bytes_, cls, 2);
    Put(bytes_, ttl, 4);
    PutVector(bytes_, data, 2);
    const int count = (bytes_[6] << 8 | bytes_[7]) + 1;
    bytes_[6] = static_cast<uint8_t>(count >> 8);
    bytes_[7] = static_cast<uint8_t>(count);
    return *this;
  }
  DnsBuilder& A(std::string_view owner, uint32_t ttl, ByteVector four) {
    return Answer(DnsNameBytes(owner), 1, ttl, four);
  }
  DnsBuilder& Cname(std::string_view owner, uint32_t ttl, std::string_view target) {
    return Answer(DnsNameBytes(owner), 5, ttl, DnsNameBytes(target));
  }
  ByteVector& bytes() { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  ByteVector bytes_;
};

}  // namespace gnomon::testing

#include "agent/decode/dns_name.h"

#include <algorithm>

namespace gnomon::decode {
namespace {

constexpr uint8_t kPointer = 0xc0;
constexpr uint8_t kMaxLabel = 63;

}  // namespace

bool DnsName::Read(Bytes message, size_t* at) {
  length_ = 0;
  // Every jump must go before where the name, or the part of it that jumps, began. So there is an
  // end to them, whatever the message says.
  size_t from = *at;
  size_t part = from;
  bool jumped = false;
  while (from < message.size()) {
    const uint8_t head = message[from];
    if (head == 0) {
      if (!jumped) *at = from + 1;
      return true;
    }
    if ((head & kPointer) == kPointer) {
      if (from + 1 >= message.size()) break;
      const size_t target = static_cast<size_t>((head & 0x3f) << 8 | message[from + 1]);
      if (target >= part) break;
      if (!jumped) *at = from + 2;
      jumped = true;
      from = part = target;
      continue;
    }
    if (head > kMaxLabel || head >= message.size() - from) break;
    if (!Append(message.subspan(from, head + size_t{1}))) break;
    from += head + size_t{1};
  }
  length_ = 0;
  return false;
}

bool DnsName::Append(Bytes label) {
  if (label.size() > bytes_.size() - length_) return false;
  // Without a member in the loop: the compiler then handles many characters at a time.
  uint8_t* const out = bytes_.data() + length_;
  const uint8_t* const in = label.data();
  const size_t size = label.size();
  out[0] = in[0];
  for (size_t i = 1; i < size; ++i) {
    out[i] = static_cast<uint8_t>(in[i] + (static_cast<uint8_t>(in[i] - 'A') < 26 ? 'a' - 'A' : 0));
  }
  length_ = static_cast<uint8_t>(length_ + size);
  return true;
}

bool DnsName::ToHostName(HostName* host) const {
  std::array<uint8_t, 254> text;
  size_t length = 0;
  for (size_t at = 0; at < length_; at += bytes_[at] + size_t{1}) {
    const Bytes label = Bytes(bytes_).subspan(at + 1, bytes_[at]);
    if (std::find(label.begin(), label.end(), '.') != label.end()) return false;
    if (length > 0) text[length++] = '.';
    std::copy(label.begin(), label.end(), text.begin() + static_cast<ptrdiff_t>(length));
    length += label.size();
  }
  return host->Assign(Bytes(text).first(length));
}

bool DnsName::operator==(const DnsName& other) const {
  return length_ == other.length_ &&
         std::equal(bytes_.begin(), bytes_.begin() + length_, other.bytes_.begin());
}

}  // namespace gnomon::decode

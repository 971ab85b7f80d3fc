#include <algorithm>

#include "agent/decode/tls_client_hello.h"

namespace gnomon::decode {
namespace {

constexpr size_t kMaxLabel = 63;  // RFC 1035 section 2.3.4

bool IsNameByte(uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '-';
}

}  // namespace

bool HostName::Assign(Bytes text) {
  length_ = 0;
  if (!text.empty() && text.back() == '.') text = text.first(text.size() - 1);
  if (text.empty() || text.size() > bytes_.size()) return false;
  size_t label = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t c = text[i];
    if (!IsNameByte(c)) return false;
    if (c != '.') {
      if (++label > kMaxLabel) return false;
    } else {
      if (label == 0) return false;
      label = 0;
    }
    bytes_[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  if (label == 0) return false;
  length_ = static_cast<uint8_t>(text.size());
  return true;
}

}  // namespace gnomon::decode

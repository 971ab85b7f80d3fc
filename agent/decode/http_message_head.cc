#include "agent/decode/http_message_head.h"

#include <array>
#include <bit>

namespace gnomon::decode {
namespace {

constexpr std::array<std::string_view, 8> kMethods = {"GET", "POST",    "HEAD",   "CONNECT",
                                                      "PUT", "OPTIONS", "DELETE", "PATCH"};
constexpr std::array<std::string_view, 2> kVersions = {"HTTP/1.1", "HTTP/1.0"};
constexpr std::array<std::string_view, 2> kFraming = {"content-length:", "transfer-encoding:"};
constexpr std::array<std::string_view, 1> kChunked = {"chunked"};

// Common servers refuse heads over 8 to 32 KiB (Apache httpd 8190 B a line, nginx four times 8
// KiB).
constexpr uint32_t kMaxHead = 32 * 1024;
// Far over any body.
constexpr uint64_t kMaxLength = uint64_t{1} << 56;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

HttpMethod MethodOf(uint64_t bits) {
  constexpr std::array<HttpMethod, 4> kKnown = {HttpMethod::kGet, HttpMethod::kPost,
                                                HttpMethod::kHead, HttpMethod::kConnect};
  const auto at = static_cast<size_t>(std::countr_zero(bits));
  return at < kKnown.size() ? kKnown[at] : HttpMethod::kOther;
}

}  // namespace

bool HttpHeadReader::Feed(char c, const HttpWords& words) {
  if (++size_ > kMaxHead) return false;
  if (line_ == 0) {
    at_ = at_start_ ? At::kWord : At::kName;
    value_ = Value::kOther;
    if (at_start_) {
      own_.Start(requests() ? Keywords(kMethods) : Keywords(kVersions));
      known_.Start(requests() ? words.paths : Keywords());
    } else {
      own_.Start(kFraming);
      known_.Start(requests() ? Keywords() : words.fields);
    }
  }
  ++line_;
  if (!at_start_) return FieldByte(c, words);
  return requests() ? RequestByte(c, words) : ResponseByte(c);
}

// "POST /api/chat?x=1 HTTP/1.1"
bool HttpHeadReader::RequestByte(char c, const HttpWords& words) {
  switch (at_) {
    case At::kWord:
      if (c != ' ') {
        own_.Feed(kMethods, c);
        return true;
      }
      if (const uint64_t method = own_.Whole(kMethods); method != 0) {
        found_.method = MethodOf(method);
        at_ = At::kTarget;
        return true;
      }
      return false;
    case At::kTarget:
      if (c != ' ' && c != '?') {
        known_.Feed(words.paths, c);
        return true;
      }
      found_.path = known_.Whole(words.paths);
      at_ = At::kQuery;
      [[fallthrough]];
    case At::kQuery:
      if (c == ' ') {
        at_ = At::kVersion;
        own_.Start(kVersions);
      }
      return true;
    default:
      own_.Feed(kVersions, c);
      return true;
  }
}

// "HTTP/1.1 200 OK"
bool HttpHeadReader::ResponseByte(char c) {
  if (at_ == At::kWord) {
    if (c != ' ') {
      own_.Feed(kVersions, c);
      return true;
    }
    at_ = At::kValue;
    return own_.Whole(kVersions) != 0;
  }
  if (at_ != At::kValue) return true;
  if (IsDigit(c) && found_.status < 100) {
    found_.status = static_cast<uint16_t>(found_.status * 10 + (c - '0'));
  } else {
    at_ = At::kRest;
  }
  return true;
}

bool HttpHeadReader::FieldByte(char c, const HttpWords& words) {
  switch (at_) {
    case At::kName:
      own_.Feed(kFraming, Lower(c));
      if (!requests()) known_.Feed(words.fields, Lower(c));
      if (c == ':') EndName(words);
      return true;
    case At::kSpace:
      if (IsSpace(c)) return true;
      at_ = At::kValue;
      [[fallthrough]];
    default:
      return ValueByte(c, words);
  }
}

void HttpHeadReader::EndName(const HttpWords& words) {
  at_ = At::kSpace;
  if (const uint64_t framing = own_.Whole(kFraming); framing != 0) {
    value_ = framing == 1 ? Value::kLength : Value::kCoding;
    field_length_ = 0;
    field_digits_ = digits_ended_ = false;
    own_.Start(kChunked);
  }
  if (requests()) return;
  known_.Feed(words.fields, ' ');
  found_.fields |= known_.Whole(words.fields);
}

bool HttpHeadReader::ValueByte(char c, const HttpWords& words) {
  if (value_ == Value::kLength) return LengthByte(c);
  if (value_ == Value::kCoding) {
    // The last coding is the one that frames the body (RFC 9112 section 6.1).
    if (IsSpace(c) || c == ',') {
      own_.Start(kChunked);
    } else {
      own_.Feed(kChunked, Lower(c));
    }
  } else if (!requests()) {
    known_.Feed(words.fields, Lower(c));
    found_.fields |= known_.Whole(words.fields);
  }
  return true;
}

bool HttpHeadReader::LengthByte(char c) {
  if (IsSpace(c)) {
    digits_ended_ = true;
    return true;
  }
  if (!IsDigit(c) || digits_ended_ || field_length_ > kMaxLength / 10) return false;
  field_length_ = field_length_ * 10 + static_cast<uint64_t>(c - '0');
  field_digits_ = true;
  return true;
}

HttpHeadReader::Result HttpHeadReader::EndLine() {
  const bool empty = line_ == 0;
  line_ = 0;
  if (at_start_) {
    if (empty) return Result::kGoesOn;  // RFC 9112 section 2.2: empty lines before a request
    at_start_ = false;
    return StartLineIsGood() ? Result::kGoesOn : Result::kMalformed;
  }
  if (empty) return Result::kEnded;
  return EndField() ? Result::kGoesOn : Result::kMalformed;
}

bool HttpHeadReader::StartLineIsGood() const {
  if (requests()) return at_ == At::kVersion && own_.Whole(kVersions) != 0;
  return at_ != At::kWord && found_.status >= 100;
}

bool HttpHeadReader::EndField() {
  if (value_ == Value::kCoding) chunked_ = own_.Whole(kChunked) != 0;
  if (value_ != Value::kLength) return true;
  // RFC 9112 section 6.3: one length, or the connection cannot be trusted any more.
  if (!field_digits_ || (has_length_ && length_ != field_length_)) return false;
  length_ = field_length_;
  has_length_ = true;
  return true;
}

}  // namespace gnomon::decode

#include "agent/decode/http_messages.h"

#include <algorithm>
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
// Of a chunk's size or a length, in digits; far over any body.
constexpr uint64_t kMaxLength = uint64_t{1} << 56;

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

// Of a hexadecimal digit; -1 where it is none.
int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

HttpMethod MethodOf(uint64_t bits) {
  switch (std::countr_zero(bits)) {
    case 0:
      return HttpMethod::kGet;
    case 1:
      return HttpMethod::kPost;
    case 2:
      return HttpMethod::kHead;
    case 3:
      return HttpMethod::kConnect;
    default:
      return HttpMethod::kOther;
  }
}

}  // namespace

void HttpMessages::Feed(Bytes bytes, const HttpWords& words, HttpMessageSink& sink) {
  while (!bytes.empty() && state_ != State::kLost) {
    if (state_ == State::kCounted || state_ == State::kToClose || state_ == State::kChunk) {
      bytes = bytes.subspan(BodyBytes(bytes, sink));
      continue;
    }
    const auto c = static_cast<char>(bytes.front());
    bytes = bytes.subspan(1);
    // RFC 9112 section 2.2: a single LF may be taken for a line's end.
    if (c == '\n') {
      EndLine(sink);
      continue;
    }
    if (c == '\r') continue;
    if (++head_ > kMaxHead) return Lose();
    switch (state_) {
      case State::kStartLine:
        StartLineByte(c, words);
        break;
      case State::kField:
        FieldByte(c, words);
        break;
      case State::kChunkSize:
        ChunkSizeByte(c);
        break;
      case State::kChunkEnd:
        return Lose();
      default:
        break;
    }
    ++line_;
  }
}

size_t HttpMessages::BodyBytes(Bytes bytes, HttpMessageSink& sink) {
  size_t take = bytes.size();
  if (state_ != State::kToClose) take = static_cast<size_t>(std::min<uint64_t>(take, left_));
  sink.OnBody(bytes.first(take), 0);
  if (state_ == State::kToClose) return take;
  left_ -= take;
  if (left_ > 0) return take;
  if (state_ == State::kCounted) {
    EndMessage(sink);
  } else {
    state_ = State::kChunkEnd;
    line_ = 0;
  }
  return take;
}

void HttpMessages::Skip(uint64_t missing, HttpMessageSink& sink) {
  if (missing == 0 || state_ == State::kLost) return;
  const bool counted = state_ == State::kCounted || state_ == State::kChunk;
  if (state_ == State::kToClose || (counted && missing <= left_)) {
    sink.OnBody({}, missing);
    if (!counted) return;
    left_ -= missing;
    if (left_ > 0) return;
    if (state_ == State::kCounted) return EndMessage(sink);
    state_ = State::kChunkEnd;
    line_ = 0;
    return;
  }
  Lose();
}

void HttpMessages::Close(HttpMessageSink& sink) {
  if (state_ == State::kToClose) EndMessage(sink);
}

void HttpMessages::StartLineByte(char c, const HttpWords& words) {
  if (line_ == 0) {
    own_.Start(requests() ? Keywords(kMethods) : Keywords(kVersions));
    known_.Start(requests() ? words.paths : Keywords());
    at_ = At::kWord;
    found_ = {};
    chunked_ = has_length_ = false;
    length_ = 0;
  }
  if (requests()) {
    RequestByte(c, words);
  } else {
    ResponseByte(c);
  }
}

void HttpMessages::RequestByte(char c, const HttpWords& words) {
  switch (at_) {
    case At::kWord:
      if (c != ' ') return own_.Feed(kMethods, c);
      if (const uint64_t method = own_.Whole(kMethods); method != 0) {
        found_.method = MethodOf(method);
        at_ = At::kTarget;
        return;
      }
      return Lose();
    case At::kTarget:
      if (c != ' ' && c != '?') return known_.Feed(words.paths, c);
      found_.path = known_.Whole(words.paths);
      at_ = At::kQuery;
      [[fallthrough]];
    case At::kQuery:
      if (c != ' ') return;
      at_ = At::kVersion;
      return own_.Start(kVersions);
    default:
      own_.Feed(kVersions, c);
  }
}

// "HTTP/1.1 200 OK"
void HttpMessages::ResponseByte(char c) {
  if (at_ == At::kWord) {
    if (c != ' ') return own_.Feed(kVersions, c);
    if (own_.Whole(kVersions) == 0) return Lose();
    at_ = At::kValue;
    return;
  }
  if (at_ != At::kValue) return;
  const int digit = DigitOf(c);
  if (digit >= 0 && digit <= 9 && found_.status < 100) {
    found_.status = static_cast<uint16_t>(found_.status * 10 + digit);
  } else {
    at_ = At::kRest;
  }
}

void HttpMessages::FieldByte(char c, const HttpWords& words) {
  const Keywords fields = requests() ? Keywords() : words.fields;
  if (line_ == 0) {
    own_.Start(kFraming);
    known_.Start(fields);
    at_ = At::kName;
    value_ = Value::kNone;
  }
  switch (at_) {
    case At::kName:
      own_.Feed(kFraming, Lower(c));
      known_.Feed(fields, Lower(c));
      if (c != ':') return;
      if (const uint64_t framing = own_.Whole(kFraming); framing != 0) {
        value_ = framing == 1 ? Value::kLength : Value::kCoding;
        field_length_ = 0;
        field_digits_ = digits_ended_ = false;
        own_.Start(kChunked);
      }
      known_.Feed(fields, ' ');
      found_.fields |= known_.Whole(fields);
      at_ = At::kSpace;
      return;
    case At::kSpace:
      if (IsSpace(c)) return;
      at_ = At::kValue;
      [[fallthrough]];
    default:
      ValueByte(c, words);
  }
}

void HttpMessages::ValueByte(char c, const HttpWords& words) {
  if (value_ == Value::kLength) return LengthByte(c);
  if (value_ == Value::kCoding) {
    // The last coding is the one that frames the body (RFC 9112 section 6.1).
    if (IsSpace(c) || c == ',') {
      own_.Start(kChunked);
    } else {
      own_.Feed(kChunked, Lower(c));
    }
    return;
  }
  if (requests()) return;
  known_.Feed(words.fields, Lower(c));
  found_.fields |= known_.Whole(words.fields);
}

void HttpMessages::LengthByte(char c) {
  const int digit = DigitOf(c);
  if (IsSpace(c)) {
    digits_ended_ = true;
  } else if (digit < 0 || digit > 9 || digits_ended_ || field_length_ > kMaxLength / 10) {
    Lose();
  } else {
    field_length_ = field_length_ * 10 + static_cast<uint64_t>(digit);
    field_digits_ = true;
  }
}

void HttpMessages::ChunkSizeByte(char c) {
  const int digit = DigitOf(c);
  if (at_ != At::kValue) return;  // a chunk extension
  if (digit < 0) {
    at_ = At::kRest;
    if (line_ == 0) Lose();
  } else if (left_ > kMaxLength / 16) {
    Lose();
  } else {
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
  }
}

void HttpMessages::EndLine(HttpMessageSink& sink) {
  switch (state_) {
    case State::kStartLine:
      if (line_ == 0) return;  // RFC 9112 section 2.2: empty lines before a request
      if (requests() ? at_ != At::kVersion || own_.Whole(kVersions) == 0
                     : at_ == At::kWord || found_.status < 100) {
        return Lose();
      }
      state_ = State::kField;
      break;
    case State::kField:
      if (line_ == 0) return EndHead(sink);
      EndField();
      break;
    case State::kChunkSize:
      if (line_ == 0) return Lose();
      state_ = left_ > 0 ? State::kChunk : State::kTrailer;
      break;
    case State::kChunkEnd:
      state_ = State::kChunkSize;
      at_ = At::kValue;
      left_ = 0;
      break;
    case State::kTrailer:
      if (line_ == 0) return EndMessage(sink);
      break;
    default:
      return;
  }
  line_ = 0;
  if (state_ != State::kField) head_ = 0;
}

void HttpMessages::EndField() {
  if (value_ == Value::kCoding) chunked_ = own_.Whole(kChunked) != 0;
  if (value_ != Value::kLength) return;
  // RFC 9112 section 6.3: one length, or the connection cannot be trusted any more.
  if (!field_digits_ || (has_length_ && length_ != field_length_)) return Lose();
  length_ = field_length_;
  has_length_ = true;
}

void HttpMessages::EndHead(HttpMessageSink& sink) {
  const uint16_t status = found_.status;
  const bool empty_by_status = !requests() && (status < 200 || status == 204 || status == 304);
  const bool wanted = sink.OnHead(found_);
  line_ = head_ = 0;
  if (!requests() && status < 200 && status != 101) {
    state_ = State::kStartLine;  // an interim answer; the real one follows
    return;
  }
  if (!wanted || empty_by_status) return EndMessage(sink);
  if (chunked_) {
    state_ = State::kChunkSize;
    at_ = At::kValue;
    left_ = 0;
  } else if (has_length_ && length_ > 0) {
    state_ = State::kCounted;
    left_ = length_;
  } else if (has_length_ || requests()) {
    EndMessage(sink);
  } else {
    state_ = State::kToClose;
  }
}

void HttpMessages::EndMessage(HttpMessageSink& sink) {
  state_ = State::kStartLine;
  line_ = head_ = 0;
  sink.OnEnd();
}

}  // namespace gnomon::decode

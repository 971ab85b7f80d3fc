#include "agent/decode/http_messages.h"

#include <algorithm>

namespace gnomon::decode {
namespace {

// Of a chunk's size; far over any.
constexpr uint64_t kMaxLength = uint64_t{1} << 56;
// Of a chunk's extensions and of a trailer, which no model server sends, a line.
constexpr uint32_t kMaxLine = 8192;

// Of a hexadecimal digit; -1 where it is none.
int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
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
    } else if (c != '\r') {
      LineByte(c, words);
    }
  }
}

size_t HttpMessages::BodyBytes(Bytes bytes, HttpMessageSink& sink) {
  size_t take = bytes.size();
  if (state_ != State::kToClose) take = static_cast<size_t>(std::min<uint64_t>(take, left_));
  sink.OnBody(bytes.first(take), 0);
  Take(take, sink);
  return take;
}

// So many bytes of the body are over.
void HttpMessages::Take(uint64_t bytes, HttpMessageSink& sink) {
  if (state_ == State::kToClose) return;
  left_ -= bytes;
  if (left_ > 0) return;
  if (state_ == State::kCounted) return EndMessage(sink);
  state_ = State::kChunkEnd;
  line_ = 0;
}

void HttpMessages::Skip(uint64_t missing, HttpMessageSink& sink) {
  if (missing == 0 || state_ == State::kLost) return;
  const bool counted = state_ == State::kCounted || state_ == State::kChunk;
  if (state_ != State::kToClose && (!counted || missing > left_)) return Lose();
  sink.OnBody({}, missing);
  Take(missing, sink);
}

void HttpMessages::Close(HttpMessageSink& sink) {
  if (state_ == State::kToClose) EndMessage(sink);
}

void HttpMessages::LineByte(char c, const HttpWords& words) {
  if (state_ == State::kHead) {
    if (!head_.Feed(c, words)) Lose();
    return;
  }
  if (state_ == State::kChunkEnd || line_ >= kMaxLine) return Lose();
  if (state_ == State::kChunkSize) ChunkSizeByte(c);
  ++line_;
}

void HttpMessages::ChunkSizeByte(char c) {
  if (in_extension_) return;
  const int digit = DigitOf(c);
  if (digit < 0) {
    in_extension_ = true;
    if (line_ == 0) Lose();
  } else if (left_ > kMaxLength / 16) {
    Lose();
  } else {
    left_ = left_ * 16 + static_cast<uint64_t>(digit);
  }
}

void HttpMessages::EndLine(HttpMessageSink& sink) {
  const bool empty = line_ == 0;
  line_ = 0;
  switch (state_) {
    case State::kHead:
      switch (head_.EndLine()) {
        case HttpHeadReader::Result::kEnded:
          return EndHead(sink);
        case HttpHeadReader::Result::kMalformed:
          return Lose();
        case HttpHeadReader::Result::kGoesOn:
          return;
      }
      return;
    case State::kChunkSize:
      if (empty) return Lose();
      state_ = left_ > 0 ? State::kChunk : State::kTrailer;
      return;
    case State::kChunkEnd:
      return BeginChunk();
    case State::kTrailer:
      if (empty) EndMessage(sink);
      return;
    default:
      return;
  }
}

void HttpMessages::EndHead(HttpMessageSink& sink) {
  const uint16_t status = head_.head().status;
  const bool wanted = sink.OnHead(head_.head());
  if (!requests() && status < 200 && status != 101) {
    head_.Start();  // an interim answer; the real one follows
    return;
  }
  const bool empty_by_status = !requests() && (status == 101 || status == 204 || status == 304);
  if (!wanted || empty_by_status) return EndMessage(sink);
  if (head_.chunked()) return BeginChunk();
  if (head_.has_length() && head_.length() > 0) {
    state_ = State::kCounted;
    left_ = head_.length();
  } else if (head_.has_length() || requests()) {
    EndMessage(sink);
  } else {
    state_ = State::kToClose;
  }
}

void HttpMessages::BeginChunk() {
  state_ = State::kChunkSize;
  in_extension_ = false;
  left_ = 0;
  line_ = 0;
}

void HttpMessages::EndMessage(HttpMessageSink& sink) {
  state_ = State::kHead;
  line_ = 0;
  head_.Start();
  sink.OnEnd();
}

}  // namespace gnomon::decode

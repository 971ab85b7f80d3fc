// Follows one direction of a clear HTTP/1 connection: where each message begins and ends, whichever
// way its bytes are cut (RFC 9112 sections 6 and 7). Bodies are handed on without their chunk
// framing. Nothing of them is kept. Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "agent/decode/http_message_head.h"
#include "base/bytes.h"

namespace gnomon::decode {

class HttpMessageSink {
 public:
  virtual ~HttpMessageSink() = default;
  // False: no body follows, whatever the head says (an answer to HEAD).
  virtual bool OnHead(const HttpMessageHead& head) = 0;
  // A piece of a body. Empty with `missing` bytes where they were not captured.
  virtual void OnBody(Bytes piece, uint64_t missing) = 0;
  virtual void OnEnd() = 0;
};

class HttpMessages {
 public:
  explicit HttpMessages(HttpDirection direction) : direction_(direction), head_(direction) {}

  // The next bytes of the stream, or how many of them are missing.
  void Feed(Bytes bytes, const HttpWords& words, HttpMessageSink& sink);
  void Skip(uint64_t missing, HttpMessageSink& sink);
  // The connection has ended, and with it an answer without a length (RFC 9112 section 6.3).
  void Close(HttpMessageSink& sink);

  // The bytes are no HTTP, or some of a head or of the chunk framing are missing. From then on
  // Feed() does nothing; Restart() with the next bytes that begin a message.
  bool lost() const { return state_ == State::kLost; }
  void Restart() { *this = HttpMessages(direction_); }
  // No message has begun, or all have ended.
  bool between() const { return state_ == State::kHead && head_.untouched(); }

 private:
  enum class State : uint8_t {
    kHead,
    kCounted,  // a body of `left_` bytes
    kToClose,  // a body that lasts as long as the connection
    kChunkSize,
    kChunk,     // `left_` bytes of one
    kChunkEnd,  // the line end behind it
    kTrailer,
    kLost,
  };

  bool requests() const { return direction_ == HttpDirection::kRequests; }
  size_t BodyBytes(Bytes bytes, HttpMessageSink& sink);
  void Take(uint64_t bytes, HttpMessageSink& sink);
  void LineByte(char c, const HttpWords& words);
  void ChunkSizeByte(char c);
  void EndLine(HttpMessageSink& sink);
  void EndHead(HttpMessageSink& sink);
  void EndMessage(HttpMessageSink& sink);
  void BeginChunk();
  void Lose() { state_ = State::kLost; }

  HttpDirection direction_;
  State state_ = State::kHead;
  bool in_extension_ = false;  // of a chunk's size
  uint32_t line_ = 0;          // bytes of a line of the chunk framing
  uint64_t left_ = 0;
  HttpHeadReader head_;
};

}  // namespace gnomon::decode

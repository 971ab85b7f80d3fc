// Follows one direction of a clear HTTP/1 connection: where each message begins and ends, whichever
// way its bytes are cut (RFC 9112 sections 2 to 7). Of heads it says which known paths and fields
// they hold; bodies are handed on without their chunk framing. Nothing of them is kept.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstdint>

#include "agent/decode/keywords.h"
#include "base/bytes.h"

namespace gnomon::decode {

enum class HttpMethod : uint8_t { kOther, kGet, kPost, kHead, kConnect };

struct HttpMessageHead {
  HttpMethod method = HttpMethod::kOther;  // of a request
  uint64_t path = 0;    // of a request: the word that its path is, without the query
  uint16_t status = 0;  // of a response
  uint64_t fields = 0;  // the words that lines of the head begin with
};

class HttpMessageSink {
 public:
  virtual ~HttpMessageSink() = default;
  // False: no body follows, whatever the head says (an answer to HEAD).
  virtual bool OnHead(const HttpMessageHead& head) = 0;
  // A piece of a body. Empty with `missing` bytes where they were not captured.
  virtual void OnBody(Bytes piece, uint64_t missing) = 0;
  virtual void OnEnd() = 0;
};

// The words are compared with lines as "name: value", all in lower case and with one space.
struct HttpWords {
  Keywords paths;   // of requests
  Keywords fields;  // of responses
};

class HttpMessages {
 public:
  enum class Direction : uint8_t { kRequests, kResponses };

  explicit HttpMessages(Direction direction) : direction_(direction) {}

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
  bool between() const { return state_ == State::kStartLine && line_ == 0; }

 private:
  enum class State : uint8_t {
    kStartLine,
    kField,
    kCounted,  // a body of `left_` bytes
    kToClose,  // a body that lasts as long as the connection
    kChunkSize,
    kChunk,     // `left_` bytes of one
    kChunkEnd,  // the line end behind it
    kTrailer,
    kLost,
  };
  // Where in a line of a head the next byte stands.
  enum class At : uint8_t { kWord, kTarget, kQuery, kVersion, kName, kSpace, kValue, kRest };
  enum class Value : uint8_t { kNone, kLength, kCoding };

  void StartLineByte(char c, const HttpWords& words);
  void RequestByte(char c, const HttpWords& words);
  void ResponseByte(char c);
  void FieldByte(char c, const HttpWords& words);
  void ValueByte(char c, const HttpWords& words);
  void LengthByte(char c);
  void ChunkSizeByte(char c);
  void EndLine(HttpMessageSink& sink);
  void EndField();
  void EndHead(HttpMessageSink& sink);
  void EndMessage(HttpMessageSink& sink);
  size_t BodyBytes(Bytes bytes, HttpMessageSink& sink);
  void Lose() { state_ = State::kLost; }

  bool requests() const { return direction_ == Direction::kRequests; }

  Direction direction_;
  State state_ = State::kStartLine;
  At at_ = At::kWord;
  Value value_ = Value::kNone;
  bool chunked_ = false;
  bool has_length_ = false;
  bool digits_ended_ = false;  // of a length
  bool field_digits_ = false;
  uint32_t line_ = 0;  // bytes of the line so far, its end left out
  uint32_t head_ = 0;  // bytes of the head so far
  uint64_t left_ = 0;
  uint64_t length_ = 0;        // Content-Length
  uint64_t field_length_ = 0;  // of the line that is being read
  KeywordCursor own_;          // methods, versions, and the fields that frame a body
  KeywordCursor known_;        // the caller's words
  HttpMessageHead found_;
};

}  // namespace gnomon::decode

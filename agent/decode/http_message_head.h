// The head of an HTTP/1 message, byte by byte: which known path and fields it has, and how its body
// is framed (RFC 9112 sections 2 to 6). Nothing of it is kept. Pure: no I/O, no clock, no
// allocation.
#pragma once

#include <cstdint>

#include "agent/decode/keywords.h"

namespace gnomon::decode {

enum class HttpMethod : uint8_t { kOther, kGet, kPost, kHead, kConnect };
enum class HttpDirection : uint8_t { kRequests, kResponses };

struct HttpMessageHead {
  HttpMethod method = HttpMethod::kOther;  // of a request
  uint64_t path = 0;    // of a request: the word that its path is, without the query
  uint16_t status = 0;  // of a response
  uint64_t fields = 0;  // of a response: the words that lines of the head begin with
};

// The words are compared with lines as "name: value", all in lower case and with one space.
struct HttpWords {
  Keywords paths;   // of requests
  Keywords fields;  // of responses
};

class HttpHeadReader {
 public:
  enum class Result : uint8_t { kGoesOn, kEnded, kMalformed };

  explicit HttpHeadReader(HttpDirection direction) : direction_(direction) {}

  // The next byte that is no line end. False: this is no HTTP.
  bool Feed(char c, const HttpWords& words);
  Result EndLine();
  // No byte of a head has been read since it was made or Start()ed.
  bool untouched() const { return at_start_ && line_ == 0; }
  void Start() { *this = HttpHeadReader(direction_); }

  // Once it has ended.
  const HttpMessageHead& head() const { return found_; }
  bool chunked() const { return chunked_; }
  bool has_length() const { return has_length_; }
  uint64_t length() const { return length_; }

 private:
  // Where in a line the next byte stands.
  enum class At : uint8_t { kWord, kTarget, kQuery, kVersion, kName, kSpace, kValue, kRest };
  enum class Value : uint8_t { kOther, kLength, kCoding };

  bool requests() const { return direction_ == HttpDirection::kRequests; }
  bool RequestByte(char c, const HttpWords& words);
  bool ResponseByte(char c);
  bool FieldByte(char c, const HttpWords& words);
  void EndName(const HttpWords& words);
  bool ValueByte(char c, const HttpWords& words);
  bool LengthByte(char c);
  bool StartLineIsGood() const;
  bool EndField();

  HttpDirection direction_;
  At at_ = At::kWord;
  Value value_ = Value::kOther;
  bool at_start_ = true;  // in the first line
  bool chunked_ = false;
  bool has_length_ = false;
  bool field_digits_ = false;  // the length that is being read has one
  bool digits_ended_ = false;
  uint32_t line_ = 0;  // bytes of the line so far
  uint32_t size_ = 0;  // bytes of the head so far
  uint64_t length_ = 0;
  uint64_t field_length_ = 0;
  KeywordCursor own_;    // methods, versions, and the fields that frame a body
  KeywordCursor known_;  // the caller's words
  HttpMessageHead found_;
};

}  // namespace gnomon::decode

#include "agent/decode/http_messages.h"

#include <gmock/gmock.h>

#include <array>
#include <string>

namespace gnomon::decode {
namespace {

using ::testing::ElementsAre;
using Direction = HttpDirection;

constexpr std::array<std::string_view, 2> kPaths = {"/api/chat", "/v1/models"};
constexpr std::array<std::string_view, 2> kFields = {"server: llama.cpp", "x-correlation-id: "};
constexpr HttpWords kWords = {.paths = kPaths, .fields = kFields};

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// "head METHOD/STATUS path fields", "body TEXT" (joined), "end".
class Log : public HttpMessageSink {
 public:
  bool OnHead(const HttpMessageHead& head) override {
    lines.push_back("head " + std::to_string(static_cast<int>(head.method)) + " " +
                    std::to_string(head.status) + " " + std::to_string(head.path) + " " +
                    std::to_string(head.fields));
    return bodies;
  }
  void OnBody(Bytes piece, uint64_t missing) override {
    if (!lines.back().starts_with("body ")) lines.push_back("body ");
    lines.back().append(piece.begin(), piece.end());
    lines.back().append(missing, '.');
  }
  void OnEnd() override { lines.push_back("end"); }

  bool bodies = true;
  std::vector<std::string> lines;
};

std::vector<std::string> Read(Direction direction, std::string_view text, size_t piece = SIZE_MAX) {
  HttpMessages messages(direction);
  Log log;
  while (!text.empty()) {
    messages.Feed(AsBytes(text.substr(0, piece)), kWords, log);
    text.remove_prefix(std::min(piece, text.size()));
  }
  if (messages.lost()) log.lines.push_back("lost");
  return log.lines;
}
std::vector<std::string> Requests(std::string_view text) {
  return Read(Direction::kRequests, text);
}
std::vector<std::string> Answers(std::string_view text) {
  return Read(Direction::kResponses, text);
}

TEST(HttpMessages, RequestsOnOneConnectionAreToldApartHoweverTheyAreCut) {
  const std::string text =
      "POST /api/chat?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n{\"a\"GET /v1/models "
      "HTTP/1.1\r\n\r\n\r\nPOST /api/chats HTTP/1.0\nTransfer-Encoding: gzip, "
      "Chunked\n\n3;x=\"y\"\nabc\n02\r\nde\r\n0\r\nTrailer: 1\r\n\r\n";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_THAT(Read(Direction::kRequests, text, piece),
                ElementsAre("head 2 0 1 0", "body {\"a\"", "end", "head 1 0 2 0", "end",
                            "head 2 0 0 0", "body abcde", "end"))
        << piece;
  }
}

TEST(HttpMessages, AnswersSayTheirStatusAndTheKnownFields) {
  EXPECT_THAT(Answers("HTTP/1.1 200 OK\r\nSERVER:llama.cpp/1\r\ncontent-length:2\r\n\r\nok"
                      "HTTP/1.1 404 Not Found\r\nX-Correlation-ID: 7\r\nContent-Length: 0\r\n\r\n"),
              ElementsAre("head 0 200 0 1", "body ok", "end", "head 0 404 0 2", "end"));
}

TEST(HttpMessages, AnAnswerWithoutALengthLastsUntilTheConnectionEnds) {
  HttpMessages messages(Direction::kResponses);
  Log log;
  messages.Feed(AsBytes("HTTP/1.0 200 OK\r\n\r\nabc"), kWords, log);
  messages.Feed(AsBytes("def"), kWords, log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "body abcdef"));
  messages.Close(log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "body abcdef", "end"));
}

TEST(HttpMessages, InterimAndEmptyAnswersHaveNoBody) {
  EXPECT_THAT(Answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
                      "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
              ElementsAre("head 0 100 0 0", "head 0 204 0 0", "end", "head 0 304 0 0", "end"));
  HttpMessages messages(Direction::kResponses);
  Log log;
  log.bodies = false;  // the answer to HEAD
  messages.Feed(AsBytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 "), kWords, log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "end"));
}

TEST(HttpMessages, MissingBytesOfABodyAreSteppedOver) {
  HttpMessages messages(Direction::kResponses);
  Log log;
  messages.Feed(AsBytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), kWords, log);
  messages.Skip(5, log);
  messages.Feed(AsBytes("yzHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"), kWords,
                log);
  messages.Skip(6, log);
  messages.Feed(AsBytes("\r\n0\r\n\r\n"), kWords, log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "body abc.....yz", "end", "head 0 200 0 0",
                                     "body ab......", "end"));
  EXPECT_TRUE(messages.between());
}

TEST(HttpMessages, MissingBytesOfTheFramingLoseTheConnectionUntilTheNextHead) {
  HttpMessages messages(Direction::kResponses);
  Log log;
  messages.Feed(AsBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"), kWords,
                log);
  messages.Skip(9, log);
  EXPECT_TRUE(messages.lost());
  messages.Feed(AsBytes("HTTP/1.1 200 OK\r\n\r\n"), kWords, log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "body ab"));
  messages.Restart();
  messages.Feed(AsBytes("HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n"), kWords, log);
  EXPECT_THAT(log.lines, ElementsAre("head 0 200 0 0", "body ab", "head 0 201 0 0", "end"));
}

TEST(HttpMessages, WhatIsNoHttpIsLost) {
  for (const char* text :
       {"\x16\x03\x01\x02 x", "POST/ HTTP/1.1\r\n", "POST / HTTP/2.0\r\n", "POST /\r\n",
        "POSTER / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 1x\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc"}) {
    EXPECT_EQ(Requests(text).back(), "lost") << text;
  }
  EXPECT_EQ(Answers("HTTP/1.1 20\r\n").back(), "lost");
  EXPECT_EQ(Answers("ICY 200 OK\r\n").back(), "lost");
}

TEST(HttpMessages, AHeadHasALimit) {
  const std::string head = "GET / HTTP/1.1\r\nCookie: " + std::string(40'000, 'c') + "\r\n\r\n";
  EXPECT_THAT(Requests(head), ElementsAre("lost"));
}

}  // namespace
}  // namespace gnomon::decode

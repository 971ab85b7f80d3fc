// The input is one direction of a clear HTTP connection. However it is cut, the same messages are
// found; bytes that are missing never make up a message.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "agent/decode/http_messages.h"
#include "agent/decode/json_keys.h"

namespace {

using gnomon::Bytes;
namespace decode = gnomon::decode;

constexpr std::array<std::string_view, 3> kPaths = {"/api/chat", "/api", "/v1/chat/completions"};
constexpr std::array<std::string_view, 3> kFields = {"server: llama.cpp", "server: ", "x-id: "};
constexpr std::array<std::string_view, 4> kKeys = {"model", "done", "done_reason:load", "object"};
constexpr decode::HttpWords kWords = {.paths = kPaths, .fields = kFields};

// What was found, as text; and the keys of each body.
class Log : public decode::HttpMessageSink {
 public:
  bool OnHead(const decode::HttpMessageHead& head) override {
    if (head.path >> kPaths.size() != 0 || head.fields >> kFields.size() != 0) std::abort();
    text += "h" + std::to_string(static_cast<int>(head.method)) + "," + std::to_string(head.path) +
            "," + std::to_string(head.status) + "," + std::to_string(head.fields) + ";";
    keys.Start();
    body = 0;
    return head.status != 299;
  }
  void OnBody(Bytes piece, uint64_t missing) override {
    if (piece.empty() == (missing == 0)) std::abort();
    keys.Feed(piece, kKeys);
    body += piece.size() + missing;
  }
  void OnEnd() override {
    text += std::to_string(body) + "," + std::to_string(keys.seen()) + "," +
            std::to_string(keys.done()) + ".";
    ++messages;
  }

  std::string text;
  uint64_t messages = 0;
  uint64_t body = 0;
  decode::JsonKeys keys;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const auto direction =
      (data[0] & 1) != 0 ? decode::HttpDirection::kRequests : decode::HttpDirection::kResponses;
  const size_t piece = 1 + data[1] % 32;
  const size_t missing = data[2];
  const Bytes stream(data + 3, size - 3);

  decode::HttpMessages whole(direction), cut(direction);
  Log of_whole, of_cut;
  whole.Feed(stream, kWords, of_whole);
  for (size_t at = 0; at < stream.size(); at += piece) {
    cut.Feed(stream.subspan(at, std::min(piece, stream.size() - at)), kWords, of_cut);
  }
  if (of_whole.text != of_cut.text || whole.lost() != cut.lost()) std::abort();
  if (of_whole.body != of_cut.body || of_whole.keys.seen() != of_cut.keys.seen()) std::abort();

  decode::HttpMessages gaps(direction);
  Log of_gaps;
  for (size_t at = 0; at < stream.size(); at += piece + missing) {
    gaps.Feed(stream.subspan(at, std::min(piece, stream.size() - at)), kWords, of_gaps);
    gaps.Skip(missing, of_gaps);
    if (gaps.lost()) gaps.Restart();
  }
  gaps.Close(of_gaps);
  if (of_gaps.messages > size) std::abort();
  return 0;
}

// Recognises local model servers by the clear HTTP they speak, and reads from it when a prompt left
// and when its answer began and ended. Paths, keys and fields are compared with the catalogue's as
// they go by; nothing of them is kept.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/classify/flow_key.h"
#include "agent/decode/http_messages.h"
#include "agent/decode/json_keys.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "catalogue/table.h"

namespace gnomon::classify {

// A prompt whose answer has shown what it is.
struct LocalAnswer {
  catalogue::ServiceIndex service = catalogue::kNoService;
  bool generic = false;  // one of many servers with this interface
  bool ended = false;    // the last word of it; before that there is exactly one with `ended` false
  TimeUs prompt = 0;     // the request's first byte
  TimeUs first = 0;      // the answer's first piece
  TimeUs last = 0;       // its last piece so far
};

class LocalAnswerSink {
 public:
  virtual ~LocalAnswerSink() = default;
  virtual void OnLocalAnswer(const LocalAnswer& answer) = 0;
};

class LocalFinder {
 public:
  using Index = uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  // At most `max_flows` connections at a time.
  LocalFinder(const std::shared_ptr<const catalogue::Table>& table, uint32_t max_flows);

  // For connections that begin from now on; open ones go on by what they began with. Which servers
  // are known stays, for services keep their numbers (catalogue::Table::Parse).
  void UseTable(const std::shared_ptr<const catalogue::Table>& table);

  // Begins to follow a connection; kNone where too many are followed. `server` is who answers.
  Index Open(const Endpoint& server);
  // The connection has ended.
  void Close(Index index, LocalAnswerSink& sink);

  // A request that one of the signatures may be about waits for its answer.
  bool Awaits(Index index) const;

  // `segment` is what was captured of `length` bytes. What came before is left out, what is missing
  // is stepped over where the framing allows, or else up to the next head.
  void Feed(Index index, bool from_client, uint32_t sequence, Bytes segment, uint32_t length,
            TimeUs now, LocalAnswerSink& sink);

 private:
  // Keeps the table alive that they are of.
  using Signatures = std::shared_ptr<const catalogue::LocalSignatures>;

  // Requests sent ahead of their answers. Clients of these servers send none ahead; of more than
  // this, the answers are not told apart any more.
  static constexpr uint8_t kMaxPending = 4;
  // Servers whose kind is remembered: a laptop runs a few.
  static constexpr size_t kMaxServers = 64;

  struct Request {
    TimeUs time = 0;
    decode::HttpMethod method = decode::HttpMethod::kOther;
    uint64_t path = 0;
    uint64_t keys = 0;
  };
  // The answer that is being read, to the request at the front.
  struct Reply {
    bool open = false;
    bool looked_at = false;  // its body is being compared
    bool decided = false;
    uint64_t fields = 0;
    LocalAnswer answer;
  };
  struct Stream {
    explicit Stream(decode::HttpDirection direction) : messages(direction) {}
    decode::HttpMessages messages;
    decode::JsonKeys keys;
    uint32_t next = 0;  // the sequence number to come
    bool started = false;
  };
  struct Connection {
    Endpoint server;
    Signatures signatures;  // while it is open
    Stream client{decode::HttpDirection::kRequests};
    Stream answers{decode::HttpDirection::kResponses};
    std::array<Request, kMaxPending> pending;
    uint8_t pending_count = 0;
    bool reading_body = false;  // of the newest request
    bool given_up = false;      // another protocol from here on, or too many requests ahead
    TimeUs request_began = 0;   // first byte of the head that is being read
    Reply reply;
  };
  struct Server {
    Endpoint endpoint;
    catalogue::ServiceIndex service = catalogue::kNoService;
    uint64_t stamp = 0;
  };
  // One direction's messages, on their way into a Connection.
  class Requests;
  class Answers;

  // Nothing more has to be known of its body.
  static bool HasKeys(const Connection& connection, const Request& request);
  // What the exchange at the front is, by all that was seen of it.
  void Decide(Connection& connection, LocalAnswerSink& sink);
  void EndReply(Connection& connection, LocalAnswerSink& sink);
  static catalogue::ServiceIndex MarkedService(const Connection& connection, uint64_t keys);
  catalogue::ServiceIndex KnownService(const Endpoint& server) const;
  void Remember(const Endpoint& server, catalogue::ServiceIndex service);

  const uint32_t max_flows_;
  Signatures signatures_;
  std::vector<Connection> connections_;
  std::vector<Index> free_;
  std::array<Server, kMaxServers> servers_;
  uint64_t stamps_ = 0;
};

}  // namespace gnomon::classify

#include "agent/classify/local_finder.h"

#include <algorithm>
#include <string_view>

#include "agent/decode/http_head.h"
#include "agent/decode/http_syntax.h"

namespace gnomon::classify {
namespace {

// Further apart than this, in bytes, two segments do not belong together (see SequenceTracker).
constexpr int32_t kMaxDistance = 64 << 20;

bool BeginsMessage(Bytes segment, bool from_client) {
  constexpr std::string_view kAnswer = "HTTP/1.";
  if (from_client) return decode::BeginsAsHttpHead(segment);
  return kAnswer.starts_with(decode::AsText(segment).substr(0, kAnswer.size()));
}

}  // namespace

class LocalFinder::Requests : public decode::HttpMessageSink {
 public:
  Requests(LocalFinder& finder, Connection& connection, TimeUs now, LocalAnswerSink& sink)
      : finder_(finder), c_(connection), now_(now), sink_(sink) {}

  bool OnHead(const decode::HttpMessageHead& head) override {
    if (c_.answers.messages.lost()) {
      // The next request says that the answer before it has ended.
      finder_.EndReply(c_, sink_);
      c_.pending_count = 0;
    }
    if (head.method == decode::HttpMethod::kConnect || c_.pending_count == kMaxPending) {
      c_.given_up = true;
      return true;
    }
    c_.pending[c_.pending_count++] = {
        .time = c_.request_began, .method = head.method, .path = head.path};
    c_.reading_body = true;
    c_.client.keys.Start();
    return true;
  }
  void OnBody(Bytes piece, uint64_t) override {
    if (!c_.reading_body || c_.pending_count == 0) return;
    Request& request = c_.pending[c_.pending_count - 1];
    if (request.path == 0 || c_.client.keys.done() || HasKeys(c_, request)) return;
    c_.client.keys.Feed(piece, c_.signatures->keys());
    request.keys = c_.client.keys.seen();
  }
  void OnEnd() override {
    c_.reading_body = false;
    c_.request_began = now_;  // of one that follows in the same segment
  }

 private:
  LocalFinder& finder_;
  Connection& c_;
  TimeUs now_;
  LocalAnswerSink& sink_;
};

class LocalFinder::Answers : public decode::HttpMessageSink {
 public:
  Answers(LocalFinder& finder, Connection& connection, TimeUs now, LocalAnswerSink& sink)
      : finder_(finder), c_(connection), now_(now), sink_(sink) {}

  bool OnHead(const decode::HttpMessageHead& head) override {
    if (head.status == 101) c_.given_up = true;
    if (head.status < 200 || c_.pending_count == 0) return true;
    const Request& request = c_.pending[0];
    c_.reply = {};
    c_.reply.open = true;
    c_.reply.looked_at = request.path != 0 && head.status < 300;
    c_.reply.fields = head.fields;
    c_.reply.answer.prompt = request.time;
    c_.answers.keys.Start();
    return request.method != decode::HttpMethod::kHead;
  }
  void OnBody(Bytes piece, uint64_t) override {
    Reply& reply = c_.reply;
    if (!reply.open) return;
    if (reply.answer.first == 0) reply.answer.first = now_;
    reply.answer.last = now_;
    if (!reply.looked_at || reply.decided) return;
    c_.answers.keys.Feed(piece, c_.signatures->keys());
    if (c_.answers.keys.done()) finder_.Decide(c_, sink_);
  }
  void OnEnd() override {
    if (!c_.reply.open) return;
    finder_.EndReply(c_, sink_);
  }

 private:
  LocalFinder& finder_;
  Connection& c_;
  TimeUs now_;
  LocalAnswerSink& sink_;
};

LocalFinder::LocalFinder(const std::shared_ptr<const catalogue::Table>& table, uint32_t max_flows)
    : max_flows_(max_flows) {
  UseTable(table);
}

void LocalFinder::UseTable(const std::shared_ptr<const catalogue::Table>& table) {
  signatures_ = Signatures(table, &table->local());
  if (signatures_->empty() || !connections_.empty()) return;
  connections_.resize(max_flows_);
  free_.reserve(connections_.size());
  for (size_t i = connections_.size(); i-- > 0;) free_.push_back(static_cast<Index>(i));
}

LocalFinder::Index LocalFinder::Open(const Endpoint& server) {
  if (free_.empty() || signatures_->empty()) return kNone;
  const Index index = free_.back();
  free_.pop_back();
  connections_[index] = Connection();
  connections_[index].server = server;
  connections_[index].signatures = signatures_;
  return index;
}

bool LocalFinder::Awaits(Index index) const {
  const Connection& connection = connections_[index];
  for (uint8_t i = 0; i < connection.pending_count; ++i) {
    if (connection.pending[i].path != 0) return true;
  }
  return false;
}

void LocalFinder::Close(Index index, LocalAnswerSink& sink) {
  Connection& connection = connections_[index];
  Answers answers(*this, connection, connection.reply.answer.last, sink);
  if (!connection.given_up) connection.answers.messages.Close(answers);
  EndReply(connection, sink);
  connection.signatures.reset();
  free_.push_back(index);
}

void LocalFinder::Feed(Index index, bool from_client, uint32_t sequence, Bytes segment,
                       uint32_t length, TimeUs now, LocalAnswerSink& sink) {
  Connection& connection = connections_[index];
  if (connection.given_up) return;
  Requests requests(*this, connection, now, sink);
  Answers answers(*this, connection, now, sink);
  if (from_client && connection.client.messages.between()) connection.request_began = now;
  decode::HttpMessageSink& into =
      from_client ? static_cast<decode::HttpMessageSink&>(requests) : answers;
  Stream& stream = from_client ? connection.client : connection.answers;
  if (stream.started) {
    const auto ahead = static_cast<int32_t>(sequence - stream.next);
    if (ahead > kMaxDistance || ahead < -kMaxDistance) {
      stream.messages.Skip(kMaxDistance, into);
    } else if (ahead > 0) {
      stream.messages.Skip(static_cast<uint32_t>(ahead), into);
    } else if (ahead < 0) {
      const auto old = static_cast<uint32_t>(-ahead);
      if (old >= length) return;
      segment = segment.subspan(std::min<size_t>(old, segment.size()));
      sequence += old;
      length -= old;
    }
  }
  stream.next = sequence + length;
  if (!stream.started || stream.messages.lost()) {
    if (!BeginsMessage(segment, from_client)) {
      // Of an answer whose framing is lost, the pieces still say how long it lasts.
      if (!from_client && connection.reply.open) connection.reply.answer.last = now;
      return;
    }
    if (!from_client && stream.started) EndReply(connection, sink);
    if (from_client && stream.started) {
      EndReply(connection, sink);
      connection.pending_count = 0;
      connection.request_began = now;
    }
    stream.messages.Restart();
    stream.started = true;
  }
  const decode::HttpWords words{.paths = connection.signatures->paths(),
                                .fields = connection.signatures->fields()};
  stream.messages.Feed(segment, words, into);
  if (length > segment.size()) stream.messages.Skip(length - segment.size(), into);
}

bool LocalFinder::HasKeys(const Connection& connection, const Request& request) {
  const auto rules = connection.signatures->rules();
  return std::none_of(rules.begin(), rules.end(), [&](const catalogue::LocalRule& r) {
    return (r.path & request.path) != 0 && (r.request & request.keys) != r.request;
  });
}

void LocalFinder::Decide(Connection& connection, LocalAnswerSink& sink) {
  Reply& reply = connection.reply;
  reply.decided = true;
  const Request& request = connection.pending[0];
  const bool post = request.method == decode::HttpMethod::kPost;
  if (!post && request.method != decode::HttpMethod::kGet) return;
  const uint64_t keys = connection.answers.keys.seen();
  const auto rules = connection.signatures->rules();
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const catalogue::LocalRule& r) {
    return (r.path & request.path) != 0 && r.turn == post &&
           (r.request & request.keys) == r.request && (r.answer & keys) == r.answer;
  });
  if (rule == rules.end()) return;
  catalogue::ServiceIndex service = rule->service;
  bool generic = rule->generic;
  if (generic) {
    catalogue::ServiceIndex known = MarkedService(connection, keys);
    if (known == catalogue::kNoService) known = KnownService(connection.server);
    if (known != catalogue::kNoService) {
      service = known;
      generic = false;
    }
  }
  if (!generic) Remember(connection.server, service);
  if (!rule->turn || (rule->no_turn & keys) != 0) return;
  reply.answer.service = service;
  reply.answer.generic = generic;
  sink.OnLocalAnswer(reply.answer);
}

void LocalFinder::EndReply(Connection& connection, LocalAnswerSink& sink) {
  Reply& reply = connection.reply;
  if (!reply.open) return;
  if (reply.looked_at && !reply.decided) Decide(connection, sink);
  if (reply.answer.service != catalogue::kNoService) {
    reply.answer.ended = true;
    sink.OnLocalAnswer(reply.answer);
  }
  reply = {};
  if (connection.pending_count == 0) return;
  std::move(connection.pending.begin() + 1, connection.pending.begin() + connection.pending_count,
            connection.pending.begin());
  if (--connection.pending_count == 0) connection.reading_body = false;
}

catalogue::ServiceIndex LocalFinder::MarkedService(const Connection& connection, uint64_t keys) {
  for (const catalogue::LocalMark& mark : connection.signatures->marks()) {
    if ((mark.field & connection.reply.fields) != 0 || (mark.key & keys) != 0) return mark.service;
  }
  return catalogue::kNoService;
}

catalogue::ServiceIndex LocalFinder::KnownService(const Endpoint& server) const {
  for (const Server& known : servers_) {
    if (known.service != catalogue::kNoService && known.endpoint == server) return known.service;
  }
  return catalogue::kNoService;
}

void LocalFinder::Remember(const Endpoint& server, catalogue::ServiceIndex service) {
  Server* place = &servers_[0];
  for (Server& known : servers_) {
    if (known.service != catalogue::kNoService && known.endpoint == server) {
      place = &known;
      break;
    }
    if (known.stamp < place->stamp) place = &known;
  }
  *place = {.endpoint = server, .service = service, .stamp = ++stamps_};
}

}  // namespace gnomon::classify

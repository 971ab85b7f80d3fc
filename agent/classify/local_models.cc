// Flows to model servers of this machine or network: what LocalFinder reads of them becomes
// sightings.
#include <algorithm>
#include <array>
#include <cstring>

#include "agent/classify/classifier_impl.h"
#include "agent/decode/http_head.h"

namespace gnomon::classify {
namespace {

// A piece of a request line shorter than this begins a flow, but is no sign of one in mid-stream.
constexpr size_t kSureMethod = 5;

// "localhost:1234", "[::1]:8080", "gpu.lab.example": what people call the server. The port is left
// out outside this machine, where it says no more than for any other host.
class ServerText {
 public:
  ServerText(std::string_view host, const Endpoint& server, bool here) {
    char address[46];
    if (host.empty()) host = {address, decode::FormatAddress(server.address, address)};
    const bool literal = host.find(':') != std::string_view::npos;
    if (literal && here) Add("[");
    Add(host);
    if (literal && here) Add("]");
    if (here) {
      Add(":");
      AddNumber(server.port);
    }
  }
  std::string_view view() const { return {text_.data(), length_}; }

 private:
  void Add(std::string_view text) {
    text = text.substr(0, text_.size() - length_);
    std::copy(text.begin(), text.end(), text_.begin() + static_cast<ptrdiff_t>(length_));
    length_ += text.size();
  }
  void AddNumber(uint16_t number) {
    std::array<char, 5> digits;
    size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    Add({digits.data() + at, digits.size() - at});
  }

  std::array<char, 255> text_;  // a host name's limit; beyond it is left out
  size_t length_ = 0;
};

}  // namespace

bool Classifier::Impl::StaysHere(Index index) const {
  const FlowKey& key = flows_.key(index);
  const decode::IpAddress& server = key.ends[Other(flows_[index].client)].address;
  // A machine reaches its own addresses over loopback, too.
  return server.IsLoopback() || key.ends[0].address == key.ends[1].address;
}

bool Classifier::Impl::IsNear(Index index) const {
  const decode::IpAddress& server = flows_.key(index).ends[Other(flows_[index].client)].address;
  return StaysHere(index) || server.IsLocalNetwork();
}

bool Classifier::Impl::ReadLocal(Index index, Side sender, uint32_t sequence,
                                 const decode::Packet& packet) {
  Flow& flow = flows_[index];
  if (flow.local == LocalFinder::kNone) {
    // Ciphertext, in most packets: no method begins so.
    if (packet.payload.empty() || packet.payload[0] < 'D' || packet.payload[0] > 'P') return false;
    // A service that is named by its host has another way; so has what a tunnel carries.
    if (flow.match || flow.search.tunnel.open) return false;
    if (!decode::BeginsAsHttpHead(packet.payload)) return false;
    const bool beginning = flow.phase <= Phase::kLooking;
    if (!beginning && packet.payload.size() < kSureMethod) return false;
    if (flow.client != sender) {
      // Who asks is the client, except where the SYN said otherwise.
      if (beginning || flow.client_known == ClientKnown::kByHandshake) return false;
      flow.client = sender;
      flow.client_known = ClientKnown::kByHello;
    }
    if (!IsNear(index)) return false;
    flow.local = local_.Open(flows_.key(index).ends[Other(flow.client)]);
    if (flow.local == LocalFinder::kNone) {
      ++coverage_.local_refused;
      return false;
    }
  }
  local_flow_ = index;
  local_time_ = packet.time;
  local_.Feed(flow.local, sender == flow.client, sequence, packet.payload, packet.payload_length,
              packet.time, *this);
  // Behind a kernel filter no more comes of an answer than its first words, unless it is asked for.
  if (!flow.followed && local_.Awaits(flow.local)) Follow(index, packet.time);
  return true;
}

void Classifier::Impl::EndLocal(Index index, TimeUs now) {
  Flow& flow = flows_[index];
  if (flow.local == LocalFinder::kNone) return;
  local_flow_ = index;
  local_time_ = now;
  local_.Close(flow.local, *this);
  flow.local = LocalFinder::kNone;
}

void Classifier::Impl::OnLocalAnswer(const LocalAnswer& answer) {
  Flow& flow = flows_[local_flow_];
  // Named by its host after all: that name's turns are estimated like any other's.
  if (flow.match && flow.evidence != v1::EVIDENCE_LOCAL) return;
  if (!flow.match || flow.match.service != answer.service) {
    NameLocal(local_flow_, answer, local_time_);
  }
  Sighting sighting = Describe(local_flow_, SightingKind::kTurn, local_time_);
  sighting.turn = {.prompt = answer.prompt,
                   .first = answer.first,
                   .last = answer.last,
                   .ended = answer.ended,
                   .generic = answer.generic};
  next_.Consume(sighting);
}

void Classifier::Impl::NameLocal(Index index, const LocalAnswer& answer, TimeUs now) {
  Flow& flow = flows_[index];
  if (!flow.match) ++coverage_.local_models;
  flow.match = {answer.service, v1::HOST_ROLE_USE, false, {}};
  flow.evidence = v1::EVIDENCE_LOCAL;
  flow.via = Via::kHttp;
  AskClient(index);
  const Endpoint& server = flows_.key(index).ends[Other(flow.client)];
  const ServerText text(flow.name == NamePool::kNone ? "" : names_.View(flow.name), server,
                        StaysHere(index));
  Sighting sighting = Describe(index, SightingKind::kName, now);
  sighting.host = text.view();
  next_.Consume(sighting);
}

}  // namespace gnomon::classify

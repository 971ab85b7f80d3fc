#include "agent/decode/dns.h"

#include <algorithm>

#include "agent/decode/dns_name.h"
#include "agent/decode/dns_service_hints.h"

namespace gnomon::decode {
namespace {

constexpr size_t kHeader = 12;
constexpr uint16_t kIsResponse = 0x8000;
constexpr uint16_t kOpcodeAndRcode = 0x780f;  // both 0: a standard query without error

constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeCname = 5;
constexpr uint16_t kTypeAaaa = 28;
constexpr uint16_t kTypeHttps = 65;
constexpr uint16_t kClassInternet = 1;

// Answers beyond these are not looked at. They bound the work that one hostile message can cause;
// resolvers give up chains of 8 to 16, and large pools answer with some 30 addresses.
constexpr int kMaxAnswers = 128;
constexpr int kMaxChain = 16;

struct Record {
  DnsName owner;
  uint16_t type = 0;
  uint32_t ttl_seconds = 0;
  size_t data_at = 0;
  Bytes data;
};

// Reads the record at message[*at] and moves *at behind it.
bool ReadRecord(Bytes message, size_t* at, Record* record) {
  if (!record->owner.Read(message, at)) return false;
  ByteReader in(message.subspan(*at));
  record->type = in.U16();
  const uint16_t record_class = in.U16();
  const uint32_t ttl = in.U32();
  const size_t length = in.U16();
  record->data_at = *at + in.position();
  record->data = in.Take(length);
  if (!in.ok()) return false;
  if (record_class != kClassInternet) record->type = 0;  // of no use here
  // RFC 2181 section 8: a TTL with the top bit set counts as 0.
  record->ttl_seconds = ttl > 0x7fffffff ? 0 : ttl;
  *at += in.position();
  return true;
}

bool ReadCname(Bytes message, const Record& record, DnsName* target) {
  size_t at = record.data_at;
  return target->Read(message, &at) && at == record.data_at + record.data.size();
}

// Gives the record's addresses in copies of `found`; only checks the record where `sink` is null.
bool ReadAddresses(Bytes message, const Record& record, DnsAddress found, DnsAddressSink* sink) {
  if (record.type == kTypeHttps) {
    ByteReader in(record.data);
    const uint16_t priority = in.U16();
    size_t at = record.data_at + in.position();
    const size_t end = record.data_at + record.data.size();
    DnsName target;
    if (!in.ok() || !target.Read(message, &at) || at > end) return false;
    if (priority == 0) return true;  // AliasMode: no parameters (RFC 9460 section 2.4.2)
    return ReadServiceHints(message.subspan(at, end - at), found, sink);
  }
  const size_t width = record.type == kTypeA ? 4 : 16;
  if (record.data.size() != width) return false;
  found.address = width == 4 ? IpAddress::FromV4(record.data) : IpAddress::FromV6(record.data);
  if (sink != nullptr) sink->Consume(found);
  return true;
}

bool HoldsAddresses(const Record& record) {
  return record.type == kTypeA || record.type == kTypeAaaa || record.type == kTypeHttps;
}

// The question's name and the CNAMEs that it leads to, each with the smallest TTL on the way.
class Chain {
 public:
  explicit Chain(const DnsName& question) { names_[0] = question; }

  // Whether the record's CNAME was new and has been followed.
  bool Follow(Bytes message, const Record& record) {
    DnsName target;
    if (!(record.owner == names_[length_ - 1]) || length_ == kMaxChain) return false;
    if (!ReadCname(message, record, &target) || Find(target) >= 0) return false;
    names_[length_] = target;
    ttls_[length_] = std::min(ttls_[length_ - 1], record.ttl_seconds);
    ++length_;
    return true;
  }
  // The place of `name` in the chain, or -1.
  int Find(const DnsName& name) const {
    for (int i = 0; i < length_; ++i) {
      if (names_[i] == name) return i;
    }
    return -1;
  }
  uint32_t ttl_seconds(int place) const { return ttls_[place]; }

 private:
  DnsName names_[kMaxChain];
  uint32_t ttls_[kMaxChain] = {UINT32_MAX};
  int length_ = 1;
};

// Calls `visit` with each answer until it returns false; false where the message breaks off.
template <typename Visit>
bool ForEachAnswer(Bytes message, size_t at, int count, Visit visit) {
  Record record;
  for (int i = 0; i < count; ++i) {
    if (!ReadRecord(message, &at, &record) || !visit(record)) return false;
  }
  return true;
}

}  // namespace

DnsResult ParseDnsMessage(Bytes message, DnsAddressSink& sink) {
  ByteReader in(message);
  in.Skip(2);  // identifier
  const uint16_t flags = in.U16();
  const uint16_t questions = in.U16();
  const int answers = std::min<int>(in.U16(), kMaxAnswers);
  in.Skip(4);  // authority and additional counts
  if (!in.ok()) return DnsResult::kMalformed;
  if ((flags & kIsResponse) == 0 || (flags & kOpcodeAndRcode) != 0 || questions != 1) {
    return DnsResult::kNotAnswer;
  }

  DnsName question;
  size_t at = kHeader;
  if (!question.Read(message, &at) || message.size() - at < 4) return DnsResult::kMalformed;
  at += 4;  // type and class
  DnsAddress found{};
  if (!question.ToHostName(&found.question)) return DnsResult::kNotAnswer;

  // All is checked before anything is given away: a broken message gives nothing.
  const bool sound = ForEachAnswer(message, at, answers, [&](const Record& record) {
    DnsName target;
    if (record.type == kTypeCname) return ReadCname(message, record, &target);
    return !HoldsAddresses(record) || ReadAddresses(message, record, found, nullptr);
  });
  if (!sound) return DnsResult::kMalformed;

  // Servers send chains in order, so the second round finds nothing new; any order is allowed.
  Chain chain(question);
  bool longer = true;
  while (longer) {
    longer = false;
    ForEachAnswer(message, at, answers, [&](const Record& record) {
      if (record.type == kTypeCname) longer |= chain.Follow(message, record);
      return true;
    });
  }

  ForEachAnswer(message, at, answers, [&](const Record& record) {
    const int place = HoldsAddresses(record) ? chain.Find(record.owner) : -1;
    if (place >= 0) {
      found.ttl_seconds = std::min(chain.ttl_seconds(place), record.ttl_seconds);
      ReadAddresses(message, record, found, &sink);
    }
    return true;
  });
  return DnsResult::kAnswer;
}

}  // namespace gnomon::decode

// A DNS message. All that one message gives speaks of one question.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/dns.h"

namespace {

class Reader : public gnomon::decode::DnsAddressSink {
 public:
  void Consume(const gnomon::decode::DnsAddress& found) override {
    if (given_ > 0 && found.question.view() != question_.view()) std::abort();
    if (found.question.empty()) std::abort();
    question_ = found.question;
    ++given_;
  }
  size_t given() const { return given_; }

 private:
  gnomon::decode::HostName question_;
  size_t given_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Reader reader;
  const auto result = gnomon::decode::ParseDnsMessage({data, size}, reader);
  if (result != gnomon::decode::DnsResult::kAnswer && reader.given() > 0) std::abort();
  // The smallest that gives an address is 4 bytes of a hint.
  if (reader.given() > size / 4) std::abort();
  return 0;
}

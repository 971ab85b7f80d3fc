// A client's stream. The answer may not be taken back: once a prefix gives a name, the whole stream
// gives the same.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "agent/decode/ja4.h"
#include "agent/decode/tls_client_hello.h"

using gnomon::decode::ClientHello;
using gnomon::decode::HelloResult;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ClientHello whole, part;
  const HelloResult result = gnomon::decode::ParseClientHello({data, size}, &whole);
  if (result != HelloResult::kFound && !whole.server_name.empty()) std::abort();
  const auto fingerprint = gnomon::decode::MakeJa4(whole, gnomon::decode::Transport::kTcp);
  if (fingerprint && (!whole.complete || fingerprint->text[10] != '_')) std::abort();
  for (size_t length = size > 64 ? size - 64 : 0; length < size; ++length) {
    const std::vector<uint8_t> exact(data, data + length);
    const HelloResult early = gnomon::decode::ParseClientHello(exact, &part);
    if (early == HelloResult::kNeedMore) continue;
    if (early != result || part.server_name.view() != whole.server_name.view()) std::abort();
  }
  return 0;
}

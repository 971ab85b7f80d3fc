// A datagram of a client that may speak Google's QUIC, a message, and a decrypted payload.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/gquic.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace decode = gnomon::decode;
  const gnomon::Bytes input(data, size);
  decode::ClientHello hello;
  for (const auto parse : {decode::ParseGquicPacket, decode::ParseChlo}) {
    const auto result = parse(input, &hello);
    if (result != decode::HelloResult::kFound && !hello.server_name.empty()) std::abort();
    if ((result == decode::HelloResult::kFound) != hello.complete) std::abort();
  }
  gnomon::Bytes id;
  if (decode::BeginsAsGquic(input, &id) && id.size() != 8) std::abort();
  decode::QuicCrypto crypto;
  if (decode::FindGquicCrypto(input, &crypto) && crypto.data.size() > size) std::abort();
  return 0;
}

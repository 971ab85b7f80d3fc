#include "agent/decode/starttls.h"

#include "agent/decode/starttls_protocols.h"

namespace gnomon::decode {

StartTlsResult ParseStartTls(Bytes stream, size_t* length) {
  StartTlsResult result = StartTlsResult::kNotStartTls;
  for (const auto parse :
       {ParseStartTlsLines, ParseStartTlsXmpp, ParseStartTlsLdap, ParseStartTlsPostgres}) {
    *length = 0;
    const StartTlsResult one = parse(stream, length);
    if (one == StartTlsResult::kFound) return one;
    if (one == StartTlsResult::kNeedMore) result = one;
  }
  *length = 0;
  const bool over = stream.size() >= kMaxStartTls;
  return over ? StartTlsResult::kNotStartTls : result;
}

}  // namespace gnomon::decode

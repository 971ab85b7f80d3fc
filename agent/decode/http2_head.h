// HTTP/2 in clear by prior knowledge: which host the first request is for (RFC 9113 sections 3.3,
// 3.4, 4, 6.2, 6.10 and 8.3.1). An upgrade from HTTP/1.1 has its Host field in the request that
// asks for it: see http_head.h. Pure: no I/O, no clock, no allocation.
#pragma once

#include "agent/decode/http_head.h"
#include "base/bytes.h"

namespace gnomon::decode {

// `stream` is the client's byte stream from the first byte of its connection preface. Reads frames
// up to the first HEADERS and its CONTINUATIONs, within kMaxHttpHead bytes; the host is :authority,
// or the host field where there is none. What comes behind it never changes the answer.
HttpResult ParseHttp2Head(Bytes stream, HttpHead* out);

// True where the bytes are the connection preface, or as much of it as fits into them.
bool BeginsAsHttp2(Bytes bytes);

}  // namespace gnomon::decode

// The head of an HTTP/1 request in clear: which host it is for. Of everything else in it (path,
// query, other fields, body) nothing is kept.
// RFC 9112 sections 3.2.1 (origin-form), 3.2.2 (absolute-form, to a proxy); RFC 9110 section 7.2
// (Host). CONNECT has its own file.
// Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

// Common servers refuse heads over this: see kMaxConnectHead.
inline constexpr size_t kMaxHttpHead = 8192;

enum class HttpTarget : uint8_t {
  kOrigin,    // "/path", or "*": the host is the Host field's
  kAbsolute,  // "http://host/path", asked of a proxy: the Host field does not count
};

struct HttpHead {
  HostName host;  // without port and user; an IPv6 literal stands without its brackets
  HttpTarget target = HttpTarget::kOrigin;
};

enum class HttpResult : uint8_t {
  kNeedMore,   // so far a request, but its host has not come
  kFound,      // *out is filled
  kNoHost,     // a request without a Host field, or with one that is no host name
  kNotHttp,    // does not begin with one of the methods below
  kMalformed,  // began as a request and is none, or has no host in the first kMaxHttpHead bytes
};

// `stream` is the client's byte stream from the first byte of a request with GET, POST, PUT, HEAD,
// OPTIONS, DELETE or PATCH. Returns kFound with the line that says the host; what comes behind
// never changes that answer.
HttpResult ParseHttpHead(Bytes stream, HttpHead* out);

// True where the bytes are one of the methods and a target's first byte, or as much of that as fits
// into them.
bool BeginsAsHttpHead(Bytes bytes);

}  // namespace gnomon::decode

// What the heads of HTTP requests have in common. RFC 9112 sections 2 and 3, RFC 3986
// section 3.2. Pure: no I/O, no clock, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/decode/tls_client_hello.h"
#include "base/bytes.h"

namespace gnomon::decode {

std::string_view AsText(Bytes bytes);

// The line at text[*at] without its end, and *at moved behind it. RFC 9112 section 2.2: a single LF
// may be taken for the end. False where the line has none.
bool NextLine(std::string_view text, size_t* at, std::string_view* line);

// "HTTP/1.0" and "HTTP/1.1".
bool IsHttp1Version(std::string_view text);

// 1 to 65535, in digits alone.
bool ParsePort(std::string_view text, uint16_t* port);

// host [ ":" port ], an IPv6 literal in brackets. *port is empty where there is none. False, with
// an empty *host, where the text is nothing like that; *port is not looked into.
bool ParseAuthority(std::string_view authority, HostName* host, std::string_view* port);

// The same with the port, where there is one, looked into and left out.
bool ParseHost(std::string_view authority, HostName* out);

}  // namespace gnomon::decode

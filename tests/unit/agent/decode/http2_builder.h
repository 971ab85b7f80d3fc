// HTTP/2 connections as clients begin them (RFC 9113 sections 3.4, 4.1, 6; RFC 7541).
#pragma once

#include <string>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::testing {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline void PutFrame(ByteVector& to, uint8_t type, uint8_t flags, uint32_t stream, Bytes payload) {
  Put(to, payload.size(), 3);
  Put(to, type, 1);
  Put(to, flags, 1);
  Put(to, stream, 4);
  Put(to, payload);
}

// The preface, SETTINGS (of one setting) and WINDOW_UPDATE.
inline ByteVector Http2Start() {
  ByteVector out = ToBytes(kHttp2Preface);
  PutFrame(out, 4, 0, 0, ByteVector{0, 4, 0, 1, 0, 0});
  PutFrame(out, 8, 0, 0, ByteVector{0, 0xbf, 0, 1});
  return out;
}

// :method GET, :scheme http, :path /, and :authority as a literal (RFC 7541 appendix C.3.1).
inline ByteVector RequestBlock(const std::string& authority) {
  ByteVector block{0x82, 0x86, 0x84, 0x41};
  PutVector(block, ToBytes(authority), 1);
  return block;
}

inline ByteVector Http2Request(const std::string& authority) {
  ByteVector out = Http2Start();
  PutFrame(out, 1, 0x05, 1, RequestBlock(authority));
  return out;
}

}  // namespace gnomon::testing

// ClientHellos as clients send them (RFC 8446 section 4.1.2), of any length and split as wished.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/unit/agent/decode/byte_writer.h"

namespace gnomon::testing {

struct Extension {
  uint16_t type;
  ByteVector data;
};

struct HelloOptions {
  std::optional<std::string> server_name = "chat.example.com";
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  size_t key_share_bytes = 32;  // 1216 with X25519MLKEM768
  bool ech = false;
  bool name_last = false;    // Chrome permutes its extensions
  size_t message_bytes = 0;  // padded up to this (RFC 7685); 0: not padded
  size_t session_id_bytes = 32;
  bool extensions = true;
  std::vector<Extension> extra = {};  // in front of all others
};

inline ByteVector ServerNameData(std::string_view name) {
  ByteVector list;
  Put(list, 0, 1);  // host_name
  PutVector(list, ToBytes(name), 2);
  ByteVector data;
  PutVector(data, list, 2);
  return data;
}

inline std::vector<Extension> HelloExtensions(const HelloOptions& options) {
  std::vector<Extension> all = options.extra;
  const auto add_name = [&] {
    if (options.server_name) all.push_back({0, ServerNameData(*options.server_name)});
  };
  if (!options.name_last) add_name();
  ByteVector protocols, alpn, share, shares;
  for (const std::string& protocol : options.alpn) PutVector(protocols, ToBytes(protocol), 1);
  PutVector(alpn, protocols, 2);
  if (!options.alpn.empty()) all.push_back({16, alpn});
  Put(share, 0x001d, 2);
  PutVector(share, ByteVector(options.key_share_bytes, 0xab), 2);
  PutVector(shares, share, 2);
  all.push_back({51, shares});
  all.push_back({43, {2, 3, 4}});  // supported_versions: TLS 1.3
  if (options.ech) all.push_back({0xfe0d, ByteVector(80, 0x5a)});
  if (options.name_last) add_name();
  return all;
}

// The handshake message: type, length, body.
inline ByteVector BuildHello(const HelloOptions& options = {}) {
  ByteVector body;
  Put(body, 0x0303, 2);
  Put(body, ByteVector(32, 0x42));
  PutVector(body, ByteVector(options.session_id_bytes, 0x07), 1);
  PutVector(body, ByteVector{0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f}, 2);
  PutVector(body, ByteVector{0}, 1);
  if (options.extensions) {
    ByteVector block;
    for (const Extension& extension : HelloExtensions(options)) {
      Put(block, extension.type, 2);
      PutVector(block, extension.data, 2);
    }
    const size_t length = 4 + body.size() + 2 + block.size();
    if (options.message_bytes > length + 4) {
      Put(block, 21, 2);
      PutVector(block, ByteVector(options.message_bytes - length - 4, 0), 2);
    }
    PutVector(body, block, 2);
  }
  ByteVector message;
  Put(message, 1, 1);
  PutVector(message, body, 3);
  return message;
}

inline void PutRecord(ByteVector& stream, Bytes fragment, uint8_t type = 22) {
  Put(stream, type, 1);
  Put(stream, 0x0301, 2);
  PutVector(stream, fragment, 2);
}

// The message in one record, or cut into records at the given places.
inline ByteVector InRecords(Bytes message, const std::vector<size_t>& cuts = {}) {
  ByteVector stream;
  size_t from = 0;
  for (const size_t cut : cuts) {
    PutRecord(stream, message.subspan(from, cut - from));
    from = cut;
  }
  PutRecord(stream, message.subspan(from));
  return stream;
}

}  // namespace gnomon::testing

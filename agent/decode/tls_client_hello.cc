#include "agent/decode/tls_client_hello.h"

#include <algorithm>

#include "agent/decode/handshake_cursor.h"

namespace gnomon::decode {
namespace {

constexpr uint8_t kClientHello = 1;
constexpr uint16_t kServerName = 0;
constexpr uint16_t kSignatureAlgorithms = 13;  // RFC 8446 section 4.2.3
constexpr uint16_t kProtocols = 16;            // RFC 7301 section 3.1
constexpr uint16_t kSupportedVersions = 43;    // RFC 8446 section 4.2.1
constexpr uint16_t kEncryptedClientHello = 0xfe0d;
constexpr uint8_t kHostNameType = 0;
constexpr size_t kMaxSessionId = 32;
// Version, random, and the shortest session id, cipher suites and compression methods.
constexpr size_t kMinHello = 2 + 32 + 1 + 4 + 2;
// All vectors at their longest (RFC 8446 section 4.1.2): a greater length is no hello's.
constexpr size_t kMaxHello = 2 + 32 + 33 + 2 + 65534 + 256 + 2 + 65535;

// Whether the stream may begin with a ClientHello, as far as it goes. TLS 1.3 still writes 3.1 or
// 3.3 here and GREASE does not touch it, so a minor version above 4 is some other protocol.
bool MayBeHello(Bytes stream) {
  const auto differs = [&](size_t at, uint8_t value) {
    return stream.size() > at && stream[at] != value;
  };
  if (differs(0, kTlsHandshakeRecord) || differs(1, 3) || differs(5, kClientHello)) return false;
  if (stream.size() > 2 && stream[2] > 4) return false;
  if (stream.size() >= kTlsRecordHeader) {
    const size_t length = static_cast<size_t>(stream[3] << 8 | stream[4]);
    if (length == 0 || length > kTlsMaxFragment) return false;
  }
  return true;
}

// Everything before the extensions.
void ReadToExtensions(HandshakeCursor& in, ClientHello* out) {
  HelloOffer* const offer = &out->offer;
  offer->version = static_cast<uint16_t>(in.Uint(2));
  if (offer->version >> 8 != 3 && in.ok()) in.SetMalformed();  // legacy_version 3.x
  in.Read(out->random.data(), out->random.size());
  const size_t session_id = in.Uint(1);
  if (session_id > kMaxSessionId) in.SetMalformed();
  in.Skip(session_id);
  const size_t cipher_suites = in.Uint(2);
  if (in.ok() && (cipher_suites == 0 || cipher_suites % 2 != 0)) in.SetMalformed();
  for (size_t i = 0; i < cipher_suites && in.ok(); i += 2) {
    const auto suite = static_cast<uint16_t>(in.Uint(2));
    if (in.ok()) offer->cipher_suites.Add(suite);
  }
  const size_t compression_methods = in.Uint(1);
  if (in.ok() && compression_methods == 0) in.SetMalformed();
  in.Skip(compression_methods);
}

// The extension_data of server_name: a list with one name (RFC 6066 section 3). A name that is well
// framed but no plausible host name leaves *name empty. Returns whether the name has been read.
bool ReadServerName(HandshakeCursor& in, size_t extension_length, HostName* name) {
  const size_t list_length = in.Uint(2);
  const uint32_t type = in.Uint(1);
  const size_t name_length = in.Uint(2);
  if (!in.ok()) return false;
  if (list_length + 2 != extension_length || type != kHostNameType || name_length == 0 ||
      name_length + 3 != list_length) {
    in.SetMalformed();
    return false;
  }
  std::array<uint8_t, 256> text;  // a name of 255 bytes and its trailing dot
  if (name_length <= text.size()) {
    in.Read(text.data(), name_length);
    if (in.ok()) name->Assign({text.data(), name_length});
  } else {
    in.Skip(name_length);
  }
  return in.ok();
}

uint16_t HighestVersion(ByteReader in, uint16_t otherwise) {
  HelloList<128> versions;
  for (size_t left = in.U8() / 2; left > 0; --left) {
    const uint16_t version = in.U16();
    if (in.ok()) versions.Add(version);
  }
  const std::span<const uint16_t> all = versions.view();
  return all.empty() ? otherwise : *std::max_element(all.begin(), all.end());
}

void ReadFirstProtocol(ByteReader in, HelloOffer* offer) {
  in.Skip(2);  // length of the list
  const Bytes name = in.Take(in.U8());
  if (!in.ok() || name.empty()) return;
  std::copy_n(name.begin(), std::min(name.size(), offer->alpn.size()), offer->alpn.begin());
  offer->alpn_length = static_cast<uint8_t>(name.size());
  offer->alpn_last = name.back();
}

// An extension that says what the client offers. It is stepped over as a whole, whatever is in it.
void ReadOffer(HandshakeCursor& in, uint32_t type, size_t length, HelloOffer* offer) {
  std::array<uint8_t, 2 + 1 + 255> bytes;  // a list with the longest protocol name
  const size_t there = std::min(length, bytes.size());
  in.Read(bytes.data(), there);
  in.Skip(length - there);
  if (!in.ok()) return;
  ByteReader data(Bytes(bytes.data(), there));
  if (type == kSupportedVersions) {
    offer->version = HighestVersion(data, offer->version);
  } else if (type == kProtocols && offer->alpn_length == 0) {
    ReadFirstProtocol(data, offer);
  } else if (type == kSignatureAlgorithms) {
    for (size_t left = data.U16() / 2; left > 0 && data.ok(); --left) {
      const uint16_t algorithm = data.U16();
      if (data.ok()) offer->signature_algorithms.Add(algorithm);
    }
  }
}

// Reads extensions up to the end of the hello or of the stream. Returns whether a server_name
// extension has been read in full.
bool ReadExtensions(HandshakeCursor& in, ClientHello* out) {
  bool named = false;
  while (in.ok() && in.left() > 0) {
    const uint32_t type = in.Uint(2);
    const size_t length = in.Uint(2);
    if (!in.ok()) break;
    if (type == kEncryptedClientHello) out->has_ech_extension = true;
    out->offer.extensions.Add(static_cast<uint16_t>(type));
    if (type == kServerName && !named) {
      if (length < 5 || length > in.left()) {
        in.SetMalformed();
        break;
      }
      named = ReadServerName(in, length, &out->server_name);
    } else if (type == kSignatureAlgorithms || type == kProtocols || type == kSupportedVersions) {
      ReadOffer(in, type, length, &out->offer);
    } else {
      in.Skip(length);
    }
  }
  return named;
}

// From the message type on, which the caller has checked.
HelloResult ParseMessage(HandshakeCursor in, ClientHello* out) {
  in.Skip(1);
  const size_t length = in.Uint(3);
  if (in.ok() && (length < kMinHello || length > kMaxHello)) in.SetMalformed();
  bool named = false;
  if (in.ok()) {
    in.SetLeft(length);
    ReadToExtensions(in, out);
    // Extensions may be missing altogether before TLS 1.3 (RFC 5246 section 7.4.1.2).
    if (in.ok() && in.left() > 0) {
      const size_t extensions = in.Uint(2);
      if (in.ok() && extensions != in.left()) in.SetMalformed();
      named = ReadExtensions(in, out);
    }
  }
  out->complete = in.ok();
  // Once the name has been read, nothing behind it changes the answer: what one segment gives must
  // not depend on how much of the next one came with it.
  if (named || out->complete) return HelloResult::kFound;
  return in.failure() == HandshakeCursor::Failure::kOutOfBytes ? HelloResult::kNeedMore
                                                               : HelloResult::kMalformed;
}

}  // namespace

HelloResult ParseClientHello(Bytes stream, ClientHello* out) {
  *out = {};
  if (!MayBeHello(stream)) return HelloResult::kNotHello;
  return ParseMessage(HandshakeCursor(stream, Framing::kRecords), out);
}

HelloResult ParseClientHelloMessage(Bytes handshake, ClientHello* out) {
  *out = {};
  if (!handshake.empty() && handshake[0] != kClientHello) return HelloResult::kNotHello;
  return ParseMessage(HandshakeCursor(handshake, Framing::kBare), out);
}

}  // namespace gnomon::decode

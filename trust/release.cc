#include "trust/release.h"

#include <algorithm>
#include <cstring>

#include "trust/root.h"

namespace gnomon::trust {
namespace {

constexpr std::string_view kMagic = "gnomon release 1\n";
constexpr std::string_view kDomain = "gnomon signed release v1";

void AppendUint(std::string* out, uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift & 0xff));
  }
}

template <size_t N>
void AppendArray(std::string* out, const std::array<uint8_t, N>& bytes) {
  out->append(reinterpret_cast<const char*>(bytes.data()), N);
}

uint64_t ReadU64(ByteReader& reader) {
  const uint64_t high = reader.U32();
  return high << 32 | reader.U32();
}

template <size_t N>
void ReadArray(ByteReader& reader, std::array<uint8_t, N>* out) {
  const Bytes bytes = reader.Take(N);
  if (bytes.size() == N) std::memcpy(out->data(), bytes.data(), N);
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kCatalogue:
      return "catalogue";
    case Kind::kPolicy:
      return "policy";
    case Kind::kRoot:
      return "root";
  }
  return "unknown";
}

std::string Header::Serialise() const {
  std::string out;
  out.reserve(kSize);
  AppendUint(&out, static_cast<uint8_t>(kind), 1);
  AppendUint(&out, version, 8);
  AppendUint(&out, static_cast<uint64_t>(issued), 8);
  AppendUint(&out, static_cast<uint64_t>(expires), 8);
  AppendArray(&out, previous);
  AppendArray(&out, body);
  AppendUint(&out, body_size, 4);
  return out;
}

Header Header::Read(ByteReader& reader) {
  Header header;
  header.kind = static_cast<Kind>(reader.U8());
  header.version = ReadU64(reader);
  header.issued = static_cast<int64_t>(ReadU64(reader));
  header.expires = static_cast<int64_t>(ReadU64(reader));
  ReadArray(reader, &header.previous);
  ReadArray(reader, &header.body);
  header.body_size = reader.U32();
  return header;
}

Digest Header::digest() const {
  return Sha256(BytesOf(Serialise()));
}

std::string Release::Serialise() const {
  std::string out(kMagic);
  AppendUint(&out, signatures.size(), 1);
  for (const HeaderSignature& signature : signatures) {
    AppendArray(&out, signature.key);
    AppendArray(&out, signature.signature);
  }
  AppendUint(&out, history.size(), 2);
  for (const Header& old : history) out += old.Serialise();
  out += header.Serialise();
  return out + body;
}

Result<Release> Release::Parse(Bytes bytes) {
  if (bytes.size() > kMaxReleaseFile) {
    return ResourceExhausted("oversize: " + std::to_string(bytes.size()) + " bytes, at most " +
                             std::to_string(kMaxReleaseFile));
  }
  const Status damaged = DataLoss("damaged: not a signed release, or cut off");
  ByteReader reader(bytes);
  const Bytes magic = reader.Take(kMagic.size());
  if (!reader.ok() || std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0) return damaged;
  Release release;
  const size_t signatures = reader.U8();
  if (signatures > kMaxSigners) return damaged;
  for (size_t i = 0; i < signatures && reader.ok(); ++i) {
    HeaderSignature& signature = release.signatures.emplace_back();
    ReadArray(reader, &signature.key);
    ReadArray(reader, &signature.signature);
  }
  const size_t history = reader.U16();
  if (history > kMaxHistory) return damaged;
  for (size_t i = 0; i < history && reader.ok(); ++i) {
    release.history.push_back(Header::Read(reader));
  }
  release.header = Header::Read(reader);
  if (!reader.ok() || reader.remaining() != release.header.body_size) return damaged;
  const Bytes body = reader.rest();
  release.body.assign(reinterpret_cast<const char*>(body.data()), body.size());
  return release;
}

std::string SignedBytes(Kind kind, const Header& header) {
  std::string message(kDomain);
  message.push_back('\0');
  message += KindName(kind);
  message.push_back('\0');
  return message + header.Serialise();
}

Result<Release> MakeRelease(Kind kind, std::string body, int64_t issued, int64_t life_seconds,
                            const Release* previous) {
  if (body.size() > kMaxBody) {
    return ResourceExhausted("oversize: a body of " + std::to_string(body.size()) +
                             " bytes, at most " + std::to_string(kMaxBody));
  }
  if (kind != Kind::kRoot && (life_seconds <= 0 || life_seconds > kMaxLifeSeconds)) {
    return InvalidArgument("a release lives for at most 35 days");
  }
  Release release;
  release.header.kind = kind;
  release.header.version = 1;
  release.header.issued = issued;
  release.header.expires = kind == Kind::kRoot ? 0 : issued + life_seconds;
  release.header.body = Sha256(BytesOf(body));
  release.header.body_size = static_cast<uint32_t>(body.size());
  if (previous != nullptr) {
    if (previous->header.kind != kind) {
      return InvalidArgument("the release before is a " +
                             std::string(KindName(previous->header.kind)) + ", not a " +
                             std::string(KindName(kind)));
    }
    release.header.version = previous->header.version + 1;
    release.header.previous = previous->header.digest();
    release.history = previous->history;
    release.history.push_back(previous->header);
    if (release.history.size() > kMaxHistory) release.history.erase(release.history.begin());
  }
  release.body = std::move(body);
  return release;
}

void AddSignature(const SecretKey& key, Release* release) {
  const KeyId id = key.public_key().id();
  std::erase_if(release->signatures, [&](const HeaderSignature& old) { return old.key == id; });
  const std::string message = SignedBytes(release->header.kind, release->header);
  release->signatures.push_back({id, key.Sign(BytesOf(message))});
}

}  // namespace gnomon::trust

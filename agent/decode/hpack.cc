#include "agent/decode/hpack.h"

#include <algorithm>
#include <string_view>

#include "agent/decode/hpack_huffman.h"
#include "agent/decode/http_syntax.h"

namespace gnomon::decode {
namespace {

// No field of a request's head is longer, and nothing that adds to it overflows.
constexpr uint32_t kMaxInteger = 1u << 20;

// What a field is, as far as it matters here.
enum class Field : uint8_t { kAuthority, kHost, kPseudo, kOther };

// A string as it stands in the block.
struct Coded {
  Bytes bytes;
  bool huffman = false;
};

// RFC 7541 appendix A: :authority, then the other pseudo header fields, then those with a name.
constexpr uint32_t kStaticAuthority = 1;
constexpr uint32_t kLastStaticPseudo = 14;
constexpr uint32_t kStaticHost = 38;
constexpr uint32_t kStaticEntries = 61;

Field StaticField(uint32_t index) {
  if (index == kStaticAuthority) return Field::kAuthority;
  if (index == kStaticHost) return Field::kHost;
  return index <= kLastStaticPseudo ? Field::kPseudo : Field::kOther;
}

// Section 5.1. `bits` of the first byte belong to the integer. False where it is too large; where
// it is cut off, the reader says so.
bool ReadInteger(uint8_t first, int bits, ByteReader& in, uint32_t* value) {
  const uint32_t limit = (1u << bits) - 1;
  *value = first & limit;
  if (*value < limit) return true;
  for (int shift = 0; shift <= 21; shift += 7) {
    const uint8_t byte = in.U8();
    *value += static_cast<uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return *value <= kMaxInteger;
  }
  return false;
}

// Section 5.2.
bool ReadString(ByteReader& in, Coded* string) {
  const uint8_t first = in.U8();
  uint32_t length = 0;
  string->huffman = (first & 0x80) != 0;
  if (!ReadInteger(first, 7, in, &length)) return false;
  string->bytes = in.Take(length);
  return true;
}

Field NamedField(const Coded& name) {
  std::array<uint8_t, 16> decoded;
  Bytes text = name.bytes;
  if (name.huffman) text = {decoded.data(), DecodeHuffman(name.bytes, decoded).value_or(0)};
  if (AsText(text) == ":authority") return Field::kAuthority;
  if (AsText(text) == "host") return Field::kHost;
  return AsText(text).starts_with(':') ? Field::kPseudo : Field::kOther;
}

bool Assign(const Coded& value, Authority* out) {
  if (value.huffman) {
    out->length = DecodeHuffman(value.bytes, out->bytes).value_or(0);
    return out->length > 0;
  }
  if (value.bytes.empty() || value.bytes.size() > out->bytes.size()) return false;
  std::copy(value.bytes.begin(), value.bytes.end(), out->bytes.begin());
  out->length = value.bytes.size();
  return true;
}

// The fields that this block itself has put into the dynamic table (section 2.3.2). Its size need
// not be kept: what no longer fits is never referred to.
class DynamicTable {
 public:
  void Add(Field field, const Coded& value) { entries_[added_++ % kEntries] = {field, value}; }
  // `index` 0 is the newest. False where there is no such entry.
  bool Find(uint32_t index, Field* field, Coded* value) const {
    if (index >= std::min(added_, kEntries)) return false;
    const Entry& entry = entries_[(added_ - 1 - index) % kEntries];
    *field = entry.field;
    *value = entry.value;
    return true;
  }

 private:
  // 4096 bytes (RFC 9113 section 6.5.2), of which an entry takes 32 and its strings (section 4.1).
  static constexpr uint32_t kEntries = 128;
  struct Entry {
    Field field;
    Coded value;
  };
  std::array<Entry, kEntries> entries_;
  uint32_t added_ = 0;
};

// Reads field by field. Where the reader is no longer ok(), the rest has not come.
class FieldReader {
 public:
  explicit FieldReader(Bytes block) : in_(block) {}

  bool ok() const { return in_.ok(); }
  bool AtEnd() const { return in_.remaining() == 0; }

  // False where the block contradicts itself. A change of the table's size is a field of no name.
  bool Next(Field* field, Coded* value) {
    const uint8_t first = in_.U8();
    uint32_t index = 0;
    *field = Field::kPseudo;
    *value = {};
    if ((first & 0x80) != 0) {  // section 6.1
      return ReadInteger(first, 7, in_, &index) && index != 0 && Find(index, field, value);
    }
    if ((first & 0xe0) == 0x20) return ReadInteger(first, 5, in_, &index);  // section 6.3
    const bool added = (first & 0x40) != 0;                                 // section 6.2
    if (!ReadInteger(first, added ? 6 : 4, in_, &index)) return false;
    Coded name;
    if (index == 0) {
      if (!ReadString(in_, &name)) return false;
      *field = NamedField(name);
    } else if (!Find(index, field, value)) {
      return false;
    }
    if (!ReadString(in_, value)) return false;
    if (added && in_.ok()) dynamic_.Add(*field, *value);
    return true;
  }

 private:
  bool Find(uint32_t index, Field* field, Coded* value) const {
    if (index > kStaticEntries) return dynamic_.Find(index - kStaticEntries - 1, field, value);
    *field = StaticField(index);
    return true;
  }

  ByteReader in_;
  DynamicTable dynamic_;
};

}  // namespace

HpackResult FindAuthority(Bytes block, bool ended, Authority* out) {
  FieldReader fields(block);
  bool regular = false;
  while (!fields.AtEnd()) {
    Field field = Field::kOther;
    Coded value;
    const bool good = fields.Next(&field, &value);
    if (!fields.ok()) return ended ? HpackResult::kMalformed : HpackResult::kNeedMore;
    if (!good) return HpackResult::kMalformed;
    regular |= field == Field::kHost || field == Field::kOther;
    // RFC 9113 section 8.3: pseudo header fields come first.
    if (field == Field::kAuthority && regular) return HpackResult::kMalformed;
    const bool is_host = field == Field::kAuthority || field == Field::kHost;
    if (!is_host || value.bytes.empty()) continue;
    return Assign(value, out) ? HpackResult::kFound : HpackResult::kNoHost;
  }
  return ended ? HpackResult::kNoHost : HpackResult::kNeedMore;
}

}  // namespace gnomon::decode

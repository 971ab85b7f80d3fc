#include "agent/decode/http2_head.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/decode/hpack.h"
#include "agent/decode/http_syntax.h"

namespace gnomon::decode {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// RFC 9113 section 6. Those that a client may send before its first request are stepped over, and
// so are types that are not known (section 4.1).
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPushPromise = 5;
constexpr uint8_t kGoAway = 7;
constexpr uint8_t kContinuation = 9;

constexpr uint8_t kEndHeaders = 0x04;
constexpr uint8_t kPadded = 0x08;
constexpr uint8_t kWithPriority = 0x20;
constexpr size_t kPriority = 5;

// Section 4.1.
struct FrameHeader {
  size_t length = 0;
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
};

FrameHeader ReadFrameHeader(ByteReader& in) {
  FrameHeader header;
  header.length = in.U24();
  header.type = in.U8();
  header.flags = in.U8();
  header.stream = in.U32() & 0x7fffffff;
  return header;
}

// Leaves the reader at the payload of the first HEADERS. kFound, or what speaks against it.
HttpResult FindHeaders(ByteReader& in, FrameHeader* header) {
  for (bool first = true;; first = false) {
    *header = ReadFrameHeader(in);
    if (!in.ok()) return HttpResult::kNeedMore;
    // Section 3.4: the first one is SETTINGS, and it has 6 bytes a setting.
    if (first && (header->type != kSettings || header->stream != 0 || header->length % 6 != 0))
      return HttpResult::kMalformed;
    switch (header->type) {
      case kHeaders:
        // Section 5.1.1: a client's streams are odd.
        return header->stream % 2 == 1 ? HttpResult::kFound : HttpResult::kMalformed;
      case kGoAway:
        return HttpResult::kNoHost;
      case kData:
      case kResetStream:
      case kPushPromise:
      case kContinuation:
        return HttpResult::kMalformed;
      default:
        in.Skip(header->length);
        if (!in.ok()) return HttpResult::kNeedMore;
    }
  }
}

// The parts of a header block, one behind the other, as far as they have come.
class Block {
 public:
  // The fragment in the HEADERS frame. False where the frame contradicts itself.
  bool Begin(const FrameHeader& header, ByteReader& in) {
    const bool padded = (header.flags & kPadded) != 0;
    const size_t fixed =
        (padded ? 1 : 0) + ((header.flags & kWithPriority) != 0 ? kPriority : size_t{0});
    const size_t padding = padded ? in.U8() : 0;
    if (fixed + padding > header.length) return false;
    in.Skip(fixed - (padded ? 1 : 0));
    Append(in, header.length - fixed - padding);
    in.Skip(padding);
    ended_ = in.ok() && (header.flags & kEndHeaders) != 0;
    return true;
  }
  // Section 6.10: nothing may come between it and what it continues.
  bool Continue(const FrameHeader& first, ByteReader& in) {
    const FrameHeader header = ReadFrameHeader(in);
    if (!in.ok()) return true;
    if (header.type != kContinuation || header.stream != first.stream) return false;
    Append(in, header.length);
    ended_ = in.ok() && (header.flags & kEndHeaders) != 0;
    return true;
  }
  bool ended() const { return ended_; }
  Bytes bytes() const { return bytes_; }

 private:
  // A block of one frame is read where it is.
  void Append(ByteReader& in, size_t length) {
    const size_t there = std::min(length, in.ok() ? in.remaining() : 0);
    const Bytes part = in.Take(there);
    if (there < length) in.Skip(length);
    if (bytes_.empty()) {
      bytes_ = part;
      return;
    }
    if (bytes_.data() != joined_.data()) std::copy(bytes_.begin(), bytes_.end(), joined_.begin());
    std::copy(part.begin(), part.end(), joined_.begin() + static_cast<ptrdiff_t>(bytes_.size()));
    bytes_ = {joined_.data(), bytes_.size() + part.size()};
  }

  Bytes bytes_;
  bool ended_ = false;
  std::array<uint8_t, kMaxHttpHead> joined_;  // all parts lie in one head, so they fit
};

HttpResult ReadHead(Bytes head, HttpHead* out) {
  ByteReader in(head);
  in.Skip(kPreface.size());
  FrameHeader header;
  if (const HttpResult found = FindHeaders(in, &header); found != HttpResult::kFound) return found;
  Block block;
  if (!block.Begin(header, in)) return HttpResult::kMalformed;
  while (in.ok() && !block.ended()) {
    if (!block.Continue(header, in)) return HttpResult::kMalformed;
  }
  Authority authority;
  switch (FindAuthority(block.bytes(), block.ended(), &authority)) {
    case HpackResult::kNeedMore:
      return HttpResult::kNeedMore;
    case HpackResult::kFound:
      return ParseHost(AsText(authority.view()), &out->host) ? HttpResult::kFound
                                                             : HttpResult::kNoHost;
    case HpackResult::kNoHost:
      return HttpResult::kNoHost;
    case HpackResult::kMalformed:
      break;
  }
  return HttpResult::kMalformed;
}

}  // namespace

HttpResult ParseHttp2Head(Bytes stream, HttpHead* out) {
  *out = {};
  if (!BeginsAsHttp2(stream)) return HttpResult::kNotHttp;
  const HttpResult result = ReadHead(stream.first(std::min(stream.size(), kMaxHttpHead)), out);
  const bool over = stream.size() >= kMaxHttpHead;
  return result == HttpResult::kNeedMore && over ? HttpResult::kMalformed : result;
}

bool BeginsAsHttp2(Bytes bytes) {
  const std::string_view text = AsText(bytes);
  return text.starts_with(kPreface) || kPreface.starts_with(text);
}

}  // namespace gnomon::decode

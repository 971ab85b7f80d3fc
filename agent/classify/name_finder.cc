#include "agent/classify/name_finder.h"

namespace gnomon::classify {
namespace {

// A hello's name says which service, but only the whole of it says which kind of client.
bool IsPart(FirstBytes found, const FirstBytesResult& result) {
  return found == FirstBytes::kHello && !result.hello.complete;
}

bool SpeaksAgainst(FirstBytes found) {
  return found == FirstBytes::kUnknown || found == FirstBytes::kMalformedHello;
}

}  // namespace

NameFinder::NameFinder(uint32_t max_hellos, uint32_t max_hello_bytes)
    : max_hello_bytes_(max_hello_bytes),
      assembly_(max_hellos < 1 ? 1 : max_hellos, max_hello_bytes + kLateStart) {}

NameFinder::Step NameFinder::Feed(NameSearch& search, uint32_t owner, uint32_t sequence,
                                  Bytes segment) {
  if (!search.start_known && BeginsStream(segment)) {
    search.StartAt(sequence);
    search.start_guessed = true;
    if (search.buffer != HelloAssembly::kNone) {
      // Too far from what came before: that was not the same hello.
      if (assembly_.Holds(search.buffer, sequence)) {
        assembly_.StartAt(search.buffer, sequence);
      } else {
        Release(search);
      }
    }
  }
  if (search.buffer != HelloAssembly::kNone) return FeedBuffer(search, sequence, segment);

  if (search.start_known) {
    const auto offset = static_cast<int32_t>(search.start - sequence);
    if (offset >= 0) {
      if (static_cast<size_t>(offset) >= segment.size()) return Step::kWaiting;  // seen before
      const Bytes stream = segment.subspan(static_cast<size_t>(offset));
      const FirstBytes found = InspectFirstBytes(stream, &result_);
      const bool doubtful = SpeaksAgainst(found) && segment.size() <= HelloAssembly::kStrayBytes;
      const bool part = found == FirstBytes::kNeedMore || IsPart(found, result_);
      if (!part && !doubtful) return Conclude(search, found);
    }
  }
  search.buffer =
      assembly_.Acquire(owner, search.start_known ? search.start : sequence - kLateStart);
  if (search.buffer == HelloAssembly::kNone) return Step::kNeedsBuffer;
  return FeedBuffer(search, sequence, segment);
}

NameFinder::Step NameFinder::FeedBuffer(NameSearch& search, uint32_t sequence, Bytes segment) {
  assembly_.Add(search.buffer, sequence, segment);
  if (!search.start_known) {
    // The start may have come in pieces too small to be known by themselves.
    const uint32_t lowest = assembly_.Lowest(search.buffer);
    assembly_.StartAt(search.buffer, lowest);
    if (!BeginsStream(assembly_.Prefix(search.buffer))) {
      return assembly_.Holds(search.buffer, sequence) ? Step::kWaiting : Step::kMidStream;
    }
    search.StartAt(lowest);
    search.start_guessed = true;
  }
  const Bytes prefix = assembly_.Prefix(search.buffer);
  const FirstBytes found = InspectFirstBytes(prefix, &result_);
  search.named = IsPart(found, result_);
  if (found == FirstBytes::kNeedMore || search.named) {
    const auto ahead = static_cast<int32_t>(sequence - search.start);
    const bool beyond = ahead >= static_cast<int32_t>(max_hello_bytes_);
    const bool over = prefix.size() >= max_hello_bytes_ || assembly_.Full(search.buffer);
    if (!beyond && !over) return Step::kWaiting;
    return search.named ? Step::kHello : Step::kIncomplete;
  }
  if (SpeaksAgainst(found) && assembly_.EndsInStrayBytes(search.buffer)) return Step::kWaiting;
  return Conclude(search, found);
}

NameFinder::Step NameFinder::Conclude(NameSearch& search, FirstBytes found) {
  switch (found) {
    case FirstBytes::kHello:
      return Step::kHello;
    case FirstBytes::kHttp:
      return Step::kHttp;
    case FirstBytes::kConnect:
      MoveTo(search, search.tunnel.Enter(result_.head, search.start));
      return Step::kConnect;
    case FirstBytes::kSocks:
      MoveTo(search, search.tunnel.Enter(result_.head, search.start));
      return Step::kSocks;
    case FirstBytes::kProxyHeader:
    case FirstBytes::kStartTls:
      MoveTo(search, search.start + static_cast<uint32_t>(result_.head));
      return Step::kPreamble;
    case FirstBytes::kMalformedHello:
      return Step::kMalformed;
    case FirstBytes::kUnknown:
      return search.start_guessed ? Step::kMidStream : Step::kNotTls;
    case FirstBytes::kNeedMore:
      break;
  }
  return Step::kIncomplete;
}

void NameFinder::MoveTo(NameSearch& search, uint32_t sequence) {
  search.start = sequence;
  search.start_guessed = false;
  if (search.buffer != HelloAssembly::kNone) assembly_.StartAt(search.buffer, sequence);
}

NameFinder::Step NameFinder::GiveUp(const NameSearch& search) {
  if (!search.start_known) return Step::kMidStream;
  if (search.buffer == HelloAssembly::kNone) return Step::kIncomplete;
  switch (InspectFirstBytes(assembly_.Prefix(search.buffer), &result_)) {
    case FirstBytes::kUnknown:
      return search.start_guessed ? Step::kMidStream : Step::kNotTls;
    case FirstBytes::kMalformedHello:
      return Step::kMalformed;
    case FirstBytes::kHello:
      return Step::kHello;
    default:
      return Step::kIncomplete;
  }
}

void NameFinder::Release(NameSearch& search) {
  assembly_.Release(search.buffer);
  search.buffer = HelloAssembly::kNone;
}

}  // namespace gnomon::classify

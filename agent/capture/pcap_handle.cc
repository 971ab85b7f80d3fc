#include "agent/capture/pcap_handle.h"

#include <algorithm>
#include <climits>

namespace gnomon::capture {
namespace {

// 9999-12-31T23:59:59Z. A damaged file can hold any number; beyond this the sums behind overflow.
constexpr int64_t kLastSecond = 253'402'300'799;

struct Delivery {
  FrameSink* sink;
  LinkType link;
  size_t frames;
};

void Deliver(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
  auto* delivery = reinterpret_cast<Delivery*>(user);
  const auto seconds = std::clamp<int64_t>(header->ts.tv_sec, 0, kLastSecond);
  const auto micros = std::clamp<int64_t>(header->ts.tv_usec, 0, kSecondUs - 1);
  Frame frame;
  frame.time = seconds * kSecondUs + micros;
  frame.link = delivery->link;
  frame.wire_length = std::max(header->len, header->caplen);
  frame.bytes = Bytes(bytes, header->caplen);
  ++delivery->frames;
  delivery->sink->Consume(frame);
}

}  // namespace

Dispatched DispatchFrames(pcap_t* handle, LinkType link, FrameSink& sink, size_t max_frames) {
  if (max_frames == 0) return {};  // to pcap_dispatch 0 would mean "all"
  Delivery delivery{&sink, link, 0};
  const int limit = static_cast<int>(std::min<size_t>(max_frames, INT_MAX));
  const int result = pcap_dispatch(handle, limit, Deliver, reinterpret_cast<u_char*>(&delivery));
  return {delivery.frames, result < 0};
}

}  // namespace gnomon::capture

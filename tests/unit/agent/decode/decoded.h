// What a decoder made of its frames: the packets with their payload copied out.
#pragma once

#include <vector>

#include "agent/decode/frame_decoder.h"
#include "tests/unit/agent/decode/frame_builder.h"

namespace gnomon::testing {

class DecodedFrames : public decode::PacketSink {
 public:
  void Consume(const decode::Packet& packet) override {
    packets.push_back(packet);
    payloads.emplace_back(packet.payload.begin(), packet.payload.end());
  }
  // `captured` less than the frame: the rest was cut off by the snap length.
  void Feed(const ByteVector& ethernet, size_t captured = SIZE_MAX) {
    capture::Frame frame = AsFrame(ethernet);
    frame.time = now;
    frame.bytes = frame.bytes.first(std::min(captured, frame.bytes.size()));
    decoder.Consume(frame);
  }
  const decode::DecodeCounters& counters() const { return decoder.counters(); }
  // Must equal counters().frames.
  uint64_t Outcomes() const {
    const decode::DecodeCounters& c = counters();
    return c.packets + c.not_ip + c.not_tcp_or_udp + c.fragments_held + c.fragments_dropped +
           c.truncated + c.malformed + c.too_deep;
  }

  TimeUs now = 1'700'000'000 * kSecondUs;
  std::vector<decode::Packet> packets;  // their own payload is no longer valid
  std::vector<ByteVector> payloads;
  decode::FrameDecoder decoder{*this};
};

}  // namespace gnomon::testing

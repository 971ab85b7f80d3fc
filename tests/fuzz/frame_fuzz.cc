// Frames of every link type: byte 0 chooses the type, bytes 1 and 2 how far the wire length exceeds
// the captured one. Each frame must increase exactly one counter.
#include <cstdint>
#include <cstdlib>

#include "agent/decode/frame_decoder.h"

namespace {

class Reader : public gnomon::decode::PacketSink {
 public:
  void Consume(const gnomon::decode::Packet& packet) override {
    // Every byte is touched, so that a sanitizer sees a span that leaves the frame.
    for (const uint8_t byte : packet.payload) sum_ = static_cast<uint8_t>(sum_ + byte);
    if (packet.payload.size() > packet.payload_length) std::abort();
    char text[46];
    gnomon::decode::FormatAddress(packet.src, text);
  }

 private:
  volatile uint8_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  Reader reader;
  gnomon::decode::FrameDecoder decoder(reader);
  gnomon::capture::Frame frame;
  frame.link = static_cast<gnomon::capture::LinkType>(data[0] % 6);
  frame.bytes = {data + 3, size - 3};
  frame.wire_length =
      static_cast<uint32_t>(size - 3) + static_cast<uint32_t>(data[1] << 8 | data[2]);
  decoder.Consume(frame);
  const gnomon::decode::DecodeCounters& c = decoder.counters();
  const uint64_t outcomes = c.packets + c.not_ip + c.not_tcp_or_udp + c.esp + c.fragments_held +
                            c.fragments_dropped + c.truncated + c.malformed + c.too_deep;
  if (c.frames != 1 || outcomes != 1) std::abort();
  return 0;
}

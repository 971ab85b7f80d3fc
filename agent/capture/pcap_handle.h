// What file and live sources share: an owned libpcap handle and the delivery of its frames.
#pragma once

#include <pcap.h>

#include <cstddef>
#include <memory>

#include "agent/capture/frame.h"

namespace gnomon::capture {

struct PcapCloser {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapCloser>;

struct Dispatched {
  size_t frames = 0;    // delivered, also where it failed then
  bool failed = false;  // pcap_geterr() says why
};

// Hands at most `max_frames` frames to `sink`, in libpcap's own buffer, and does not wait.
Dispatched DispatchFrames(pcap_t* handle, LinkType link, FrameSink& sink, size_t max_frames);

}  // namespace gnomon::capture

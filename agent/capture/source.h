// Where frames come from: an interface or a capture file, behind one face.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/capture/filter_set.h"
#include "agent/capture/frame.h"
#include "base/status.h"

namespace gnomon::capture {

// Since the source was opened. A file has no drops.
struct CaptureStats {
  uint64_t received = 0;           // frames handed over by the kernel, or read from the file
  uint64_t dropped_kernel = 0;     // the kernel's buffer was full (ps_drop)
  uint64_t dropped_interface = 0;  // the interface or its driver dropped (ps_ifdrop)
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // Delivers at most `max_frames` to `sink` without waiting; returns how many. 0 means "none now"
  // for an interface and "end" for a file. kUnavailable: the interface went away. (One that is taken
  // down has no frames until it is up again, and then goes on.)
  // kDataLoss: the file is truncated or damaged here (what came before was delivered).
  virtual Result<size_t> Poll(FrameSink& sink, size_t max_frames) = 0;
  // Readable when frames may be waiting; -1 for a file. Owned by the source.
  virtual int fd() const = 0;
  virtual bool live() const = 0;
  virtual CaptureStats Stats() = 0;
  // Lets the kernel hold back what is neither in `set` nor may show a name (kernel_filter.h).
  // Between two calls no packet is lost. kFailedPrecondition: the source delivers everything, as it did
  // before the first call. kResourceExhausted: the kernel has no room for the program, and what was
  // there goes on.
  virtual Status Follow(const FilterSet& set) = 0;
  virtual const std::string& name() const = 0;  // interface name or file path
};

struct LiveOptions {
  uint32_t snap_length = 65535;       // bytes kept of a frame
  // Kernel ring, which counts as this process's memory. Without a kernel filter 8 MiB are better.
  uint32_t buffer_bytes = 2u << 20;
  // Frames are handed over when this long has passed since the first, or a block of the ring is
  // full: each waking costs more than a frame. Their times are the kernel's. At most twice as long.
  uint32_t batch_ms = 10;
  std::string filter;                 // pcap-filter(7) expression; empty: everything
};

// Opens pcap or pcapng ("-" is standard input). Errors name the file and what is wrong with it.
Result<std::unique_ptr<FrameSource>> OpenFile(const std::string& path);

// Opens an interface, never promiscuous, non-blocking. kPermissionDenied says
// which capability is missing, kNotFound lists the interfaces there are.
Result<std::unique_ptr<FrameSource>> OpenInterface(const std::string& name,
                                                   const LiveOptions& options);

// Interfaces that carry a default route (IPv4 or IPv6), each once.
std::vector<std::string> DefaultRouteInterfaces();

}  // namespace gnomon::capture

// The screen of `inspect --watch`: a pure function from what is known to lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "agent/classify/classifier.h"
#include "agent/inspect/watch_state.h"

namespace gnomon::inspect {

struct WatchSize {
  int columns = 80;
  int rows = 24;
};

// What the screen says beside the events.
struct WatchFrame {
  std::string source;  // "eth0", "day.pcap ×10"
  bool live = true;
  bool ended = false;  // the file is at its end
  bool paused = false;
  bool colour = false;
  bool unicode = true;  // block characters for the sparklines; else ASCII
  WatchSort sort = WatchSort::kRecent;
  capture::CaptureStats capture;
  classify::Coverage coverage;
};

// Exactly size.rows lines of exactly size.columns columns (colours take none), at least 1 each.
std::vector<std::string> RenderWatch(const WatchState& state, const WatchFrame& frame,
                                     WatchSize size);

}  // namespace gnomon::inspect

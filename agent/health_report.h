// What a laptop tells IT of its agent, under the device's own name: how well it sees, and nothing
// of what.
#pragma once

#include <cstdint>

#include "agent/capture/source.h"
#include "agent/classify/classifier.h"
#include "agent/decode/frame_decoder.h"
#include "gnomon/v1/health.pb.h"

namespace gnomon::agent {

struct HealthInputs {
  uint64_t catalogue_version = 0;
  uint64_t batches_quarantined = 0;
  uint64_t batches_dropped = 0;
  uint64_t spools_damaged = 0;
  bool capture_running = false;
  bool vpn_interface_seen = false;
  capture::CaptureStats capture;
  decode::DecodeCounters decode;
  classify::Coverage coverage;
  classify::LookupReach reach = classify::LookupReach::kNone;
};

// Counts are rounded down to powers of two. None of them counts flows to AI services, or look-ups
// made for such flows: under a device's name that would be a record of use.
v1::HealthReport MakeHealthReport(const HealthInputs& inputs);

}  // namespace gnomon::agent

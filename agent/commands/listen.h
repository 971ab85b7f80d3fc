// Live traffic through a pipeline until Ctrl-C: what `inspect` and `suggest` have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "agent/config.h"
#include "agent/pipeline.h"
#include "base/status.h"

namespace gnomon::agent {

struct Listened {
  capture::CaptureStats capture;
  capture::FilterStats filter;
};

// `interfaces` as in LiveCapture. Returns after SIGINT or SIGTERM, or when `go_on`, asked with each
// batch and each second, says no; the pipeline is finished then. kNotFound where there is no
// interface, kPermissionDenied without the right to capture.
Result<Listened> Listen(const Config& config, const std::vector<std::string>& interfaces,
                        bool kernel_filter, Pipeline& pipeline, const std::function<bool()>& go_on);

}  // namespace gnomon::agent

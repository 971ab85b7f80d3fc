// The agent's configuration: a struct, its defaults, and one way to read it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/capture/source.h"
#include "agent/pipeline.h"
#include "agent/stream/membership.h"
#include "base/log.h"
#include "base/status.h"

namespace gnomon::agent {

struct Config {
  // What enrolment made and what is counted lives here.
  std::filesystem::path state = "/var/lib/gnomon-agent";
  // How device management lets this laptop join without a person: `run` enrols with it where that is needed.
  stream::ManagedEnrolment managed;
  // Empty: catalogue::DefaultCatalogue().
  std::filesystem::path catalogue;
  // Who signs catalogues (docs/formats/release.md). Empty: the catalogue is believed as it lies there.
  std::filesystem::path trust_root;
  // Empty: those of the default routes, looked up again every half minute (laptops roam).
  std::vector<std::string> interfaces;
  // Listen on this machine's own interface too, where local model servers are. Only beside the
  // interfaces of the default routes: `interfaces` lists all there is.
  bool loopback = true;

  // Where the people of this laptop reach the running agent; empty: ControlSocket() says where.
  std::filesystem::path control;
  // Who of them may pause, resume and purge: "users" or "administrators". All may see what was sent, and this.
  std::string local_control = "users";

  // How often records are frozen and sent. An hour keeps a collector's load flat and says nothing
  // about when somebody worked.
  uint64_t send_every_s = 3600;
  // How often counts are made durable: what a crash may cost.
  uint64_t checkpoint_every_s = 60;

  // 65535 holds any segment that the kernel hands over unsplit (GSO).
  uint64_t snap_length = 65535;
  uint64_t kernel_buffer_kib = 2048;
  // The kernel holds back what is of no interest: docs/adr/0008-kernel-filter.md. Off, every frame
  // comes to the agent, and the buffer should be 8192 KiB.
  bool kernel_filter = true;

  // Local hours that count as working time on Monday to Friday, [start, end).
  uint64_t work_starts = 7;
  uint64_t work_ends = 20;

  // Whether the hello of a flow may hint at its kind of client where its socket's owner is not known.
  bool client_fingerprints = true;

  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;

  // The first thing that is wrong, in words.
  Status Validate() const;
  // `control`; else in /run for the packaged state folder, which only the agent may enter, or in `state` for any other.
  std::filesystem::path ControlSocket() const;
};

// Unknown keys, wrong types and values out of range are errors that name file, line and key.
Result<Config> LoadConfig(const std::filesystem::path& file);

capture::LiveOptions CaptureOptions(const Config& config);
PipelineOptions PipelineOptionsOf(const Config& config);
// Of a pipeline behind live capture.
PipelineOptions LivePipelineOptions(const Config& config);

}  // namespace gnomon::agent

#include "agent/config.h"

#include "base/log_config.h"
#include "base/yaml.h"

namespace gnomon::agent {

Status Config::Validate() const {
  if (state.empty()) return InvalidArgument("state: names no folder");
  if (work_starts >= work_ends) {
    return InvalidArgument("work_starts: must be before work_ends (hours of the day, 0 to 24)");
  }
  if (checkpoint_every_s > send_every_s) {
    return InvalidArgument("checkpoint_every: must not be longer than send_every");
  }
  if (local_control != "users" && local_control != "administrators") {
    return InvalidArgument("local_control: is users or administrators");
  }
  return Status::Ok();
}

std::filesystem::path Config::ControlSocket() const {
  if (!control.empty()) return control;
  if (state == Config().state) return "/run/gnomon-agent/control.sock";
  return state / "control.sock";
}

Result<Config> LoadConfig(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYamlFile(file));
  Config config;
  YamlFields fields(root, file.string());
  fields.Path("state", &config.state);
  fields.String("collector", &config.managed.collector);
  fields.Path("token_file", &config.managed.token_file);
  fields.Path("catalogue", &config.catalogue);
  fields.Path("trust_root", &config.trust_root);
  fields.Path("control", &config.control);
  fields.String("local_control", &config.local_control);
  fields.Strings("interfaces", &config.interfaces);
  fields.Bool("loopback", &config.loopback);
  fields.Duration("send_every", &config.send_every_s, 1, 86400);
  fields.Duration("checkpoint_every", &config.checkpoint_every_s, 1, 3600);
  fields.Uint("snap_length", &config.snap_length, 2048, 262144);
  fields.Uint("kernel_buffer_kib", &config.kernel_buffer_kib, 256, 1 << 20);
  fields.Bool("kernel_filter", &config.kernel_filter);
  fields.Uint("work_starts", &config.work_starts, 0, 23);
  fields.Uint("work_ends", &config.work_ends, 1, 24);
  fields.Bool("client_fingerprints", &config.client_fingerprints);
  const Status logs = log::ReadConfig(fields, file.string(), &config.log_level, &config.log_format);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  GNOMON_RETURN_IF_ERROR(logs);
  if (Status status = config.Validate(); !status.ok()) return status.WithContext(file.string());
  return config;
}

capture::LiveOptions CaptureOptions(const Config& config) {
  capture::LiveOptions options;
  options.snap_length = static_cast<uint32_t>(config.snap_length);
  options.buffer_bytes = static_cast<uint32_t>(config.kernel_buffer_kib * 1024);
  return options;
}

PipelineOptions PipelineOptionsOf(const Config& config) {
  PipelineOptions options;
  options.classifier.client_fingerprints = config.client_fingerprints;
  return options;
}

PipelineOptions LivePipelineOptions(const Config& config) {
  PipelineOptions options = PipelineOptionsOf(config);
  if (config.kernel_filter) options.classifier.idle = classify::kFilteredIdle;
  return options;
}

}  // namespace gnomon::agent

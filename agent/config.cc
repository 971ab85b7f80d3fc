#include "agent/config.h"

#include <system_error>

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
  return Status::Ok();
}

Result<Config> LoadConfig(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYamlFile(file));
  Config config;
  std::string level = "info";
  std::string format = "text";
  YamlFields fields(root, file.string());
  fields.Path("state", &config.state);
  fields.Path("catalogue", &config.catalogue);
  fields.Strings("interfaces", &config.interfaces);
  fields.Duration("send_every", &config.send_every_s, 1, 86400);
  fields.Duration("checkpoint_every", &config.checkpoint_every_s, 1, 3600);
  fields.Uint("snap_length", &config.snap_length, 2048, 262144);
  fields.Uint("kernel_buffer_kib", &config.kernel_buffer_kib, 256, 1 << 20);
  fields.Uint("work_starts", &config.work_starts, 0, 23);
  fields.Uint("work_ends", &config.work_ends, 1, 24);
  fields.String("log_level", &level);
  fields.String("log_format", &format);
  if (!log::ParseLevel(level, &config.log_level)) {
    fields.Fail("log_level", "expected debug, info, warning or error");
  }
  if (format == "json") {
    config.log_format = log::Format::kJson;
  } else if (format != "text") {
    fields.Fail("log_format", "expected text or json");
  }
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  if (Status status = config.Validate(); !status.ok()) return status.WithContext(file.string());
  return config;
}

std::filesystem::path BundledCatalogue() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "gnomon" / "catalogue.pb";
}

}  // namespace gnomon::agent

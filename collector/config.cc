#include "collector/config.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/log_config.h"
#include "base/yaml.h"

namespace gnomon::collector {
namespace {

bool IsHostName(std::string_view text) {
  return !text.empty() && text.size() <= 253 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '_';
         });
}

// As ParseDuration() reads it.
std::string DurationText(uint64_t seconds) {
  return seconds % 86'400 == 0 ? std::to_string(seconds / 86'400) + "d"
                               : std::to_string(seconds) + "s";
}

std::string Quoted(const std::string& text) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << text;
  return out.c_str();
}

// A key that may be left out: its value, or an example to begin with.
std::string OptionalFile(const std::string& key, const std::filesystem::path& file,
                         const std::string& example) {
  return file.empty() ? "#" + key + ": " + example : key + ": " + Quoted(file.string());
}

}  // namespace

DataFolder::DataFolder(const std::filesystem::path& folder)
    : config(folder / "collector.yaml"),
      authority(folder / "authority.pem"),
      authority_key(folder / "authority.key"),
      server(folder / "server.pem"),
      credential(folder / "admin.credential"),
      earlier_server_key(folder / "server.key"),
      usage(folder / "usage.db"),
      registry(folder / "registry.db"),
      operators(folder / "operators.db"),
      audit(folder / "audit.jsonl"),
      releases(folder / "releases") {}

Result<std::pair<std::string, int>> SplitAddress(std::string_view address) {
  const Status wrong = InvalidArgument(
      "\"" + std::string(address) + "\" is not an address; write host:port or [v6 address]:port");
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string_view host = address.substr(0, colon);
  const std::string_view digits = address.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong;  // a v6 address without brackets: where its port begins is a guess
  }
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!IsHostName(host) || error != std::errc() || end != digits.data() + digits.size() ||
      port < 0 || port > 65535) {
    return wrong;
  }
  return std::pair(std::string(host), port);
}

Status Validate(const Config& config) {
  if (const auto address = SplitAddress(config.listen); !address.ok()) {
    return address.status().WithContext("listen");
  }
  if (config.data.empty()) return InvalidArgument("data: the folder's name is empty");
  if (const Status floor = cube::CheckFloor(config.floor); !floor.ok()) {
    return floor.WithContext("floor");
  }
  for (const std::string& name : config.names) {
    if (!IsHostName(name)) {
      return InvalidArgument("names: \"" + name + "\" is neither a host name nor an address");
    }
  }
  return Status::Ok();
}

Result<Config> LoadConfig(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYamlFile(file));
  Config config;
  YamlFields fields(root, file.string());
  const auto check = [&](const std::string& key) {  // one key at a time, so that its line is known
    const Status status = Validate(config);
    if (!status.ok() && status.message().starts_with(key + ": ")) {
      fields.Fail(key, status.message().substr(key.size() + 2));
    }
  };
  fields.String("listen", &config.listen);
  check("listen");
  fields.Path("data", &config.data);
  check("data");
  uint64_t floor = config.floor;
  fields.Uint("floor", &floor, 0, 1'000'000);
  config.floor = static_cast<uint32_t>(floor);
  check("floor");
  fields.Path("policy", &config.policy);
  fields.Path("finance", &config.finance);
  fields.Path("catalogue", &config.catalogue);
  fields.Strings("names", &config.names);
  check("names");
  uint64_t connections = config.connections.all, of_one = config.connections.of_one_address;
  fields.Uint("connections", &connections, 16, 1'000'000);
  fields.Uint("connections_of_one_address", &of_one, 4, 1'000'000);
  config.connections = {static_cast<size_t>(connections), static_cast<size_t>(of_one)};
  fields.Duration("device_certificates", &config.device_certificates_s, kShortestDeviceCertificateS,
                  kLongestDeviceCertificateS);

  const Status logs = log::ReadConfig(fields, file.string(), &config.log_level, &config.log_format);

  GNOMON_RETURN_IF_ERROR(fields.Finish());
  GNOMON_RETURN_IF_ERROR(logs);
  for (std::filesystem::path* path :
       {&config.data, &config.policy, &config.finance, &config.catalogue}) {
    if (path->empty() || path->is_absolute()) continue;
    *path = (std::filesystem::absolute(file).parent_path() / *path).lexically_normal();
  }
  return config;
}

std::string RenderConfig(const Config& config) {
  std::string text =
      "# Configuration of gnomon-collector. Unknown keys are refused.\n\n"
      "# Where laptops and operators connect: host:port. Port 0 takes a free one.\n"
      "listen: " +
      Quoted(config.listen) +
      "\n\n"
      "# Folder of the authority's keys and the databases; relative to this file.\n"
      "data: " +
      Quoted(config.data.string()) +
      "\n\n"
      "# Groups of fewer devices than this are hidden in every answer. Never below " +
      std::to_string(cube::kFloorMinimum) +
      ".\n"
      "floor: " +
      std::to_string(config.floor) +
      "\n\n"
      "# Departments, head counts and sanctioned services, where policies are not signed and "
      "published:\n"
      "# a YAML file (`gnomon policy lint` checks it), taken up again when it changes.\n" +
      OptionalFile("policy", config.policy, "policy.yaml") +
      "\n\n"
      "# What finance knows of departments, for findings: CSV or YAML (`gnomon finance example`), "
      "taken up\n"
      "# again when it changes.\n" +
      OptionalFile("finance", config.finance, "finance.csv") +
      "\n\n"
      "# Compiled catalogue, for names, vendors and prices in findings, where none was "
      "published.\n" +
      OptionalFile("catalogue", config.catalogue, "/usr/share/gnomon/catalogue.pb") +
      "\n\n"
      "# Names and addresses under which laptops reach this collector, besides localhost and this\n"
      "# machine's own name. They are written into the server's certificate when it is made.\n"
      "names:";
  if (config.names.empty()) text += " []";
  for (const std::string& name : config.names) text += "\n  - " + Quoted(name);
  text +=
      "\n\n# How long a laptop's certificate is good; laptops renew theirs well before. At most "
      "90d.\n"
      "device_certificates: " +
      DurationText(config.device_certificates_s);
  text +=
      "\n\n# Connections at once, of all and of one address; more are closed. Laptops behind one "
      "gateway share one.\n"
      "connections: " +
      std::to_string(config.connections.all) +
      "\nconnections_of_one_address: " + std::to_string(config.connections.of_one_address);
  text += "\n\nlog:\n  level: " + std::string(log::LevelName(config.log_level)) +
          "    # debug, info, warning or error\n  format: " + log::FormatName(config.log_format) +
          "   # text or json\n";
  return text;
}

}  // namespace gnomon::collector

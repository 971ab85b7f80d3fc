// collector.yaml: what the collector is told. Each key is described in the file that `init` writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "collector/cube/release_gate.h"
#include "wire/acceptor.h"

namespace gnomon::collector {

// Under an hour is for trying the renewal out; a certificate that lives long outlives a lost laptop.
inline constexpr uint64_t kShortestDeviceCertificateS = 60;
inline constexpr uint64_t kLongestDeviceCertificateS = 90 * 86'400;

struct Config {
  std::string listen = "0.0.0.0:7443";  // host:port or [v6]:port; port 0 takes a free one
  std::filesystem::path data = ".";     // relative: to the file's own folder
  uint32_t floor = cube::kFloorDefault;
  // The policy where releases are not signed (docs/formats/policy.md); relative: to the file's own folder.
  // Empty: none. A policy that was published comes first.
  std::filesystem::path policy;
  // What finance knows (docs/formats/finance.md), and the compiled catalogue where none was published;
  // relative: to the file's own folder. Empty: none, and the one installed with the program.
  std::filesystem::path finance, catalogue;
  // DNS names and addresses under which laptops reach the collector, besides this machine's own.
  std::vector<std::string> names;
  wire::ConnectionLimits connections;
  // Life of a device certificate; laptops renew theirs by themselves when a third to a half of it is left.
  uint64_t device_certificates_s = 14 * 86'400;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kText;
};

// What is wrong with a value, in a sentence that begins with its key.
Status Validate(const Config& config);

// Errors read "file:line: key: what is wrong". `data` comes back as it is to be used.
Result<Config> LoadConfig(const std::filesystem::path& file);

// The file that `init` writes: every key, with a comment.
std::string RenderConfig(const Config& config);

// "host:port" or "[v6]:port" -> host (without brackets) and port.
Result<std::pair<std::string, int>> SplitAddress(std::string_view address);

// The files in the data folder.
struct DataFolder {
  explicit DataFolder(const std::filesystem::path& folder);
  std::filesystem::path config, authority, authority_key, server, credential;
  std::filesystem::path earlier_server_key;  // once a file of its own
  std::filesystem::path usage, registry, operators, audit;
  std::filesystem::path releases;  // a folder: published.h
};

}  // namespace gnomon::collector

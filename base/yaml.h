// Strict YAML: every error names file, line and key; unknown keys are refused.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"

namespace gnomon {

// Parses one document of at most 4 MiB. `origin` names it in errors.
Result<YAML::Node> ParseYaml(const std::string& text, const std::string& origin);
Result<YAML::Node> ParseYamlFile(const std::filesystem::path& path);

// Reads the keys of one mapping. The first error is kept and the later reads do nothing, so a loader
// lists its fields and returns Finish().
//
//   YamlFields fields(node, "agent.yaml");
//   fields.String("collector", &config.collector);
//   fields.Uint("snap_length", &config.snap_length, 256, 65535);
//   return fields.Finish();
class YamlFields {
 public:
  YamlFields(const YAML::Node& mapping, std::string origin);

  // Each leaves *out alone where the key is missing (its default stays), unless Require()d before.
  void String(const std::string& key, std::string* out);
  void Path(const std::string& key, std::filesystem::path* out);
  void Bool(const std::string& key, bool* out);
  void Uint(const std::string& key, uint64_t* out, uint64_t min, uint64_t max);
  void Number(const std::string& key, double* out, double min, double max);
  // "90s", "5m", "12h", "7d": seconds.
  void Duration(const std::string& key, uint64_t* seconds, uint64_t min, uint64_t max);
  void Strings(const std::string& key, std::vector<std::string>* out);
  // The child node itself (undefined where missing), for nested structures.
  YAML::Node Child(const std::string& key);
  void Require(const std::string& key);

  // Fails with "origin:line: key: what" where the value at `key` is wrong.
  void Fail(const std::string& key, const std::string& what);
  // The first error, or one that names the first key nobody asked for.
  Status Finish();

 private:
  template <typename T>
  bool Read(const std::string& key, T* out, const char* wanted);

  YAML::Node mapping_;
  std::string origin_;
  std::set<std::string> known_;
  Status status_;
};

// "origin:line" of a node (lines start at 1).
std::string YamlPosition(const std::string& origin, const YAML::Node& node);

// "90s", "5m", "12h", "7d" -> seconds.
Result<uint64_t> ParseDuration(const std::string& text);

}  // namespace gnomon

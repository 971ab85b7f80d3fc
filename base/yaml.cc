#include "base/yaml.h"

#include <charconv>
#include <sstream>

#include "base/file.h"

namespace gnomon {

Result<YAML::Node> ParseYaml(const std::string& text, const std::string& origin) {
  if (text.size() > (4u << 20)) return InvalidArgument(origin + ": longer than 4 MiB");
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return InvalidArgument(origin + ":" + std::to_string(error.mark.line + 1) + ": not YAML: " +
                           error.msg);
  }
}

Result<YAML::Node> ParseYamlFile(const std::filesystem::path& path) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 4u << 20));
  return ParseYaml(text, path.string());
}

std::string YamlPosition(const std::string& origin, const YAML::Node& node) {
  return origin + ":" + std::to_string(node.Mark().line + 1);
}

Result<uint64_t> ParseDuration(const std::string& text) {
  uint64_t count = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc() && at + 1 == end) {
    uint64_t unit = 0;
    switch (*at) {
      case 's': unit = 1; break;
      case 'm': unit = 60; break;
      case 'h': unit = 3600; break;
      case 'd': unit = 86400; break;
      default: break;
    }
    if (unit != 0 && count <= UINT64_MAX / unit) return count * unit;
  }
  return InvalidArgument("\"" + text + "\" is not a duration; write 90s, 5m, 12h or 7d");
}

// A key that is missing gives a node that throws when it is asked anything but IsDefined().
YamlFields::YamlFields(const YAML::Node& mapping, std::string origin)
    : mapping_(mapping.IsDefined() ? mapping : YAML::Node()), origin_(std::move(origin)) {
  if (!mapping_.IsNull() && !mapping_.IsMap()) {
    status_ = InvalidArgument(YamlPosition(origin_, mapping_) + ": expected a mapping of keys");
  }
}

YAML::Node YamlFields::Child(const std::string& key) {
  known_.insert(key);
  if (!status_.ok() || !mapping_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& fixed = mapping_;
  return fixed[key];
}

void YamlFields::Fail(const std::string& key, const std::string& what) {
  if (!status_.ok()) return;
  const YAML::Node child = Child(key);
  const YAML::Node& at = child.IsDefined() ? child : mapping_;
  status_ = InvalidArgument(YamlPosition(origin_, at) + ": " + key + ": " + what);
}

void YamlFields::Require(const std::string& key) {
  if (status_.ok() && !Child(key).IsDefined()) Fail(key, "is missing");
}

template <typename T>
bool YamlFields::Read(const std::string& key, T* out, const char* wanted) {
  const YAML::Node child = Child(key);
  if (!status_.ok() || !child.IsDefined()) return false;
  if (!child.IsScalar() || !YAML::convert<T>::decode(child, *out)) {
    Fail(key, std::string("expected ") + wanted);
    return false;
  }
  return true;
}

void YamlFields::String(const std::string& key, std::string* out) {
  std::string value;
  if (Read(key, &value, "a string")) *out = value;
}

void YamlFields::Path(const std::string& key, std::filesystem::path* out) {
  std::string value;
  if (Read(key, &value, "a path")) *out = value;
}

void YamlFields::Bool(const std::string& key, bool* out) {
  bool value = false;
  if (Read(key, &value, "true or false")) *out = value;
}

void YamlFields::Uint(const std::string& key, uint64_t* out, uint64_t min, uint64_t max) {
  std::string text;
  if (!Read(key, &text, "a whole number")) return;
  uint64_t value = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size() || value < min || value > max) {
    Fail(key, "expected a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return;
  }
  *out = value;
}

void YamlFields::Number(const std::string& key, double* out, double min, double max) {
  double value = 0;
  if (!Read(key, &value, "a number")) return;
  if (!(value >= min && value <= max)) {  // NaN is neither
    std::ostringstream range;
    range << "expected a number from " << min << " to " << max;
    return Fail(key, range.str());
  }
  *out = value;
}

void YamlFields::Duration(const std::string& key, uint64_t* seconds, uint64_t min, uint64_t max) {
  std::string text;
  if (!Read(key, &text, "a duration")) return;
  Result<uint64_t> value = ParseDuration(text);
  if (!value.ok()) return Fail(key, value.status().message());
  if (*value < min || *value > max) {
    return Fail(key, "expected from " + std::to_string(min) + "s to " + std::to_string(max) + "s");
  }
  *seconds = *value;
}

void YamlFields::Strings(const std::string& key, std::vector<std::string>* out) {
  const YAML::Node child = Child(key);
  if (!status_.ok() || !child.IsDefined()) return;
  if (!child.IsSequence()) return Fail(key, "expected a list");
  std::vector<std::string> values;
  for (const YAML::Node& item : child) {
    if (!item.IsScalar()) return Fail(key, "expected a list of strings");
    values.push_back(item.Scalar());
  }
  *out = std::move(values);
}

Status YamlFields::Finish() {
  if (!status_.ok()) return status_;
  if (!mapping_.IsMap()) return Status::Ok();
  std::set<std::string> seen;
  for (const auto& entry : mapping_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const std::string where = YamlPosition(origin_, entry.first) + ": " + key + ": ";
    if (!known_.contains(key)) {
      std::string names;
      for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
      return InvalidArgument(where + "unknown key; known here: " + names);
    }
    if (!seen.insert(key).second) return InvalidArgument(where + "written twice");
  }
  return Status::Ok();
}

}  // namespace gnomon

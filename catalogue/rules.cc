#include "catalogue/rules.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/yaml.h"
#include "catalogue/facts.h"
#include "catalogue/local_rules.h"
#include "catalogue/names.h"
#include "catalogue/turn_rules.h"
#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

class FileReader {
 public:
  FileReader(std::string origin, RuleSet* rules) : origin_(std::move(origin)), rules_(rules) {
    implied_ = ParseCategory(std::filesystem::path(origin_).stem().string());
    for (const ServiceRule& service : rules_->services) hosts_ += service.hosts.size();
  }

  void Read(const YAML::Node& root) {
    YamlFields fields(root, origin_);
    fields.Require("services");
    const YAML::Node services = fields.Child("services");
    if (services.IsDefined() && !services.IsSequence()) fields.Fail("services", "expected a list");
    if (const Status status = fields.Finish(); !status.ok()) return Error(status.message());
    if (!services.IsDefined()) return Error(origin_ + ":1: services: is missing");
    if (services.size() > kMaxServices) {
      return Error(YamlPosition(origin_, services) + ": services: more than 65534");
    }
    for (const YAML::Node& node : services) {
      if (rules_->errors.size() >= kMaxErrors || hosts_ > kMaxHosts) return;
      ReadService(node);
    }
  }

 private:
  void Error(std::string message) {
    if (rules_->errors.size() < kMaxErrors) rules_->errors.push_back(std::move(message));
  }

  // One error for a wrong service: YamlFields keeps the first.
  void ReadService(const YAML::Node& node) {
    YamlFields fields(node, origin_);
    std::string id, name, vendor, checked;
    std::string category{implied_ == v1::CATEGORY_UNSPECIFIED ? "" : CategoryName(implied_)};
    std::string surface;
    std::vector<std::string> sources;
    fields.Require("id");
    fields.String("id", &id);  // first of all: the other errors name it
    for (const char* key : {"name", "vendor", "surface", "checked", "sources"}) fields.Require(key);
    fields.String("name", &name);
    fields.String("vendor", &vendor);
    fields.String("category", &category);
    fields.String("surface", &surface);
    fields.String("checked", &checked);
    fields.Strings("sources", &sources);
    const auto check = [&](const char* key, const std::string& problem) {
      if (!problem.empty()) fields.Fail(key, problem);
    };
    check("id", IdProblem(id));
    check("name", TextProblem(name));
    check("vendor", TextProblem(vendor));

    ServiceRule rule;
    rule.where = YamlPosition(origin_, node);
    rule.service.set_id(id);
    rule.service.set_name(name);
    rule.service.set_vendor(vendor);
    rule.service.set_category(ParseCategory(category));
    if (rule.service.category() == v1::CATEGORY_UNSPECIFIED) {
      fields.Fail("category", "unknown; known are " + CategoryNames());
    }
    rule.service.set_surface(ParseSurface(surface));
    if (rule.service.surface() == v1::SURFACE_UNSPECIFIED) {
      fields.Fail("surface", "unknown; known are " + SurfaceNames());
    }
    if (const auto days = ParseDate(checked)) {
      rule.service.set_checked(*days);
    } else {
      fields.Fail("checked", "expected a date such as 2026-11-23");
    }
    if (sources.size() > kMaxSources) fields.Fail("sources", "more than 32");
    std::sort(sources.begin(), sources.end());
    sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
    for (const std::string& source : sources) {
      check("sources", TextProblem(source));
      rule.service.add_sources(source);
    }
    const YAML::Node turns = fields.Child("turns");
    ReadFacts(origin_, &fields, &rule.service);
    fields.Strings("alike", &rule.alike);
    for (const std::string& domain : rule.alike) check("alike", SuffixProblem(domain));
    if (node.IsMap()) {
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) continue;  // Finish() refuses it
        rule.places[entry.first.Scalar()] = YamlPosition(origin_, entry.first);
      }
    }
    const YAML::Node hosts = fields.Child("hosts");
    if (!hosts.IsDefined() && rule.service.surface() != v1::SURFACE_LOCAL_MODEL) {
      fields.Fail("hosts", "is missing");
    }
    const YAML::Node local = fields.Child("local");
    if (local.IsDefined() && rule.service.surface() != v1::SURFACE_LOCAL_MODEL) {
      fields.Fail("local", "is for the surface local_model only");
    }
    Status status = fields.Finish();
    if (status.ok() && turns.IsDefined()) {
      status = ReadTurns(turns, origin_, rule.service.mutable_turns());
    }
    if (status.ok() && hosts.IsDefined()) status = ReadHosts(hosts, &rule);
    if (status.ok() && local.IsDefined()) {
      status = ReadLocalModel(local, origin_, rule.service.mutable_local());
    }
    if (!status.ok()) {
      const std::string service = IdProblem(id).empty() ? id : "service";
      // "file:line: field: what" -> "file:line: service: field: what"
      std::string message = status.message();
      const size_t after = message.find(": ", std::min(origin_.size(), message.size()));
      if (after != std::string::npos) message.insert(after, ": " + service);
      return Error(std::move(message));
    }
    rules_->services.push_back(std::move(rule));
  }

  Status ReadHosts(const YAML::Node& roles, ServiceRule* rule) {
    YamlFields fields(roles, origin_);
    bool any = false;
    for (const v1::HostRole role : {v1::HOST_ROLE_USE, v1::HOST_ROLE_FILES, v1::HOST_ROLE_SUPPORT,
                                    v1::HOST_ROLE_SIGN_IN, v1::HOST_ROLE_TELEMETRY}) {
      const std::string key{RoleName(role)};
      const YAML::Node list = fields.Child(key);
      if (!list.IsDefined()) continue;
      if (!list.IsSequence() || list.size() == 0) {
        fields.Fail(key, "expected a list of hosts");
        continue;
      }
      any = true;
      for (const YAML::Node& node : list) {
        if (++hosts_ > kMaxHosts) {
          return InvalidArgument(YamlPosition(origin_, node) + ": " + key +
                                 ": more than 262144 hosts over all services");
        }
        if (rule->hosts.size() >= kMaxHostsOfService) {
          return InvalidArgument(YamlPosition(origin_, node) + ": " + key +
                                 ": more than 4096 hosts");
        }
        GNOMON_RETURN_IF_ERROR(ReadHost(node, key, role, rule));
      }
    }
    GNOMON_RETURN_IF_ERROR(fields.Finish());
    if (!any) return InvalidArgument(YamlPosition(origin_, roles) + ": hosts: is empty");
    return Status::Ok();
  }

  // "chatgpt.com" or {host: huggingface.co, exact: true, embedded: true}
  Status ReadHost(const YAML::Node& node, const std::string& key, v1::HostRole role,
                  ServiceRule* rule) {
    std::string suffix;
    bool embedded = false;
    bool exact = false;
    if (node.IsMap()) {
      YamlFields fields(node, origin_);
      fields.Require("host");
      fields.String("host", &suffix);
      fields.Bool("embedded", &embedded);
      fields.Bool("exact", &exact);
      GNOMON_RETURN_IF_ERROR(fields.Finish());
    } else if (node.IsScalar()) {
      suffix = node.Scalar();
    } else {
      return InvalidArgument(YamlPosition(origin_, node) + ": " + key +
                             ": expected a host or {host: ..., exact: true, embedded: true}");
    }
    HostRule host;
    host.where = YamlPosition(origin_, node);
    if (std::string problem = SuffixProblem(suffix); !problem.empty()) {
      return InvalidArgument(host.where + ": " + key + ": host " + problem);
    }
    host.host.set_suffix(suffix);
    host.host.set_role(role);
    host.host.set_embedded(embedded);
    host.host.set_exact(exact);
    rule->hosts.push_back(std::move(host));
    return Status::Ok();
  }

  const std::string origin_;
  RuleSet* const rules_;
  v1::Category implied_ = v1::CATEGORY_UNSPECIFIED;
  size_t hosts_ = 0;
};

Status ReadVersion(const std::filesystem::path& path, uint64_t* version) {
  GNOMON_ASSIGN_OR_RETURN(std::string text, ReadFile(path, 64));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *version);
  if (error != std::errc() || stop != end || *version == 0) {
    return InvalidArgument(path.string() + ":1: VERSION: expected a whole number from 1");
  }
  return Status::Ok();
}

}  // namespace

void ReadRulesText(const std::string& text, const std::string& origin, RuleSet* rules) {
  const Result<YAML::Node> root = ParseYaml(text, origin);
  if (!root.ok()) {
    rules->errors.push_back(root.status().message());
    return;
  }
  try {
    FileReader(origin, rules).Read(*root);
  } catch (const YAML::Exception& error) {
    // yaml-cpp throws from accessors too, for example on an alias that leads to itself.
    rules->errors.push_back(YamlPosition(origin, *root) + ": not usable: " + error.msg);
  }
}

RuleSet ReadRules(const std::filesystem::path& folder) {
  RuleSet rules;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".yaml") files.push_back(at->path());
  }
  if (error) {
    rules.errors.push_back(folder.string() + ": " + error.message());
    return rules;
  }
  if (files.empty()) {
    rules.errors.push_back(folder.string() + ": holds no .yaml file");
    return rules;
  }
  if (const Status status = ReadVersion(folder / "VERSION", &rules.version); !status.ok()) {
    rules.errors.push_back(status.message());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    const Result<std::string> text = ReadFile(file, 4u << 20);
    if (!text.ok()) {
      rules.errors.push_back(text.status().message());
      continue;
    }
    ReadRulesText(*text, file.string(), &rules);
  }
  return rules;
}

}  // namespace gnomon::catalogue

#include "agent/status_file.h"

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace gnomon::agent {

Status WriteStatusFile(const std::filesystem::path& file, const RunningStatus& status) {
  nlohmann::ordered_json json;
  json["written"] = status.written / kSecondUs;
  json["pid"] = status.pid;
  json["interfaces"] = status.interfaces;
  json["vpn_interfaces"] = status.vpn_interfaces;
  json["catalogue_version"] = status.catalogue_version;
  json["release"] = status.release;
  json["expires"] = status.expires;
  json["not_collecting"] = status.not_collecting;
  const auto add = [&](const char* group, const char* name, uint64_t count) {
    json[group][name] = count;
  };
  ForEachCounter(status.capture, status.decode, status.coverage, status.lookups, add);
  ForEachCounter(status.filter, add);
  return WriteFileAtomically(file, json.dump(1) + "\n", 0640);
}

}  // namespace gnomon::agent

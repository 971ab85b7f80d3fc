// gnomon-agent status: is it enrolled, is it running, what waits, what was not seen.
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/commands/commands.h"
#include "agent/control/client.h"
#include "agent/control/pause_file.h"
#include "agent/spool/spool.h"
#include "agent/stream/enrol.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/version.h"
#include "catalogue/table.h"
#include "pki/authority.h"

namespace gnomon::agent {
namespace {

using Json = nlohmann::ordered_json;

// The running agent's own words, or null.
Json ReadRunning(const Config& config) {
  Result<std::string> text = ReadFile(config.state / "status.json", 1 << 20);
  if (!text.ok()) return nullptr;
  Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("pid") || !json["pid"].is_number_integer())
    return nullptr;
  // EPERM would also mean that it lives: an ordinary user may ask.
  const bool alive = kill(static_cast<pid_t>(json["pid"].get<int64_t>()), 0) == 0 || errno == EPERM;
  json["running"] = alive;
  return json;
}

// {"until", "administrators_only"} where a person of this laptop has paused the agent, or null.
Json PauseOf(const Config& config) {
  v1::ControlRequest request;
  request.mutable_state();
  const Result<v1::ControlReply> reply = control::Ask(config.ControlSocket(), request);
  if (reply.ok()) {
    if (!reply->pause().paused()) return nullptr;
    return {{"until", reply->pause().until()},
            {"administrators_only", reply->pause().administrators_only()}};
  }
  const auto until = control::ReadPause(config.state, SystemClock::Get().Now());
  if (!until) return nullptr;
  return {{"until", *until}, {"administrators_only", config.local_control == "administrators"}};
}

// "version 3, 420 services, release 7, good until 2026-12-23"
std::string CatalogueText(const Json& catalogue) {
  if (catalogue.is_null()) return "not found";
  if (catalogue.contains("reason")) return catalogue["reason"].get<std::string>();
  std::string text = "version " + std::to_string(catalogue["version"].get<uint64_t>()) + ", " +
                     std::to_string(catalogue["services"].get<uint64_t>()) + " services, ";
  if (!catalogue["signed"].get<bool>()) return text + "not signed";
  return text + "release " + std::to_string(catalogue["release"].get<uint64_t>()) +
         ", good until " + FormatDay(ToLocal(catalogue["expires"].get<int64_t>() * kSecondUs).day);
}

// Shown where they are not 0.
constexpr std::pair<const char*, const char*> kSeldom[] = {
    {"merged", "batches merged into another of the same day, to save room; nothing lost"},
    {"sent_again", "batches sent again, since the collector was restored from a backup"},
    {"damaged", "damaged spool files set aside (spool.db.damaged-*): what waited in them is lost"},
};

void PrintText(const Json& json) {
  const auto line = [](const char* name, const std::string& value) {
    std::printf("%-12s %s\n", name, value.c_str());
  };
  line("version", json["version"].get<std::string>());
  line("catalogue", CatalogueText(json["catalogue"]));
  if (json["enrolled"].is_null()) {
    line("enrolled", "no: gnomon-agent enroll --collector HOST:PORT --token TOKEN");
  } else {
    line("enrolled", "department " + json["enrolled"]["department"].get<std::string>() + " at " +
                         json["enrolled"]["collector"].get<std::string>());
    if (json["enrolled"].contains("device")) {
      const TimeUs ends = json["enrolled"]["certificate_ends"].get<int64_t>() * kSecondUs;
      line("device", json["enrolled"]["device"].get<std::string>() + ", certificate " +
                         (ends > SystemClock::Get().Now() ? "good until " : "ended on ") +
                         FormatDay(ToLocal(ends).day));
    }
  }
  if (json["records"].is_object()) {
    const Json& records = json["records"];
    line("records", std::to_string(records["sent"].get<uint64_t>()) + " batches sent, " +
                        std::to_string(records["waiting"].get<uint64_t>()) + " waiting, " +
                        std::to_string(records["refused"].get<uint64_t>()) + " refused, " +
                        std::to_string(records["dropped"].get<uint64_t>()) + " dropped");
    for (const auto& [name, words] : kSeldom) {
      if (const auto count = records[name].get<uint64_t>(); count != 0) {
        line("", std::to_string(count) + " " + words);
      }
    }
  }
  if (json["paused"].is_object()) {
    const int64_t until = json["paused"]["until"].get<int64_t>();
    line("paused", until == control::kNoEnd
                       ? "until `gnomon-agent resume`"
                       : "until " + FormatMinute(until) + ", or `gnomon-agent resume`");
  }
  const Json& running = json["capture"];
  if (!running.is_object() || !running["running"].get<bool>()) {
    line("capture", "not running");
    return;
  }
  if (const std::string why = running.value("not_collecting", ""); !why.empty()) {
    line("collecting", "no: " + why);
  }
  const uint64_t vpn = running.value("vpn_interfaces", uint64_t{0});
  line("capture", "running on " + std::to_string(running["interfaces"].get<uint64_t>()) +
                      " interfaces" + (vpn == 0 ? "" : ", " + std::to_string(vpn) + " of a VPN"));
  for (const char* group : {"capture", "filter", "decode", "coverage", "clients"}) {
    if (!running.contains(group)) continue;
    for (const auto& [name, count] : running[group].items()) {
      if (count.get<uint64_t>() == 0) continue;
      std::printf("  %s.%s %llu\n", group, name.c_str(),
                  static_cast<unsigned long long>(count.get<uint64_t>()));
    }
  }
}

}  // namespace

int RunStatus(const Config& config, bool as_json) {
  Json json;
  json["version"] = kVersion;
  const Result<ReleasesInUse> catalogue = OpenReleases(config);
  json["catalogue"] = nullptr;
  if (catalogue.ok() && catalogue->table() != nullptr) {
    json["catalogue"] = {{"version", catalogue->table()->version()},
                         {"services", catalogue->table()->service_count()},
                         {"signed", catalogue->is_signed()},
                         {"release", catalogue->release()},
                         {"expires", catalogue->expires()}};
  } else if (catalogue.ok()) {
    json["catalogue"] = {{"reason", catalogue->reason()}};
  } else if (catalogue.status().code() != StatusCode::kNotFound) {
    json["catalogue"] = {{"reason", catalogue.status().message()}};
  }
  Result<stream::Enrolment> enrolment = stream::LoadEnrolment(config.state);
  json["enrolled"] = nullptr;
  if (enrolment.ok()) {
    json["enrolled"] = {{"department", enrolment->department}, {"collector", enrolment->collector}};
    const Result<pki::Identity> device = pki::ReadIdentity(enrolment->certificate);
    const Result<TimeUs> ends = pki::NotAfter(enrolment->certificate);
    if (device.ok() && ends.ok()) {
      json["enrolled"]["device"] = device->name;
      json["enrolled"]["certificate_ends"] = *ends / kSecondUs;
    }
  }
  auto spool = spool::Spool::OpenReadOnly(config.state / "spool.db");
  json["records"] = nullptr;
  if (spool.ok()) {
    Result<spool::SpoolCounters> counters = (*spool)->Counters();
    if (!counters.ok()) return Fail(counters.status());
    json["records"] = {{"sent", counters->batches_sent},
                       {"waiting", counters->batches_pending},
                       {"refused", counters->batches_quarantined},
                       {"dropped", counters->batches_dropped},
                       {"waiting_bytes", counters->bytes_pending},
                       {"merged", counters->batches_merged},
                       {"sent_again", counters->batches_sent_again},
                       {"damaged", counters->files_damaged}};
  }
  json["capture"] = ReadRunning(config);
  json["paused"] = PauseOf(config);
  if (as_json) {
    std::printf("%s\n", json.dump(1).c_str());
  } else {
    PrintText(json);
  }
  return 0;
}

}  // namespace gnomon::agent

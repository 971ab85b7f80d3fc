#include "cli/health_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/terminal.h"
#include "base/text_table.h"
#include "cli/exit_code.h"
#include "gnomon/v1/health.grpc.pb.h"

namespace gnomon::cli {
namespace {

int Health(const SessionOptions& session_options, const std::string& format) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Health::Stub stub(session->channel());
  const auto summary = session->Call(stub, &v1::Health::Stub::Summary, v1::HealthSummaryRequest());
  if (!summary.ok()) return Fail(summary.status());
  if (format == "json") {
    nlohmann::ordered_json json = {
        {"devices", summary->devices()},
        {"devices_silent", summary->devices_silent()},
        {"devices_without_capture", summary->devices_without_capture()},
        {"devices_with_kernel_drops", summary->devices_with_kernel_drops()},
        {"devices_with_quarantine", summary->devices_with_quarantine()},
        {"versions", nlohmann::ordered_json::array()}};
    for (const auto& version : summary->versions()) {
      json["versions"].push_back({{"agent", version.agent_version()},
                                  {"catalogue", version.catalogue_version()},
                                  {"devices", version.devices()}});
    }
    std::printf("%s\n", json.dump(1).c_str());
    return 0;
  }
  std::printf("%u devices reported in the last 7 days, %u enrolled ones did not.\n"
              "%u without capture, %u with kernel drops, %u with refused batches.\n",
              summary->devices(), summary->devices_silent(), summary->devices_without_capture(),
              summary->devices_with_kernel_drops(), summary->devices_with_quarantine());
  if (summary->versions().empty()) return 0;
  TextTable table({{"AGENT"}, {"CATALOGUE", TextTable::Align::kRight},
                   {"DEVICES", TextTable::Align::kRight}});
  for (const auto& version : summary->versions()) {
    table.AddRow({version.agent_version(), std::to_string(version.catalogue_version()),
                  GroupedDigits(version.devices())});
  }
  std::printf("\n%s", table.Render(terminal::WantsColour(stdout)).c_str());
  return 0;
}

}  // namespace

void AddHealthCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  const auto format = std::make_shared<std::string>("table");
  CLI::App* command =
      app.add_subcommand("health", "Is the fleet well? Versions, drops, silent laptops; no usage");
  command->add_option("--format", *format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  command->callback([=] { *exit_code = Health(*session, *format); });
}

}  // namespace gnomon::cli

#include "cli/device_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/terminal.h"
#include "base/text_table.h"
#include "cli/csv.h"
#include "cli/exit_code.h"
#include "gnomon/v1/access.grpc.pb.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string department;
  std::string name;
  std::string format = "table";
};

const char* StateOf(const v1::Device& device, int64_t now) {
  if (device.revoked()) return "revoked";
  return device.certificate_ends() <= now ? "certificate ended" : "good";
}

std::string HealthDay(const v1::Device& device) {
  return device.health_day() == 0 ? "never" : FormatDay(device.health_day());
}

Result<std::vector<v1::Device>> ReadAll(const Session& session, const std::string& department) {
  v1::Devices::Stub stub(session.channel());
  std::vector<v1::Device> devices;
  v1::ListDevicesRequest request;
  request.set_department(department);
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const auto page, session.Call(stub, &v1::Devices::Stub::List, request));
    devices.insert(devices.end(), page.devices().begin(), page.devices().end());
    if (!page.more() || page.devices().empty()) return devices;
    request.set_after(devices.back().name());
  }
}

std::string RenderJson(const std::vector<v1::Device>& devices, int64_t now) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const v1::Device& device : devices) {
    nlohmann::ordered_json row = {{"name", device.name()},
                                  {"department", device.department()},
                                  {"state", StateOf(device, now)},
                                  {"certificate_ends", device.certificate_ends()},
                                  {"last_health", nullptr}};
    if (device.health_day() != 0) {
      row["last_health"] = {{"day", FormatDay(device.health_day())},
                            {"agent_version", device.agent_version()},
                            {"catalogue_version", device.catalogue_version()},
                            {"capture_running", device.capture_running()}};
    }
    all.push_back(std::move(row));
  }
  return all.dump(1) + "\n";
}

std::vector<std::string> RowOf(const v1::Device& device, int64_t now) {
  const bool reported = device.health_day() != 0;
  return {device.name(),
          device.department(),
          StateOf(device, now),
          FormatMinute(device.certificate_ends()),
          HealthDay(device),
          reported ? device.agent_version() : "",
          !reported                  ? ""
          : device.capture_running() ? "yes"
                                     : "no"};
}

int List(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  const auto devices = ReadAll(*session, options.department);
  if (!devices.ok()) return Fail(devices.status());
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  if (options.format == "json") {
    std::printf("%s", RenderJson(*devices, now).c_str());
    return 0;
  }
  if (options.format == "csv") {
    std::string csv = CsvLine({"name", "department", "state", "certificate_ends", "last_health",
                               "agent_version", "capture_running"});
    for (const v1::Device& device : *devices) csv += CsvLine(RowOf(device, now));
    std::fputs(csv.c_str(), stdout);
    return 0;
  }
  if (devices->empty()) {
    std::printf("No laptops. They join with a token: gnomon tokens create --department finance\n");
    return 0;
  }
  TextTable table({{"NAME"},
                   {"DEPARTMENT"},
                   {"STATE"},
                   {"CERTIFICATE ENDS"},
                   {"LAST HEALTH"},
                   {"AGENT"},
                   {"CAPTURES"}});
  for (const v1::Device& device : *devices) table.AddRow(RowOf(device, now));
  std::printf("%s", table.Render(terminal::WantsColour(stdout)).c_str());
  return 0;
}

int Revoke(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Devices::Stub stub(session->channel());
  v1::RevokeDeviceRequest request;
  request.set_name(options.name);
  const auto done = session->Call(stub, &v1::Devices::Stub::Revoke, request);
  if (!done.ok()) return Fail(done.status());
  const std::string& department = done->device().department();
  std::printf("Device %s of %s is revoked: nothing of it is accepted from now on.\n",
              done->device().name().c_str(), department.c_str());
  if (done->open_tokens() > 0) {
    std::printf(
        "%u token%s of %s %s still open, and whoever has one may join: gnomon tokens list\n",
        done->open_tokens(), done->open_tokens() == 1 ? "" : "s", department.c_str(),
        done->open_tokens() == 1 ? "is" : "are");
  }
  return 0;
}

int Forget(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Devices::Stub stub(session->channel());
  v1::ForgetDeviceRequest request;
  request.set_name(options.name);
  const auto done = session->Call(stub, &v1::Devices::Stub::Forget, request);
  if (!done.ok()) return Fail(done.status());
  std::printf("Device %s of %s is off the list. It may join again with a token.\n",
              done->device().name().c_str(), done->device().department().c_str());
  return 0;
}

}  // namespace

void AddDeviceCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  CLI::App* devices = app.add_subcommand(
      "devices", "Registered laptops: random names, departments, health; nothing of their use");
  devices->require_subcommand(1);
  devices->footer(
      "A laptop shows its name with: gnomon-agent status\n\n"
      "Examples:\n"
      "  gnomon devices list --department finance\n"
      "  gnomon devices revoke 3f2a91c04e\n"
      "  gnomon devices forget 3f2a91c04e");
  const auto options = std::make_shared<Options>();

  CLI::App* list = devices->add_subcommand("list", "Show the laptops that are registered");
  list->add_option("--department", options->department, "Only those of this one")
      ->type_name("CODE");
  list->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  list->callback([=] { *exit_code = List(*session, *options); });

  const auto add_name = [&](CLI::App* command) {
    command->add_option("name", options->name, "The laptop's name, or its first 8 digits or more")
        ->required()
        ->type_name("NAME");
  };
  CLI::App* revoke = devices->add_subcommand(
      "revoke", "Accept nothing of a laptop any more, at once; an open stream is cut");
  add_name(revoke);
  revoke->callback([=] { *exit_code = Revoke(*session, *options); });

  CLI::App* forget = devices->add_subcommand(
      "forget", "Take a laptop off the list: it is gone, or it may join again");
  add_name(forget);
  forget->callback([=] { *exit_code = Forget(*session, *options); });
}

}  // namespace gnomon::cli

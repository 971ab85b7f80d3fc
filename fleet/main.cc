// gnomon-fleet: plays many honest agents over the real enrolment and delivery path.
#include <stdlib.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fault_point.h"
#include "base/file.h"
#include "base/log.h"
#include "base/terminal.h"
#include "base/version.h"
#include "catalogue/locate.h"
#include "catalogue/table.h"
#include "fleet/fleet.h"
#include "fleet/crowd/options.h"
#include "fleet/progress.h"
#include "fleet/soak.h"
#include "wire/tls.h"

namespace gnomon::fleet {
namespace {

constexpr char kAbout[] =
    "Plays many laptops at once: each enrols with its department's token, keeps its own spool, "
    "and\n"
    "delivers its records over mutual TLS, with the agent's own code. People and habits are "
    "invented.";

constexpr char kExamples[] =
    "Example:\n"
    "  gnomon-fleet run --collector localhost:7443 --tokens tokens.txt --workdir fleet \\\n"
    "    --department finance:24:heavy --department legal:6:light --from 2026-10-12 --weeks 6\n"
    "  gnomon-fleet soak --collector localhost:7443 --department load --token TOKEN --workdir soak \\\n"
    "    --agents 1000 --minutes 10 --json soak.json\n";

// 2: a wrong flag or file; 3: enrolment was refused; 4: the collector is away; 1: anything else.
int ExitCode(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return 0;
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:
    case StatusCode::kDataLoss:
      return 2;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
      return 3;
    case StatusCode::kUnavailable:
      return 4;
    default:
      return 1;
  }
}

int Fail(const Status& status) {
  std::fprintf(stderr, "gnomon-fleet: %s\n", status.message().c_str());
  return ExitCode(status);
}

void PrintTruth(const Fleet& fleet, const FleetOptions& options,
                const std::map<std::string, TruthRows>& truth) {
  std::printf("What was really done (the collector should say the same):\n\n");
  std::printf("%-20s %-8s %9s %7s %9s %9s\n", "DEPARTMENT", "MONTH", "ENROLLED", "ACTIVE", "VISITS",
              "TURNS");
  for (const DepartmentOptions& department : options.departments) {
    const auto rows = truth.find(department.code);
    for (Month month = MonthOf(options.from); month.First() < options.from + options.days;
         month = MonthOf(month.End())) {
      TruthRow sum;
      if (rows != truth.end()) {
        for (const auto& [key, row] : rows->second) {
          if (MonthOf(key.first) == month) sum += row;
        }
      }
      std::printf("%-20s %-8s %9u %7llu %9llu %9llu\n", department.code.c_str(),
                  month.ToString().c_str(), department.devices,
                  static_cast<unsigned long long>(fleet.ActiveDevices(department.code, month)),
                  static_cast<unsigned long long>(sum.visits),
                  static_cast<unsigned long long>(sum.turns));
    }
  }
}

int RunFleet(const FleetOptions& options, Progress::Mode mode) {
  const auto begun = std::chrono::steady_clock::now();
  if (Status status = options.Validate(); !status.ok()) return Fail(status);
  Result<std::shared_ptr<const catalogue::Table>> table =
      catalogue::Table::Load(options.catalogue.string());
  if (!table.ok()) return Fail(table.status().WithContext("--catalogue"));
  if ((*table)->service_count() == 0) {
    return Fail(InvalidArgument("--catalogue: it has no service"));
  }

  Progress progress(mode);
  Fleet fleet(options, *table, progress);
  if (Status status = fleet.Enrol(); !status.ok()) return Fail(status);
  if (Status status = fleet.Run(); !status.ok()) return Fail(status);

  const std::map<std::string, TruthRows> truth = fleet.Truth();
  PrintTruth(fleet, options, truth);
  if (!options.truth.empty()) {
    Status status = WriteFileAtomically(options.truth, TruthToJson(options, truth));
    if (!status.ok()) return Fail(status.WithContext("--truth"));
  }
  const FleetCounts counts = fleet.Counts();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::printf(
      "\n%llu batches confirmed by the collector, %llu refused, %llu without a receipt, "
      "in %.1f s\n",
      static_cast<unsigned long long>(counts.batches_sent),
      static_cast<unsigned long long>(counts.batches_refused),
      static_cast<unsigned long long>(counts.batches_waiting), took.count());
  if (counts.batches_refused == 0 && counts.batches_waiting == 0) return 0;
  return counts.last_error.ok()
             ? Fail(Internal("the collector refused batches; they are in quarantine"))
             : Fail(counts.last_error);
}

int RunSoak(const SoakOptions& options, Progress::Mode mode) {
  if (Status status = options.Validate(); !status.ok()) return Fail(status);
  Result<std::shared_ptr<const catalogue::Table>> table = catalogue::Table::Load(options.catalogue.string());
  if (!table.ok()) return Fail(table.status().WithContext("--catalogue"));
  Progress progress(mode);
  const bool live_line = mode == Progress::Mode::kAlways || (mode == Progress::Mode::kAuto && terminal::IsTerminal(stderr));
  const Result<SoakResult> result = Soak(options, *table, progress, live_line);
  if (!result.ok()) return Fail(result.status());
  std::printf("%s", ToText(*result).c_str());
  if (!options.json.empty()) {
    Status status = WriteFileAtomically(options.json, ToJson(*result));
    if (!status.ok()) return Fail(status.WithContext("--json"));
  }
  return result->none_lost() ? 0 : Fail(Unavailable("not every batch was confirmed: " + result->last_error));
}

int Main(int argc, char** argv) {
  CLI::App app(kAbout, "gnomon-fleet");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("gnomon-fleet ") + kVersion);
  app.require_subcommand(1);

  FleetOptions options;
  std::vector<std::string> departments, tokens;
  std::string token_file, from;
  std::string progress = "auto";
  int weeks = 0;
  CLI::App* run = app.add_subcommand("run", "Enrol the devices, play the weeks, deliver");
  run->add_option("--collector", options.collector, "Where the collector listens")
      ->required()
      ->type_name("HOST:PORT");
  run->add_option("--department", departments,
                  std::string("code:devices:habit, for each department; habits: ") + kHabitNames)
      ->required()
      ->type_name("C:N:H");
  run->add_option("--token-for", tokens, "The department's token, from `gnomon tokens create`")
      ->type_name("DEPARTMENT=TOKEN");
  run->add_option("--tokens", token_file, "A file with a line for each: department token")
      ->type_name("FILE");
  run->add_option("--from", from, "The first day")->required()->type_name("YYYY-MM-DD");
  CLI::Option* weeks_option = run->add_option("--weeks", weeks, "How long (default 6 weeks)")
                                  ->check(CLI::Range(1, 142))
                                  ->type_name("N");
  run->add_option("--days", options.days, "How long, in days")
      ->type_name("N")
      ->excludes(weeks_option);
  run->add_option("--seed", options.seed, "The same seed plays the same people")->type_name("N");
  run->add_option("--catalogue", options.catalogue,
                  "Compiled catalogue (default: the one built or installed with this program)")
      ->type_name("FILE");
  run->add_option("--workdir", options.workdir, "A new folder for the devices' keys and spools")
      ->required()
      ->type_name("DIR");
  run->add_option("--truth", options.truth, "Write what was really done, as JSON")
      ->type_name("FILE");
  run->add_option("--threads", options.threads, "Devices at work at one time")->type_name("N");
  run->add_option("--patience", options.patience_seconds,
                  "How long to wait in the end for a collector that is away")
      ->type_name("SECONDS");
  run->add_option("--progress", progress, "A bar: auto (on a terminal), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  SoakOptions soak;
  CLI::App* soak_command = app.add_subcommand(
      "soak", "Load over time: each agent lives a day, freezes and delivers every few seconds");
  soak_command->add_option("--collector", soak.collector, "Where the collector listens")
      ->required()
      ->type_name("HOST:PORT");
  soak_command->add_option("--department", soak.department, "The department of all agents")->required()->type_name("CODE");
  soak_command->add_option("--token", soak.token, "Its token, with a use for each agent")->required()->type_name("TOKEN");
  soak_command->add_option("--workdir", soak.workdir, "A new folder for the agents' keys and spools")
      ->required()
      ->type_name("DIR");
  soak_command->add_option("--agents", soak.agents, "How many")->type_name("N")->capture_default_str();
  soak_command->add_option("--minutes", soak.minutes, "How long")->type_name("M")->capture_default_str();
  soak_command->add_option("--every", soak.every_seconds, "Between an agent's deliveries, a fifth more or less")
      ->type_name("SECONDS")
      ->capture_default_str();
  soak_command->add_flag("--together", soak.together, "All agents at the same moments, as after an outage");
  soak_command->add_option("--threads", soak.threads, "Deliveries at one time")->type_name("N")->capture_default_str();
  soak_command->add_option("--patience", soak.patience_seconds, "How long to wait in the end for a collector that is away")
      ->type_name("SECONDS")
      ->capture_default_str();
  soak_command->add_option("--seed", soak.seed, "The same seed plays the same people")->type_name("N");
  soak_command->add_option("--catalogue", soak.catalogue, "Compiled catalogue (default: as for run)")->type_name("FILE");
  soak_command->add_option("--json", soak.json, "Write the result, as JSON")->type_name("FILE");
  soak_command->add_option("--collector-pid", soak.collector_pid, "The collector's process on this machine: watches its memory")
      ->type_name("PID");
  soak_command->add_option("--progress", progress, "A line that lives: auto (on a terminal), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  const Progress::Mode mode = progress == "always"  ? Progress::Mode::kAlways
                              : progress == "never" ? Progress::Mode::kNever
                                                    : Progress::Mode::kAuto;
  if (soak_command->parsed()) {
    if (soak.catalogue.empty()) soak.catalogue = catalogue::DefaultCatalogue();
    return RunSoak(soak, mode);
  }
  for (const std::string& text : departments) {
    Result<DepartmentOptions> department = ParseDepartment(text);
    if (!department.ok()) return Fail(department.status());
    options.departments.push_back(*department);
  }
  for (const std::string& text : tokens) {
    if (Status status = AddToken(text, &options.tokens); !status.ok()) return Fail(status);
  }
  if (!token_file.empty()) {
    if (Status status = ReadTokens(token_file, &options.tokens); !status.ok()) return Fail(status);
  }
  Result<Day> first = ParseDay(from);
  if (!first.ok()) return Fail(first.status().WithContext("--from"));
  options.from = *first;
  if (weeks != 0) options.days = weeks * 7;
  if (options.catalogue.empty()) options.catalogue = catalogue::DefaultCatalogue();
  return RunFleet(options, mode);
}

}  // namespace
}  // namespace gnomon::fleet

int main(int argc, char** argv) {
  // The virtual people live in UTC, so that a seed plays the same days everywhere.
  setenv("TZ", "UTC", 1);
  tzset();
  if (const gnomon::Status status = gnomon::ArmFaultFromEnvironment(); !status.ok()) {
    return gnomon::fleet::Fail(status);
  }
  gnomon::log::Init("gnomon-fleet", gnomon::log::Level::kWarning, gnomon::log::Format::kText);
  gnomon::wire::RequireTls13();
  return gnomon::fleet::Main(argc, argv);
}

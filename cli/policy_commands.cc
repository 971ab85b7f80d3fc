#include "cli/policy_commands.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "base/file.h"
#include "cli/exit_code.h"
#include "cli/release_commands.h"
#include "policy/policy.h"
#include "policy/small_departments.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string file;
  std::string output;
};

Result<v1::Policy> ReadYaml(const std::string& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, policy::kMaxBytes));
  return policy::FromYaml(text, file);
}

std::string Clock(uint32_t minute) {
  char text[24];
  std::snprintf(text, sizeof(text), "%02u:%02u", minute / 60, minute % 60);
  return text;
}

std::string Days(uint32_t weekdays) {
  std::string text;
  for (int i = 0; i < 7; ++i) {
    static constexpr const char* kNames[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if ((weekdays >> i & 1) != 0) text += std::string(text.empty() ? "" : " ") + kNames[i];
  }
  return text;
}

std::string Describe(const v1::Policy& policy) {
  return "a policy with floor " + std::to_string(policy.floor()) + ", " +
         std::to_string(policy.departments_size()) + " departments, " +
         std::to_string(policy.pauses_size()) + " pauses";
}

// In the words that the people counted would ask for: what is lowered, and when nothing is
// captured.
void Explain(const v1::Policy& policy) {
  std::cout << "Groups of fewer than " << policy.floor() << " devices are hidden.\n"
            << "Working hours: " << policy.work_starts() << " to " << policy.work_ends()
            << ", Monday to Friday.\n";
  const v1::Policy::Bounds& bounds = policy.bounds();
  const auto bound = [](const char* what, uint64_t value, uint64_t most) {
    std::cout << "  " << what << ": " << (value == 0 ? most : value)
              << (value == 0 || value == most ? "" : " (lowered)") << '\n';
  };
  std::cout << "One laptop reports at most, for a service and day:\n";
  bound("visits", bounds.visits(), policy::MaxBounds::kVisits);
  bound("turns", bounds.turns(), policy::MaxBounds::kTurns);
  bound("active minutes", bounds.active_minutes(), policy::MaxBounds::kActiveMinutes);
  bound("uploads", bounds.uploads(), policy::MaxBounds::kUploads);
  bound("MiB up", bounds.mib_up(), policy::MaxBounds::kMibUp);
  bound("MiB down", bounds.mib_down(), policy::MaxBounds::kMibDown);
  for (const v1::Policy::Pause& pause : policy.pauses()) {
    std::cout << "Nothing is captured " << Days(pause.weekdays()) << " from "
              << Clock(pause.from_minute()) << " to " << Clock(pause.to_minute()) << ".\n";
  }
  for (const v1::Policy::Sanctioned& entry : policy.sanctioned()) {
    std::cout << "Sanctioned for everybody: " << entry.service() << '\n';
  }
  for (const v1::Policy::Department& department : policy.departments()) {
    std::cout << department.code();
    if (!department.name().empty()) std::cout << " (" << department.name() << ")";
    if (department.heads() != 0) std::cout << ", " << department.heads() << " people";
    for (const v1::Policy::Sanctioned& entry : department.sanctioned()) {
      std::cout << ", sanctioned: " << entry.service();
    }
    std::cout << '\n';
  }
}

// No error: whether to merge is the organisation's to decide.
void AdviseMerges(const v1::Policy& policy) {
  for (const policy::Merge& merge : policy::ProposeMerges(policy)) {
    std::cout << "advice: " << policy::Describe(merge, policy.floor()) << '\n';
  }
}

int Lint(const Options& options) {
  const Result<v1::Policy> policy = ReadYaml(options.file);
  if (!policy.ok()) return Fail(policy.status());
  std::cout << options.file << ": " << Describe(*policy) << '\n';
  AdviseMerges(*policy);
  return 0;
}

int Show(const Options& options) {
  const Result<v1::Policy> policy = ReadYaml(options.file);
  if (!policy.ok()) return Fail(policy.status());
  Explain(*policy);
  return 0;
}

int Build(const Options& options) {
  const Result<v1::Policy> policy = ReadYaml(options.file);
  if (!policy.ok()) return Fail(policy.status());
  const Status written = WriteFileAtomically(options.output, policy->SerializeAsString());
  if (!written.ok()) return Fail(written);
  std::cout << options.output << ": " << Describe(*policy) << '\n';
  AdviseMerges(*policy);
  return 0;
}

}  // namespace

void AddPolicyCommands(CLI::App& app, int* exit_code) {
  CLI::App* group = app.add_subcommand(
      "policy", "What your organisation decides: departments, bounds, pauses, sanctioned services");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto run = [=](CLI::App* command, int (*action)(const Options&)) {
    command->add_option("policy", options->file, "YAML; docs/formats/policy.md")
        ->required()
        ->type_name("FILE");
    command->callback([=] { *exit_code = action(*options); });
  };
  run(group->add_subcommand("lint", "Say what is wrong with a policy, with file, line and key"),
      Lint);
  run(group->add_subcommand("show", "Say in words what a policy does"), Show);
  CLI::App* build = group->add_subcommand("build", "Compile a policy, to be signed");
  build->add_option("-o,--output", options->output, "File to write")->required()->type_name("FILE");
  run(build, Build);
  const BodyCheck check = [](const std::string& body) -> Result<std::string> {
    GNOMON_ASSIGN_OR_RETURN(const v1::Policy policy, policy::Parse(body));
    return Describe(policy);
  };
  AddReleaseCommands(*group, trust::Kind::kPolicy, check, exit_code);
}

}  // namespace gnomon::cli

#include "cli/catalogue_commands.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "catalogue/compile.h"
#include "catalogue/desk/lint.h"
#include "catalogue/explain.h"
#include "catalogue/rules.h"
#include "catalogue/table.h"
#include "cli/catalogue_desk.h"
#include "cli/catalogue_list.h"
#include "cli/catalogue_load.h"
#include "cli/release_commands.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string rules = "rules";
  std::string output;
  std::string file;  // empty: the default catalogue
  std::string format = "text";
  std::vector<std::string> hosts;
};

size_t CountHosts(const v1::Catalogue& compiled) {
  size_t hosts = 0;
  for (const v1::Service& service : compiled.services()) {
    hosts += static_cast<size_t>(service.hosts_size());
  }
  return hosts;
}

int Build(const Options& options) {
  const Result<v1::Catalogue> compiled = catalogue::CompileFolder(options.rules);
  if (!compiled.ok()) return FailCatalogue(compiled.status());
  const std::filesystem::path output = options.output;
  if (output.has_parent_path()) {
    if (Status status = MakeFolder(output.parent_path()); !status.ok())
      return FailCatalogue(status);
  }
  const std::string bytes = compiled->SerializeAsString();
  if (Status status = WriteFileAtomically(output, bytes); !status.ok())
    return FailCatalogue(status);
  std::cout << options.output << ": version " << compiled->version() << ", "
            << compiled->services_size() << " services, " << CountHosts(*compiled) << " hosts, "
            << bytes.size() << " bytes\n";
  return 0;
}

int Lint(const Options& options) {
  const catalogue::RuleSet rules = catalogue::ReadRules(options.rules);
  const std::vector<catalogue::Finding> findings = catalogue::Lint(rules, Today());
  size_t hosts = 0;
  for (const catalogue::ServiceRule& rule : rules.services) hosts += rule.hosts.size();
  if (options.format == "json") {
    nlohmann::json list = nlohmann::json::array();
    for (const catalogue::Finding& finding : findings) {
      list.push_back({{"kind", finding.kind},
                      {"where", finding.where},
                      {"field", finding.field},
                      {"message", finding.message}});
    }
    const nlohmann::json all = {
        {"services", rules.services.size()}, {"hosts", hosts}, {"findings", list}};
    std::cout << all.dump(2) << '\n';
  } else {
    for (const catalogue::Finding& finding : findings) {
      std::cout << catalogue::FindingText(finding) << '\n';
    }
    std::cout << rules.services.size() << " services, " << hosts << " hosts, " << findings.size()
              << " findings\n";
  }
  return findings.empty() ? 0 : kCatalogueFound;
}

int Match(const Options& options) {
  const auto table = LoadTable(options.file);
  if (!table.ok()) return FailCatalogue(table.status());
  size_t width = 0;
  for (const std::string& host : options.hosts) width = std::max(width, host.size());
  int code = 0;
  for (const std::string& host : options.hosts) {
    const std::string name = NormaliseHost(host);
    const catalogue::Match match = (*table)->Find(name);
    std::cout << host << std::string(width - host.size() + 2, ' ');
    if (match) {
      const v1::Service& service = (*table)->service(match.service);
      std::cout << service.id() << " (" << service.name() << ", " << service.vendor() << "): ";
    } else {
      code = kCatalogueFound;
    }
    std::cout << catalogue::Explain(**table, name) << '\n';
  }
  return code;
}

// What a signer is shown, and what agents would refuse.
Result<std::string> DescribeBody(const std::string& body) {
  GNOMON_ASSIGN_OR_RETURN(const auto table, catalogue::Table::Parse(body));
  return "catalogue " + std::to_string(table->version()) + " with " +
         std::to_string(table->service_count()) + " services";
}

}  // namespace

void AddCatalogueCommands(CLI::App& app, int* exit_code) {
  CLI::App* group = app.add_subcommand("catalogue", "The services that agents recognise");
  group->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto run = [exit_code, options](CLI::App* command, int (*action)(const Options&)) {
    command->callback([exit_code, options, action] { *exit_code = action(*options); });
  };
  CLI::App* build = group->add_subcommand("build", "Compile a folder of rules");
  build->add_option("--rules", options->rules, "Folder with *.yaml and VERSION")
      ->capture_default_str();
  build->add_option("-o,--output", options->output, "File to write")->required();
  run(build, Build);

  CLI::App* lint = group->add_subcommand("lint", "Say what is doubtful in a folder of rules");
  lint->add_option("rules", options->rules, "Folder with *.yaml and VERSION")
      ->capture_default_str();
  lint->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run(lint, Lint);

  CLI::App* match = group->add_subcommand("match", "Say which service a host belongs to, and why");
  match->add_option("--catalogue", options->file, kCatalogueHelp);
  match->add_option("host", options->hosts, "Host names")->required();
  run(match, Match);

  AddCatalogueList(*group, exit_code);
  AddCatalogueDesk(*group, exit_code);
  AddReleaseCommands(*group, trust::Kind::kCatalogue, DescribeBody, exit_code);
}

}  // namespace gnomon::cli

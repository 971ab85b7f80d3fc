#include "cli/catalogue_desk.h"

#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "catalogue/desk/diff.h"
#include "catalogue/desk/draft.h"
#include "catalogue/desk/export.h"
#include "catalogue/names.h"
#include "catalogue/rules.h"
#include "catalogue/validate.h"
#include "cli/catalogue_load.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string file;
  std::string before, after;
  std::string format = "text";
  std::string to;
  std::string output;
  std::string from;
  catalogue::DraftRequest draft;
};

int RunDiff(const Options& options) {
  const Result<v1::Catalogue> before = LoadCatalogue(options.before);
  if (!before.ok()) return FailCatalogue(before.status());
  const Result<v1::Catalogue> after = LoadCatalogue(options.after);
  if (!after.ok()) return FailCatalogue(after.status());
  const std::vector<catalogue::Change> changes = catalogue::Diff(*before, *after);
  if (options.format == "json") {
    std::cout << catalogue::DiffJson(*before, *after).dump(2) << '\n';
  } else {
    std::cout << catalogue::DiffText(changes);
  }
  return changes.empty() ? 0 : kCatalogueFound;
}

int RunExport(const Options& options) {
  const Result<v1::Catalogue> loaded = LoadCatalogue(options.file);
  if (!loaded.ok()) return FailCatalogue(loaded.status());
  if (options.to == "suricata") {
    const Result<std::string> rules = catalogue::ExportSuricata(*loaded);
    if (!rules.ok()) return FailCatalogue(rules.status());
    std::cout << *rules;
  } else if (options.to == "zeek") {
    std::cout << catalogue::ExportZeek(*loaded);
  } else if (options.to == "domains") {
    std::cout << catalogue::ExportDomains(*loaded);
  } else {
    std::cout << catalogue::ExportJson(*loaded).dump(2) << '\n';
  }
  return 0;
}

// Behind what the file holds, or in a new one. What results must read as rules do.
Status AppendDraft(const std::string& draft, const std::string& path) {
  std::string text = "services:\n";
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    GNOMON_ASSIGN_OR_RETURN(text, ReadFile(path, 4u << 20));
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += '\n';
  }
  text += draft;
  catalogue::RuleSet rules;
  catalogue::ReadRulesText(text, path, &rules);
  if (!rules.errors.empty()) return InvalidArgument(rules.errors[0]);
  return WriteFileAtomically(path, text);
}

// What `gnomon-agent suggest -o` wrote: a host a line, and lines that begin with #.
Status ReadHosts(const std::string& file, std::vector<std::string>* hosts) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, 1u << 20));
  std::istringstream lines(text);
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (const std::string problem = catalogue::SuffixProblem(line); !problem.empty()) {
      return InvalidArgument(file + ":" + std::to_string(number) + ": " + problem);
    }
    hosts->push_back(line);
  }
  if (hosts->empty()) return InvalidArgument(file + ": names no host");
  return Status::Ok();
}

int RunAdd(const Options& options) {
  if (options.draft.hosts.empty() && options.from.empty()) {
    return FailCatalogue(InvalidArgument("name hosts, or a file of them with --from"));
  }
  const auto known = LoadTable(options.file);
  if (!known.ok()) return FailCatalogue(known.status());
  catalogue::DraftRequest request = options.draft;
  request.today = Today();
  if (!options.from.empty()) {
    const Status read = ReadHosts(options.from, &request.hosts);
    if (!read.ok()) return FailCatalogue(read);
  }
  for (std::string& host : request.hosts) host = NormaliseHost(std::move(host));
  const Result<std::string> draft = catalogue::DraftService(request, known->get());
  if (!draft.ok()) return FailCatalogue(draft.status());
  if (options.output.empty()) {
    std::cout << "services:\n" << *draft;
    return 0;
  }
  const Status written = AppendDraft(*draft, options.output);
  if (!written.ok()) return FailCatalogue(written);
  std::cout << "Written to " << options.output << ". Review it, then: gnomon catalogue lint\n";
  return 0;
}

}  // namespace

void AddCatalogueDesk(CLI::App& group, int* exit_code) {
  const auto options = std::make_shared<Options>();
  const auto run = [&](CLI::App* command, int (*action)(const Options&)) {
    command->callback([options, exit_code, action] { *exit_code = action(*options); });
  };

  CLI::App* diff = group.add_subcommand("diff", "Say in words what changed between two catalogues");
  diff->add_option("old", options->before, "Compiled file, or folder of rules")->required();
  diff->add_option("new", options->after, "Compiled file, or folder of rules")->required();
  diff->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  run(diff, RunDiff);

  CLI::App* exported = group.add_subcommand("export", "Write the catalogue for another program");
  exported->add_option("--catalogue", options->file, kCatalogueHelp);
  exported->add_option("--to", options->to, "suricata, zeek, domains or json")
      ->check(CLI::IsMember({"suricata", "zeek", "domains", "json"}))
      ->required();
  run(exported, RunExport);

  catalogue::DraftRequest& draft = options->draft;
  CLI::App* add = group.add_subcommand("add", "Draft a rule for hosts of a service not yet known");
  CLI::Option* hosts = add->add_option("host", draft.hosts, "Host names: each with all below it");
  add->add_option("--from", options->from,
                  "A file of hosts, as `gnomon-agent suggest -o` writes it")
      ->type_name("FILE")
      ->excludes(hosts);
  add->add_option("--service", draft.service, "Id (default: from the first host)");
  add->add_option("--name", draft.name, "The service's name (default: the id)");
  add->add_option("--vendor", draft.vendor, "Who offers it (default: the name)");
  add->add_option("--category", draft.category, catalogue::CategoryNames() + " (default: chat)");
  add->add_option("--surface", draft.surface, catalogue::SurfaceNames())->capture_default_str();
  add->add_option("--country", draft.country, "The vendor's seat: US, FR, CN, ...");
  add->add_option("--source", draft.sources, "Where the hosts were found; may stand several times")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  add->add_option("-o,--output", options->output, "File of rules to append to (default: print)");
  add->add_option("--catalogue", options->file, kCatalogueHelp);
  run(add, RunAdd);
}

}  // namespace gnomon::cli

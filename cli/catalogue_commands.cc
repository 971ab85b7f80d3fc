#include "cli/catalogue_commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "catalogue/compile.h"
#include "catalogue/explain.h"
#include "catalogue/lint.h"
#include "catalogue/locate.h"
#include "catalogue/names.h"
#include "catalogue/rules.h"
#include "catalogue/table.h"
#include "cli/release_commands.h"

namespace gnomon::cli {
namespace {

using catalogue::Table;

constexpr int kFound = 1;
constexpr int kWrongInput = 2;

struct Options {
  std::string rules = "rules";
  std::string output;
  std::string file;  // empty: the default catalogue
  std::string category;
  std::string format = "table";
  std::vector<std::string> hosts;
};

int Fail(const Status& status) {
  std::cerr << "gnomon catalogue: " << status.message() << '\n';
  return kWrongInput;
}

Result<std::shared_ptr<const Table>> LoadTable(const std::string& file) {
  return Table::Load(file.empty() ? catalogue::DefaultCatalogue().string() : file);
}

size_t CountHosts(const v1::Catalogue& compiled) {
  size_t hosts = 0;
  for (const v1::Service& service : compiled.services()) {
    hosts += static_cast<size_t>(service.hosts_size());
  }
  return hosts;
}

int Build(const Options& options) {
  const Result<v1::Catalogue> compiled = catalogue::CompileFolder(options.rules);
  if (!compiled.ok()) return Fail(compiled.status());
  const std::filesystem::path output = options.output;
  if (output.has_parent_path()) {
    if (Status status = MakeFolder(output.parent_path()); !status.ok()) return Fail(status);
  }
  const std::string bytes = compiled->SerializeAsString();
  if (Status status = WriteFileAtomically(output, bytes); !status.ok()) return Fail(status);
  std::cout << options.output << ": version " << compiled->version() << ", "
            << compiled->services_size() << " services, " << CountHosts(*compiled) << " hosts, "
            << bytes.size() << " bytes\n";
  return 0;
}

int Lint(const Options& options) {
  const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const catalogue::RuleSet rules = catalogue::ReadRules(options.rules);
  const std::vector<catalogue::Finding> findings =
      catalogue::Lint(rules, static_cast<int32_t>(now.time_since_epoch().count()));
  for (const catalogue::Finding& finding : findings) {
    if (!finding.where.empty()) std::cout << finding.where << ": ";
    std::cout << finding.kind << ": " << finding.message << '\n';
  }
  size_t hosts = 0;
  for (const catalogue::ServiceRule& rule : rules.services) hosts += rule.hosts.size();
  std::cout << rules.services.size() << " services, " << hosts << " hosts, " << findings.size()
            << " findings\n";
  return findings.empty() ? 0 : kFound;
}

// What people type: any case, maybe the root's dot.
std::string Normalise(std::string host) {
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!host.empty() && host.back() == '.') host.pop_back();
  return host;
}

int Match(const Options& options) {
  const auto table = LoadTable(options.file);
  if (!table.ok()) return Fail(table.status());
  size_t width = 0;
  for (const std::string& host : options.hosts) width = std::max(width, host.size());
  int code = 0;
  for (const std::string& host : options.hosts) {
    const std::string name = Normalise(host);
    const catalogue::Match match = (*table)->Find(name);
    std::cout << host << std::string(width - host.size() + 2, ' ');
    if (match) {
      const v1::Service& service = (*table)->service(match.service);
      std::cout << service.id() << " (" << service.name() << ", " << service.vendor() << "): ";
    } else {
      code = kFound;
    }
    std::cout << catalogue::Explain(**table, name) << '\n';
  }
  return code;
}

// RFC 4180: quoted where it must be.
std::string Csv(const std::string& field) {
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

// Columns a terminal needs for UTF-8 text: East Asian characters take two.
size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const unsigned char c : text) {
    if ((c & 0xc0) == 0x80) continue;          // continuation byte
    columns += c >= 0xe2 && c < 0xf0 ? 2 : 1;  // U+2000 and above; close enough for names
  }
  return columns;
}

const std::vector<std::string> kHeader = {"id",      "name",  "vendor", "category",
                                          "surface", "hosts", "checked"};

std::vector<std::string> Row(const v1::Service& service) {
  return {service.id(),
          service.name(),
          service.vendor(),
          std::string(catalogue::CategoryName(service.category())),
          std::string(catalogue::SurfaceName(service.surface())),
          std::to_string(service.hosts_size()),
          catalogue::DateText(service.checked())};
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(kHeader.size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - Columns(row[i]) + 2, ' ');
    }
    std::cout << line << '\n';
  }
}

nlohmann::json ToJson(const v1::Service& service) {
  nlohmann::json hosts = nlohmann::json::array();
  for (const v1::Host& host : service.hosts()) {
    hosts.push_back({{"suffix", host.suffix()},
                     {"role", catalogue::RoleName(host.role())},
                     {"embedded", host.embedded()},
                     {"exact", host.exact()}});
  }
  return {{"id", service.id()},
          {"name", service.name()},
          {"vendor", service.vendor()},
          {"category", catalogue::CategoryName(service.category())},
          {"surface", catalogue::SurfaceName(service.surface())},
          {"checked", catalogue::DateText(service.checked())},
          {"sources", std::vector<std::string>(service.sources().begin(), service.sources().end())},
          {"hosts", hosts}};
}

int List(const Options& options) {
  const auto table = LoadTable(options.file);
  if (!table.ok()) return Fail(table.status());
  const v1::Category category = catalogue::ParseCategory(options.category);
  if (!options.category.empty() && category == v1::CATEGORY_UNSPECIFIED) {
    return Fail(InvalidArgument("--category: unknown; known are " + catalogue::CategoryNames()));
  }
  std::vector<std::vector<std::string>> rows = {kHeader};
  nlohmann::json services = nlohmann::json::array();
  for (size_t i = 0; i < (*table)->service_count(); ++i) {
    const v1::Service& service = (*table)->service(static_cast<catalogue::ServiceIndex>(i));
    if (!options.category.empty() && service.category() != category) continue;
    rows.push_back(Row(service));
    services.push_back(ToJson(service));
  }
  if (options.format == "json") {
    std::cout << nlohmann::json{{"version", (*table)->version()}, {"services", services}}.dump(2)
              << '\n';
  } else if (options.format == "csv") {
    for (const auto& row : rows) {
      std::string line;
      for (const std::string& field : row) line += (line.empty() ? "" : ",") + Csv(field);
      std::cout << line << "\r\n";
    }
  } else {
    PrintTable(rows);
  }
  return 0;
}

// What a signer is shown, and what agents would refuse.
Result<std::string> DescribeBody(const std::string& body) {
  GNOMON_ASSIGN_OR_RETURN(const auto table, Table::Parse(body));
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
  const std::string file_help =
      "Compiled catalogue (default: the one built or installed with this program)";

  CLI::App* build = group->add_subcommand("build", "Compile a folder of rules");
  build->add_option("--rules", options->rules, "Folder with *.yaml and VERSION")
      ->capture_default_str();
  build->add_option("-o,--output", options->output, "File to write")->required();
  run(build, Build);

  CLI::App* lint = group->add_subcommand("lint", "Say what is doubtful in a folder of rules");
  lint->add_option("rules", options->rules, "Folder with *.yaml and VERSION")
      ->capture_default_str();
  run(lint, Lint);

  CLI::App* match = group->add_subcommand("match", "Say which service a host belongs to, and why");
  match->add_option("--catalogue", options->file, file_help);
  match->add_option("host", options->hosts, "Host names")->required();
  run(match, Match);

  CLI::App* list = group->add_subcommand("list", "List the services");
  list->add_option("--catalogue", options->file, file_help);
  list->add_option("--category", options->category, "Only this one: " + catalogue::CategoryNames());
  list->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  run(list, List);

  AddReleaseCommands(*group, trust::Kind::kCatalogue, DescribeBody, exit_code);
}

}  // namespace gnomon::cli

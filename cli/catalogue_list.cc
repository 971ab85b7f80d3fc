#include "cli/catalogue_list.h"

#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text_table.h"
#include "catalogue/desk/export.h"
#include "catalogue/facts.h"
#include "catalogue/names.h"
#include "cli/catalogue_load.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string file;
  std::string category;
  std::string country;
  std::string vendor;
  std::string count_by;
  std::string format = "table";
};

// RFC 4180: quoted where it must be.
std::string Csv(const std::string& field) {
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

using Row = std::vector<std::string>;

const Row kHeader = {"id",      "name",  "vendor",  "country", "category",
                     "surface", "hosts", "checked", "price"};

Row ServiceRow(const v1::Service& service) {
  return {service.id(),
          service.name(),
          service.vendor(),
          service.country(),
          std::string(catalogue::CategoryName(service.category())),
          std::string(catalogue::SurfaceName(service.surface())),
          std::to_string(service.hosts_size()),
          catalogue::DateText(service.checked()),
          catalogue::PriceText(service)};
}

void PrintRows(const Row& header, const std::vector<Row>& rows, const std::string& format) {
  if (format == "csv") {
    const auto line = [](const Row& row) {
      std::string text;
      for (const std::string& field : row) text += (text.empty() ? "" : ",") + Csv(field);
      std::cout << text << "\r\n";
    };
    line(header);
    for (const Row& row : rows) line(row);
    return;
  }
  std::vector<TextTable::Column> columns;
  for (const std::string& title : header) {
    const bool number = title == "hosts" || title == "services";
    columns.push_back({title, number ? TextTable::Align::kRight : TextTable::Align::kLeft});
  }
  TextTable table(std::move(columns));
  for (const Row& row : rows) table.AddRow(row);
  std::cout << table.Render(false);
}

std::string KeyOf(const v1::Service& service, const std::string& field) {
  if (field == "category") return std::string(catalogue::CategoryName(service.category()));
  if (field == "surface") return std::string(catalogue::SurfaceName(service.surface()));
  if (field == "vendor") return service.vendor();
  return service.country().empty() ? "-" : service.country();
}

struct Count {
  size_t services = 0;
  size_t hosts = 0;
};

// The most services first, and by name where there are as many.
int PrintCounts(const std::vector<v1::Service>& services, const Options& options) {
  std::map<std::string, Count> counts;
  for (const v1::Service& service : services) {
    Count& count = counts[KeyOf(service, options.count_by)];
    ++count.services;
    count.hosts += static_cast<size_t>(service.hosts_size());
  }
  std::vector<std::pair<std::string, Count>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.services > b.second.services;
  });
  if (options.format == "json") {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [key, count] : sorted) {
      list.push_back(
          {{options.count_by, key}, {"services", count.services}, {"hosts", count.hosts}});
    }
    std::cout << list.dump(2) << '\n';
    return 0;
  }
  std::vector<Row> rows;
  for (const auto& [key, count] : sorted) {
    rows.push_back({key, std::to_string(count.services), std::to_string(count.hosts)});
  }
  PrintRows({options.count_by, "services", "hosts"}, rows, options.format);
  return 0;
}

int List(const Options& options) {
  const Result<v1::Catalogue> loaded = LoadCatalogue(options.file);
  if (!loaded.ok()) return FailCatalogue(loaded.status());
  const v1::Category category = catalogue::ParseCategory(options.category);
  if (!options.category.empty() && category == v1::CATEGORY_UNSPECIFIED) {
    return FailCatalogue(
        InvalidArgument("--category: unknown; known are " + catalogue::CategoryNames()));
  }
  if (!options.country.empty() && !catalogue::IsCountry(options.country)) {
    return FailCatalogue(
        InvalidArgument("--country: expected two capital letters of ISO 3166-1, or ZZ"));
  }
  std::vector<v1::Service> services;
  for (const v1::Service& service : loaded->services()) {
    if (!options.category.empty() && service.category() != category) continue;
    if (!options.country.empty() && service.country() != options.country) continue;
    if (!options.vendor.empty() && service.vendor() != options.vendor) continue;
    services.push_back(service);
  }
  if (!options.count_by.empty()) return PrintCounts(services, options);
  if (options.format == "json") {
    nlohmann::json list = nlohmann::json::array();
    for (const v1::Service& service : services) list.push_back(catalogue::ToJson(service));
    std::cout << nlohmann::json{{"version", loaded->version()}, {"services", list}}.dump(2) << '\n';
    return 0;
  }
  std::vector<Row> rows;
  for (const v1::Service& service : services) rows.push_back(ServiceRow(service));
  PrintRows(kHeader, rows, options.format);
  return 0;
}

}  // namespace

void AddCatalogueList(CLI::App& group, int* exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* list = group.add_subcommand("list", "List the services, or count them");
  list->add_option("--catalogue", options->file, kCatalogueHelp);
  list->add_option("--category", options->category, "Only this one: " + catalogue::CategoryNames());
  list->add_option("--country", options->country, "Only vendors that sit there: US, FR, CN, ...");
  list->add_option("--vendor", options->vendor, "Only this one, as the list writes it");
  list->add_option("--count-by", options->count_by, "Counts: category, country, vendor or surface")
      ->check(CLI::IsMember({"category", "country", "vendor", "surface"}));
  list->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  list->callback([options, exit_code] { *exit_code = List(*options); });
}

}  // namespace gnomon::cli

#include "cli/finance_commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include "base/terminal.h"
#include "base/text_table.h"
#include "cli/exit_code.h"
#include "value/finance.h"

namespace gnomon::cli {
namespace {

constexpr char kExampleCsv[] =
    "department,function,heads,ai_budget,hourly_cost,outsourcing,agency,seats,currency\n"
    "finance,back_office,40,12000,62.5,400000,0,microsoft-copilot=40,EUR\n"
    "sales,front_office,25,60000,55,0,80000,microsoft-copilot=25 chatgpt=10,EUR\n"
    "engineering,product,90,45000,70,150000,,github-copilot=60,EUR\n";

constexpr char kExampleYaml[] =
    "# Amounts are a year's, in whole units of the currency; hourly_cost is the loaded cost of one "
    "hour.\n"
    "# Every key but department may be left out: what is not known is not used.\n"
    "currency: EUR\n"
    "departments:\n"
    "  - department: finance        # code, as in enrolment tokens and the policy\n"
    "    function: back_office      # front_office, back_office or product\n"
    "    heads: 40\n"
    "    ai_budget: 12000\n"
    "    hourly_cost: 62.5\n"
    "    outsourcing: 400000\n"
    "    agency: 0\n"
    "    seats: {microsoft-copilot: 40}   # bought, by catalogue id\n";

const char* FunctionName(v1::Function function) {
  switch (function) {
    case v1::FUNCTION_FRONT_OFFICE:
      return "front office";
    case v1::FUNCTION_BACK_OFFICE:
      return "back office";
    case v1::FUNCTION_PRODUCT:
      return "product";
    default:
      return "";
  }
}

template <typename T>
std::string Known(const std::optional<T>& value) {
  return value ? GroupedDigits(*value) : "";
}

std::string Cents(const std::optional<double>& value) {
  if (!value) return "";
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", *value);
  return text;
}

int Check(const std::string& file) {
  const Result<value::FinanceInputs> inputs = value::LoadFinance(file);
  if (!inputs.ok()) return Fail(inputs.status());
  using Align = TextTable::Align;
  TextTable table({{"DEPARTMENT"},
                   {"FUNCTION"},
                   {"HEADS", Align::kRight},
                   {"AI BUDGET", Align::kRight},
                   {"HOUR", Align::kRight},
                   {"OUTSOURCING", Align::kRight},
                   {"AGENCY", Align::kRight},
                   {"SEATS"}});
  for (const value::FinanceDepartment& row : inputs->departments) {
    std::string seats;
    for (const auto& [service, count] : row.seats) {
      seats += (seats.empty() ? "" : ", ") + service + " " + GroupedDigits(count);
    }
    table.AddRow({row.code, FunctionName(row.function), Known(row.heads),
                  Known(row.money.ai_budget), Cents(row.money.hourly_cost),
                  Known(row.money.outsourcing), Known(row.money.agency), seats});
  }
  const std::string text = table.Render(terminal::WantsColour(stdout)) + "\n" + file + ": " +
                           std::to_string(inputs->departments.size()) +
                           " departments; amounts a year in " + inputs->currency + ".\n";
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
}

}  // namespace

void AddFinanceCommands(CLI::App& app, int* exit_code) {
  CLI::App* group = app.add_subcommand(
      "finance",
      "What finance knows of departments: budgets, costs, seats (docs/formats/finance.md)");
  group->require_subcommand(1);

  const auto file = std::make_shared<std::string>();
  CLI::App* check = group->add_subcommand(
      "check", "Say what is wrong with a file, with line and column, or show what it says");
  check->add_option("file", *file, "CSV or YAML")->required()->type_name("FILE");
  check->footer("Example:\n  gnomon finance check finance.csv");
  check->callback([=] { *exit_code = Check(*file); });

  const auto format = std::make_shared<std::string>("csv");
  CLI::App* example = group->add_subcommand("example", "Print a file to begin with");
  example->add_option("--format", *format, "csv or yaml")
      ->check(CLI::IsMember({"csv", "yaml"}))
      ->type_name("FORMAT");
  example->footer("Example:\n  gnomon finance example > finance.csv");
  example->callback([=] {
    const char* text = *format == "csv" ? kExampleCsv : kExampleYaml;
    *exit_code = std::fputs(text, stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
  });
}

}  // namespace gnomon::cli

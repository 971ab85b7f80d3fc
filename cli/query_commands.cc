#include "cli/query_commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/terminal.h"
#include "cli/answer.h"
#include "cli/exit_code.h"
#include "cli/findings_answer.h"
#include "gnomon/v1/findings.grpc.pb.h"
#include "gnomon/v1/query.grpc.pb.h"

namespace gnomon::cli {
namespace {

constexpr char kAboutHidden[] =
    "\n\n\"hidden (<10)\" is a group of fewer laptops than the collector's floor (here 10).\n"
    "\"hidden\" alone protects such a group: it could be worked out from this number.\n"
    "In JSON both are null, with the reason under \"hidden\" in the row.";

struct Options {
  std::string month;
  std::string department;
  std::string format = "table";
};

Result<std::string> MonthOrThis(const std::string& month) {
  if (month.empty()) return MonthOf(ToLocal(SystemClock::Get().Now()).day).ToString();
  GNOMON_ASSIGN_OR_RETURN(const Month parsed, ParseMonth(month));
  return parsed.ToString();
}

template <typename Answer>
int Print(const Result<Answer>& answer, const std::string& format) {
  if (!answer.ok()) return Fail(answer.status());
  const std::string text = Render(*answer, ParseFormat(format), terminal::WantsColour(stdout));
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
}

int Departments(const SessionOptions& session_options, const Options& options) {
  const Result<std::string> month = MonthOrThis(options.month);
  if (!month.ok()) return Fail(month.status().WithContext("--month"));
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Query::Stub stub(session->channel());
  v1::DepartmentsQuestion question;
  question.set_month(*month);
  return Print(session->Call(stub, &v1::Query::Stub::Departments, question), options.format);
}

int Services(const SessionOptions& session_options, const Options& options) {
  const Result<std::string> month = MonthOrThis(options.month);
  if (!month.ok()) return Fail(month.status().WithContext("--month"));
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Query::Stub stub(session->channel());
  v1::ServicesQuestion question;
  question.set_month(*month);
  question.set_department(options.department);
  return Print(session->Call(stub, &v1::Query::Stub::Services, question), options.format);
}

struct FindingsOptions {
  std::string month;
  std::string department;
  std::string language = "en";
  std::string format = "text";
};

int Findings(const SessionOptions& session_options, const FindingsOptions& options) {
  // The last month that is over: findings are of whole ones.
  const std::string month =
      options.month.empty()
          ? MonthOf(MonthOf(ToLocal(SystemClock::Get().Now()).day).First() - 1).ToString()
          : options.month;
  const Result<Month> parsed = ParseMonth(month);
  if (!parsed.ok()) return Fail(parsed.status().WithContext("--month"));
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Findings::Stub stub(session->channel());
  v1::FindingsQuestion question;
  question.set_month(month);
  question.set_department(options.department);
  question.set_language(options.language);
  const auto answer = session->Call(stub, &v1::Findings::Stub::Ask, question);
  if (!answer.ok()) return Fail(answer.status());
  const FindingsFormat format = options.format == "json" ? FindingsFormat::kJson
                                : options.format == "md" ? FindingsFormat::kMarkdown
                                                         : FindingsFormat::kText;
  const std::string text =
      Render(*answer, format, options.language == "zh", terminal::WantsColour(stdout));
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
}

void AddShared(CLI::App* command, Options* options) {
  command->add_option("--month", options->month, "Calendar month (default: this one)")
      ->type_name("YYYY-MM");
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
}

}  // namespace

void AddQueryCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  const auto departments = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "departments", "Which departments use AI services, and how deeply, in a month");
  AddShared(command, departments.get());
  command->footer(std::string("Examples:\n"
                              "  gnomon departments\n"
                              "  gnomon departments --month 2026-10\n"
                              "  gnomon departments --format json | jq '.departments[].turns'") +
                  kAboutHidden);
  command->callback([=] { *exit_code = Departments(*session, *departments); });

  const auto services = std::make_shared<Options>();
  command = app.add_subcommand("services", "Which services are used, in all or in one department");
  AddShared(command, services.get());
  command->add_option("--department", services->department, "Only this department")
      ->type_name("CODE");
  command->footer(std::string("Examples:\n"
                              "  gnomon services\n"
                              "  gnomon services --department finance --month 2026-10\n"
                              "  gnomon services --department finance --format csv > finance.csv") +
                  kAboutHidden);
  command->callback([=] { *exit_code = Services(*session, *services); });

  const auto findings = std::make_shared<FindingsOptions>();
  command = app.add_subcommand(
      "findings", "Where unofficial AI use creates value: what to buy, to ask, to change");
  command->add_option("--month", findings->month, "A month that is over (default: the last one)")
      ->type_name("YYYY-MM");
  command->add_option("--department", findings->department, "Only about this department")
      ->type_name("CODE");
  command->add_option("--lang", findings->language, "en or zh")
      ->check(CLI::IsMember({"en", "zh"}))
      ->type_name("LANG");
  command->add_option("--format", findings->format, "text, json or md")
      ->check(CLI::IsMember({"text", "json", "md"}))
      ->type_name("FORMAT");
  command->footer(
      "Each finding is a sentence, the numbers behind it, the rule that found it, what could make "
      "it\n"
      "wrong, and what to do. All of them rest on numbers that other answers show as well.\n\n"
      "Examples:\n"
      "  gnomon findings\n"
      "  gnomon findings --month 2026-10 --department finance\n"
      "  gnomon findings --lang zh --format md > findings.md");
  command->callback([=] { *exit_code = Findings(*session, *findings); });
}

}  // namespace gnomon::cli

#include "cli/audit_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/terminal.h"
#include "base/text_table.h"
#include "cli/csv.h"
#include "cli/exit_code.h"
#include "gnomon/v1/audit.grpc.pb.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string since, operator_name, seen;
  std::string format = "table";
};

// What a line says of, whichever kind of call it was.
std::string About(const v1::AuditEntry& entry) {
  std::string about = entry.month();
  for (const std::string* word : {&entry.department(), &entry.subject()}) {
    if (word->empty()) continue;
    if (!about.empty()) about += " ";
    about += *word;
  }
  return about;
}

nlohmann::ordered_json ToJson(const v1::AuditEntry& entry) {
  nlohmann::ordered_json json = {{"number", entry.number()}};
  if (!entry.event().empty()) {
    json["event"] = entry.event();
    return json;
  }
  json["time"] = entry.time();
  json["operator"] = entry.operator_();
  json["role"] = entry.role();
  json["question"] = entry.question();
  json["month"] = entry.month();
  json["department"] = entry.department();
  json["subject"] = entry.subject();
  json["outcome"] = entry.outcome();
  json["reason"] = entry.reason();
  return json;
}

void PrintCsv(const std::vector<v1::AuditEntry>& entries) {
  std::string text = CsvLine({"number", "time", "operator", "role", "question", "month", "department",
                              "subject", "outcome", "reason", "event"});
  for (const auto& entry : entries) {
    text += CsvLine({std::to_string(entry.number()), entry.time(), entry.operator_(), entry.role(),
                     entry.question(), entry.month(), entry.department(), entry.subject(),
                     entry.outcome(), entry.reason(), entry.event()});
  }
  std::fputs(text.c_str(), stdout);
}

void PrintTable(const std::vector<v1::AuditEntry>& entries) {
  if (entries.empty()) {
    std::printf("Nothing was asked.\n");
    return;
  }
  TextTable table({{"LINE", TextTable::Align::kRight}, {"TIME"}, {"OPERATOR"}, {"ROLE"},
                   {"QUESTION"}, {"ABOUT"}, {"OUTCOME"}});
  for (const auto& entry : entries) {
    const std::string number = std::to_string(entry.number());
    if (!entry.event().empty()) {
      table.AddRow({number, entry.time(), "", "", "(the log)", "", entry.event()});
      continue;
    }
    table.AddRow({number, entry.time(), entry.operator_(), entry.role(), entry.question(),
                  About(entry),
                  entry.outcome() + (entry.reason().empty() ? "" : ": " + entry.reason())});
  }
  std::printf("%s", table.Render(terminal::WantsColour(stdout)).c_str());
}

int List(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Audit::Stub stub(session->channel());
  v1::ListAuditRequest request;
  request.set_since(options.since);
  request.set_operator_(options.operator_name);
  std::vector<v1::AuditEntry> entries;
  for (;;) {
    const auto page = session->Call(stub, &v1::Audit::Stub::List, request);
    if (!page.ok()) return Fail(page.status());
    entries.insert(entries.end(), page->entries().begin(), page->entries().end());
    if (!page->more() || page->last() <= request.after()) break;
    request.set_after(page->last());
  }
  if (options.format == "json") {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const auto& entry : entries) all.push_back(ToJson(entry));
    std::printf("%s\n", all.dump(1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (options.format == "csv") {
    PrintCsv(entries);
  } else {
    PrintTable(entries);
  }
  return 0;
}

// "1207:9f3c..." as `verify` prints it.
Result<v1::AuditAnchor> ParseSeen(const std::string& text) {
  const size_t colon = text.find(':');
  v1::AuditAnchor seen;
  const std::string number = text.substr(0, colon);
  if (colon != std::string::npos && text.size() - colon - 1 == 64 && !number.empty() &&
      number.size() < 20 && number.find_first_not_of("0123456789") == std::string::npos) {
    seen.set_number(std::stoull(number));
    seen.set_chain(text.substr(colon + 1));
    return seen;
  }
  return InvalidArgument("--seen: is NUMBER:DIGEST, as an earlier `gnomon audit verify` printed it");
}

int Verify(const SessionOptions& session_options, const Options& options) {
  v1::VerifyAuditRequest request;
  if (!options.seen.empty()) {
    const Result<v1::AuditAnchor> seen = ParseSeen(options.seen);
    if (!seen.ok()) return Fail(seen.status());
    *request.mutable_seen() = *seen;
  }
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Audit::Stub stub(session->channel());
  const auto answer = session->Call(stub, &v1::Audit::Stub::Verify, request);
  if (!answer.ok()) return Fail(answer.status());
  const std::string head = std::to_string(answer->head().number()) + ":" + answer->head().chain();
  if (options.format == "json") {
    nlohmann::ordered_json json = {{"whole", answer->findings().empty()},
                                   {"lines", answer->lines()},
                                   {"head", head},
                                   {"findings", nlohmann::json::array()}};
    for (const auto& finding : answer->findings()) json["findings"].push_back(finding);
    std::printf("%s\n", json.dump(1).c_str());
  } else {
    std::printf("%llu lines, the last is %s\n", static_cast<unsigned long long>(answer->lines()),
                head.c_str());
    for (const auto& finding : answer->findings()) std::printf("  BROKEN  %s\n", finding.c_str());
    if (answer->findings().empty()) {
      std::printf(
          "Every line follows from the one before. Keep that number and digest outside the collector and give\n"
          "them with --seen next time: then a log that was written anew from the start shows as well.\n");
    }
  }
  return answer->findings().empty() ? 0 : kExitFailed;
}

}  // namespace

void AddAuditCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* audit = app.add_subcommand("audit", "Show every question and refusal; for auditors");
  audit->footer(
      "Every question, every change to tokens, devices and operators, and every refusal is a line.\n"
      "Reading the log is one too.\n\n"
      "Examples:\n"
      "  gnomon audit --since 2026-11-01 --operator \"Ada L.\"\n"
      "  gnomon audit --format csv > audit.csv\n"
      "  gnomon audit verify");
  audit->add_option("--since", options->since, "From this day on (UTC)")->type_name("YYYY-MM-DD");
  audit->add_option("--operator", options->operator_name, "Only what this operator did")
      ->type_name("NAME");
  audit->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  CLI::App* verify = audit->add_subcommand(
      "verify", "Check that no line was changed, taken out or cut off; exit code 1 if one was");
  verify->add_option("--seen", options->seen, "Line that an earlier verify printed, kept elsewhere")
      ->type_name("NUMBER:DIGEST");
  verify->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  audit->callback([=] {
    if (verify->parsed()) return;
    *exit_code = List(*session, *options);
  });
  verify->callback([=] { *exit_code = Verify(*session, *options); });
}

}  // namespace gnomon::cli

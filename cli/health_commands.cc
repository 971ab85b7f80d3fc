#include "cli/health_commands.h"

#include <cstdio>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/terminal.h"
#include "cli/exit_code.h"
#include "cli/health_answer.h"
#include "gnomon/v1/health.grpc.pb.h"

namespace gnomon::cli {
namespace {

int Health(const SessionOptions& session_options, const std::string& format) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Health::Stub stub(session->channel());
  const auto summary = session->Call(stub, &v1::Health::Stub::Summary, v1::HealthSummaryRequest());
  if (!summary.ok()) return Fail(summary.status());
  const std::string text = Render(*summary, ParseFormat(format), terminal::WantsColour(stdout));
  // On standard error, whatever the format: every certificate ends with the authority's.
  constexpr int64_t kWarnSeconds = 365 * 86'400;
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  if (summary->authority_ends() != 0 && summary->authority_ends() < now + kWarnSeconds) {
    std::fprintf(stderr,
                 "gnomon: the collector's authority ends on %s, and with it every certificate; "
                 "docs/formats/enrolment.md says how to replace it\n",
                 FormatDay(ToLocal(summary->authority_ends() * kSecondUs).day).c_str());
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? kExitFailed : 0;
}

}  // namespace

void AddHealthCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  const auto format = std::make_shared<std::string>("table");
  CLI::App* command =
      app.add_subcommand("health", "Is the fleet well? Versions, drops, what agents cannot see; no usage");
  command->add_option("--format", *format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  command->callback([=] { *exit_code = Health(*session, *format); });
}

}  // namespace gnomon::cli

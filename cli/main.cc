// gnomon: the analyst's and IT's desk. One file a group of commands.
#include <CLI/CLI.hpp>
#include <csignal>

#include "base/log.h"
#include "base/version.h"
#include "cli/audit_commands.h"
#include "cli/catalogue_commands.h"
#include "cli/device_commands.h"
#include "cli/exit_code.h"
#include "cli/finance_commands.h"
#include "cli/health_commands.h"
#include "cli/operator_commands.h"
#include "cli/policy_commands.h"
#include "cli/query_commands.h"
#include "cli/release_commands.h"
#include "cli/session.h"
#include "cli/token_commands.h"
#include "wire/tls.h"

int main(int argc, char** argv) {
  gnomon::wire::RequireTls13();
  std::signal(SIGPIPE, SIG_IGN);  // `gnomon departments | head` ends with a failed write
  CLI::App app(
      "Asks a Gnomon collector which departments use AI services, with which tools and how deeply.\n"
      "Groups under the collector's floor are hidden in every answer.",
      "gnomon");
  app.footer(
      "Examples:\n"
      "  gnomon departments --month 2026-10\n"
      "  gnomon services --department finance --format csv > finance.csv\n"
      "  gnomon tokens create --department finance --uses 40 --expires 7d\n"
      "  gnomon catalogue match chat.deepseek.com");
  app.set_version_flag("--version", std::string("gnomon ") + gnomon::kVersion);
  app.require_subcommand(1);
  app.fallthrough();  // --credential and --collector may also stand behind the command

  gnomon::cli::SessionOptions session;
  app.add_option("--credential", session.credential,
                 "Operator's credential (default: $GNOMON_CREDENTIAL, ~/.config/gnomon/credential)")
      ->type_name("FILE");
  app.add_option("--collector", session.collector,
                 "Collector to ask (default: $GNOMON_COLLECTOR, the credential's own)")
      ->type_name("HOST:PORT");

  int exit_code = 0;
  gnomon::cli::AddQueryCommands(app, &session, &exit_code);
  gnomon::cli::AddTokenCommands(app, &session, &exit_code);
  gnomon::cli::AddDeviceCommands(app, &session, &exit_code);
  gnomon::cli::AddOperatorCommands(app, &session, &exit_code);
  gnomon::cli::AddHealthCommands(app, &session, &exit_code);
  gnomon::cli::AddAuditCommands(app, &session, &exit_code);
  gnomon::cli::AddCatalogueCommands(app, &exit_code);
  gnomon::cli::AddPolicyCommands(app, &exit_code);
  gnomon::cli::AddFinanceCommands(app, &exit_code);
  gnomon::cli::AddTrustCommands(app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : gnomon::cli::kExitWrongInput;
  }
  return exit_code;
}

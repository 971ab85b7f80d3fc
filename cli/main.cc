// The `gnomon` program: queries, reports, enrolment and the catalogue, from the command line.
#include <CLI/CLI.hpp>

#include "cli/catalogue_commands.h"

int main(int argc, char** argv) {
  CLI::App app("Where unofficial AI use creates value, without watching anyone", "gnomon");
  app.require_subcommand(1);
  int exit_code = 0;
  gnomon::cli::AddCatalogueCommands(app, &exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}

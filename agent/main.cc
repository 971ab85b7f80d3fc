// gnomon-agent: reads the command line and hands over to one subcommand.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "agent/commands/commands.h"
#include "agent/config.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/version.h"
#include "catalogue/locate.h"
#include "wire/tls.h"

namespace gnomon::agent {
namespace {

constexpr char kAbout[] =
    "Recognises outbound traffic to AI services by names, sizes and times, and sends anonymous day\n"
    "counts to the company's collector. Nothing is decrypted; no content, address, host name, user\n"
    "or device leaves this laptop.";

constexpr char kExamples[] =
    "Examples:\n"
    "  gnomon-agent inspect -r capture.pcap            what the agent would see in a capture\n"
    "  sudo gnomon-agent inspect -i eth0               ... and on an interface, as it happens\n"
    "  sudo gnomon-agent inspect --watch               ... as a screen that follows it\n"
    "  sudo gnomon-agent enroll --collector gnomon.example:7443 --token gnm1-...\n"
    "  sudo gnomon-agent run                           capture, count, send (what the service does)\n"
    "  gnomon-agent sent                               every record that left this laptop\n"
    "  sudo gnomon-agent suggest                       services that the catalogue does not know\n";

// Where each setting comes from: defaults, then --config, then the flags.
struct Flags {
  std::string config_file;
  std::string state;
  std::string catalogue;
  std::vector<std::string> interfaces;
  bool no_loopback = false;
};

Result<Config> MakeConfig(const Flags& flags) {
  Config config;
  if (!flags.config_file.empty()) {
    GNOMON_ASSIGN_OR_RETURN(config, LoadConfig(flags.config_file));
  }
  if (!flags.state.empty()) config.state = flags.state;
  if (!flags.catalogue.empty()) config.catalogue = flags.catalogue;
  if (config.catalogue.empty()) config.catalogue = catalogue::DefaultCatalogue();
  if (!flags.interfaces.empty()) config.interfaces = flags.interfaces;
  if (flags.no_loopback) config.loopback = false;
  const auto environment = [](const char* name, auto* value) {
    if (const char* text = std::getenv(name); text != nullptr && *text != '\0') *value = text;
  };
  environment("GNOMON_COLLECTOR", &config.managed.collector);
  environment("GNOMON_TOKEN_FILE", &config.managed.token_file);
  GNOMON_RETURN_IF_ERROR(config.Validate());
  return config;
}

int Main(int argc, char** argv) {
  CLI::App app(kAbout, "gnomon-agent");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("gnomon-agent ") + kVersion);
  app.require_subcommand(1);

  Flags flags;
  const auto shared = [&](CLI::App* command) {
    command->add_option("--config", flags.config_file, "YAML configuration file")->type_name("FILE");
    command->add_option("--state", flags.state,
                        "Folder of the enrolment and the records (default /var/lib/gnomon-agent)")
        ->type_name("DIR");
    command->add_option("--catalogue", flags.catalogue,
                        "Compiled catalogue (default: the one built or installed with this program)")
        ->type_name("FILE");
  };

  EnrollArguments enroll;
  CLI::App* enroll_command =
      app.add_subcommand("enroll", "Join a collector with a department's token");
  shared(enroll_command);
  enroll_command->add_option("--collector", enroll.collector, "Where the collector listens")
      ->required()
      ->type_name("HOST:PORT");
  CLI::Option* token_option =
      enroll_command->add_option("--token", enroll.token, "From `gnomon tokens create`")
          ->type_name("TOKEN");
  CLI::Option* token_file_option =
      enroll_command
          ->add_option("--token-file", enroll.token_file,
                       "File that holds the token, so that no list of processes shows it; - is stdin")
          ->type_name("FILE")
          ->excludes(token_option);
  enroll_command->add_flag("--again", enroll.again,
                           "Also where this laptop is enrolled: a new token, another department");

  RunFilesArguments run;
  std::string as_day;
  CLI::App* run_command =
      app.add_subcommand("run", "Capture, count and send; or read capture files and send");
  shared(run_command);
  CLI::Option* run_read =
      run_command->add_option("-r,--read", run.files, "Read capture files instead of interfaces")
          ->type_name("FILE");
  run_command
      ->add_option("--as-day", as_day, "Count the capture as if it had been taken on this day")
      ->type_name("YYYY-MM-DD")
      ->needs(run_read);
  run_command
      ->add_option("-i,--interface", flags.interfaces,
                   "Interface to listen on (default: those of the default routes and loopback)")
      ->type_name("IFACE")
      ->excludes(run_read);
  run_command->add_flag("--no-loopback", flags.no_loopback,
                        "Leave out loopback, and with it local model servers");

  InspectArguments inspect;
  std::string inspect_format = "table";
  CLI::App* inspect_command = app.add_subcommand(
      "inspect", "Show locally what the agent would see; nothing is sent or stored");
  shared(inspect_command);
  CLI::Option* read_option =
      inspect_command->add_option("-r,--read", inspect.files, "Read a capture file (- is stdin)")
          ->type_name("FILE");
  inspect_command
      ->add_option("-i,--interface", inspect.interfaces,
                   "Listen on an interface (default: those of the default routes and loopback)")
      ->type_name("IFACE")
      ->excludes(read_option);
  inspect_command->add_flag("--no-loopback", flags.no_loopback,
                            "Leave out loopback, and with it local model servers");
  inspect_command->add_option("--format", inspect_format, "table or jsonl")
      ->check(CLI::IsMember({"table", "jsonl"}))
      ->type_name("FORMAT");
  inspect_command->add_flag("--all-names", inspect.all_names,
                            "Also names outside the catalogue");

  CLI::Option* watch_option =
      inspect_command
          ->add_flag("-w,--watch", inspect.watch,
                     "A screen that follows what happens; a file is replayed at its own pace")
          ->excludes(inspect_command->get_option("--format"))
          ->excludes(inspect_command->get_option("--all-names"));
  inspect_command
      ->add_option("--speed", inspect.speed, "With --watch and -r: so many times as fast")
      ->check(CLI::Range(0.01, 100000.0))
      ->type_name("N")
      ->needs(watch_option)
      ->needs(read_option);

  SuggestArguments suggest;
  std::string suggest_format = "table";
  CLI::App* suggest_command = app.add_subcommand(
      "suggest", "Show hosts that the catalogue does not know and that look like AI services");
  shared(suggest_command);
  CLI::Option* suggest_read =
      suggest_command
          ->add_option("-r,--read", suggest.files, "Look at capture files instead of interfaces")
          ->type_name("FILE");
  suggest_command
      ->add_option("-i,--interface", suggest.interfaces,
                   "Interface to listen on (default: those of the default routes and loopback)")
      ->type_name("IFACE")
      ->excludes(suggest_read);
  suggest_command->add_option("--format", suggest_format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  CLI::Option* suggest_output =
      suggest_command
          ->add_option("-o,--output", suggest.output,
                       "Write the hosts that you choose, and nothing else; asks about each on a terminal")
          ->type_name("FILE");
  suggest_command
      ->add_option("--host", suggest.hosts, "Choose this host without being asked; may stand often")
      ->needs(suggest_output)
      ->type_name("HOST");
  suggest_command->footer(
      "It looks while it runs: use the service that you miss, then press Ctrl-C. What it saw is shown to\n"
      "you, written only if you choose to, and forgotten; the agent that counts knows nothing of it.\n\n"
      "Examples:\n"
      "  sudo gnomon-agent suggest\n"
      "  sudo gnomon-agent suggest -o chosen.txt\n"
      "  gnomon catalogue add --from chosen.txt -o rules/new.yaml     at the desk that keeps the rules");

  SentArguments sent;
  std::string sent_format = "table";
  CLI::App* sent_command =
      app.add_subcommand("sent", "Show every record that left this laptop or waits to leave");
  shared(sent_command);
  sent_command->add_flag("--pending", sent.pending_only, "Only what waits to leave");
  sent_command->add_option("--limit", sent.limit, "The newest batches, at most")
      ->check(CLI::Range(1, 100000))
      ->type_name("N");
  sent_command->add_option("--format", sent_format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->type_name("FORMAT");
  std::string language;
  const auto speaks = [&](CLI::App* command) {
    command->add_option("--lang", language, "en or zh (default: by LANG)")
        ->check(CLI::IsMember({"en", "zh"}))
        ->type_name("LANG");
  };
  sent_command->add_flag("--explain", sent.explain,
                         "Each field of each record in words: what it is for, how long it is kept");
  speaks(sent_command);
  sent_command->footer(
      "Any user of this laptop may ask, without sudo, while the agent runs.\n\n"
      "Examples:\n"
      "  gnomon-agent sent --explain --lang zh\n"
      "  gnomon-agent sent --pending");

  PauseArguments pause;
  CLI::App* pause_command = app.add_subcommand("pause", "Stop capturing and counting; nobody is told");
  shared(pause_command);
  CLI::Option* pause_for =
      pause_command->add_option("--for", pause.for_time, "How long, such as 2h or 3d")->type_name("DURATION");
  pause_command->add_option("--until", pause.until, "17:30 or \"2026-11-28 17:30\", local time")
      ->excludes(pause_for)
      ->type_name("TIME");
  speaks(pause_command);
  pause_command->footer(
      "Without --for and --until it lasts until `gnomon-agent resume`, also over restarts. Any user of this laptop\n"
      "may pause, unless IT has set local_control: administrators, which `status` and the refusal then say.");

  CLI::App* resume_command = app.add_subcommand("resume", "End a pause");
  shared(resume_command);
  speaks(resume_command);

  bool purge_yes = false;
  CLI::App* purge_command = app.add_subcommand(
      "purge", "Delete all counts, history and the list of what was sent from this laptop");
  shared(purge_command);
  purge_command->add_flag("--yes", purge_yes, "Do not ask");
  speaks(purge_command);

  std::string status_format = "table";
  CLI::App* status_command =
      app.add_subcommand("status", "Is it enrolled, is it running, what waits, what was not seen");
  shared(status_command);
  status_command->add_option("--format", status_format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  Result<Config> config = MakeConfig(flags);
  if (!config.ok()) return Fail(config.status());
  log::Init("gnomon-agent", config->log_level, config->log_format);

  if (*enroll_command) {
    if (token_option->empty() && token_file_option->empty()) {
      return Fail(InvalidArgument("enroll: give the token with --token-file FILE or --token TOKEN"));
    }
    return RunEnroll(*config, enroll);
  }
  if (*run_command) {
    if (run.files.empty()) return RunLive(*config);
    if (!as_day.empty()) {
      Result<Day> day = ParseDay(as_day);
      if (!day.ok()) return Fail(day.status().WithContext("--as-day"));
      run.as_day = *day;
    }
    return RunFiles(*config, run);
  }
  if (*inspect_command) {
    inspect.json_lines = inspect_format == "jsonl";
    return RunInspect(*config, inspect);
  }
  if (*suggest_command) {
    suggest.json = suggest_format == "json";
    return RunSuggest(*config, suggest);
  }
  if (*sent_command) {
    sent.format = sent_format;
    sent.language = LanguageOf(language);
    return RunSent(*config, sent);
  }
  if (*pause_command) {
    pause.language = LanguageOf(language);
    return RunPause(*config, pause);
  }
  if (*resume_command) return RunResume(*config, LanguageOf(language));
  if (*purge_command) return RunPurge(*config, purge_yes, LanguageOf(language));
  return RunStatus(*config, status_format == "json");
}

}  // namespace
}  // namespace gnomon::agent

int main(int argc, char** argv) {
  // A core dump of this process would hold addresses and names.
  prctl(PR_SET_DUMPABLE, 0);
  if (const gnomon::Status status = gnomon::ArmFaultFromEnvironment(); !status.ok()) return gnomon::agent::Fail(status);
  gnomon::wire::RequireTls13();
  return gnomon::agent::Main(argc, argv);
}

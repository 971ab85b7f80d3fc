// gnomon-collector: `init` makes a collector's folder, `run` serves, `publish` hands on releases,
// `operator` makes a credential.
// The stages are in pipeline.h.
#include <google/protobuf/stubs/logging.h>
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/file.h"
#include "base/log.h"
#include "base/version.h"
#include "collector/config.h"
#include "collector/init.h"
#include "collector/operator_command.h"
#include "collector/pipeline.h"
#include "collector/releases/published.h"
#include "collector/restored_command.h"
#include "trust/verify.h"
#include "wire/tls.h"

namespace gnomon::collector {
namespace {

constexpr int kExitFailed = 1;  // something did not work
constexpr int kExitWrong = 2;   // the command line, the configuration or a file is wrong: somebody must act

int Fail(const Status& status) {
  std::fprintf(stderr, "gnomon-collector: %s\n", status.message().c_str());
  const bool wrong = status.code() == StatusCode::kInvalidArgument || status.code() == StatusCode::kDataLoss;
  return wrong ? kExitWrong : kExitFailed;
}

int Init(const Config& config) {
  const auto made = Initialise(config, SystemClock::Get().Now());
  if (!made.ok()) return Fail(made.status());
  const std::string folder = config.data.string();
  std::printf(
      "Made a collector in %s\n\n"
      "  authority.pem, authority.key   its private certificate authority, for 10 years. Keep the "
      "key\n"
      "                                 safe: whoever has it can enrol laptops and read answers.\n"
      "  server.pem                     its own key and certificate, renewed by itself\n"
      "  admin.credential               lets you ask and administer with `gnomon`, for a year\n"
      "  collector.yaml                 its settings; listens on %s, floor %u\n\n"
      "Authority fingerprint (SHA-256): %s\n\n"
      "Next:\n"
      "  gnomon-collector run --data %s\n"
      "  gnomon --credential %s tokens create --department finance --uses 40 --expires 7d\n"
      "  gnomon-agent enroll --collector %s --token <that token>     (on each laptop)\n",
      folder.c_str(), config.listen.c_str(), config.floor, made->fingerprint.c_str(),
      folder.c_str(), made->files.credential.c_str(), made->collector.c_str());
  return 0;
}

int Run(const std::filesystem::path& file, const std::filesystem::path& port_file) {
  const auto config = LoadConfig(file);
  if (!config.ok()) return Fail(config.status());
  log::Init("gnomon-collector", config->log_level, config->log_format);
  const SystemClock& clock = SystemClock::Get();

  boost::asio::io_context loop(1);
  // Before the pipeline starts its threads, so that no signal is lost or kills it half-way.
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  auto pipeline = Pipeline::Start(*config, clock);
  if (!pipeline.ok()) return Fail(pipeline.status());
  const int port = (*pipeline)->port();
  if (!port_file.empty()) {
    const Status written = WriteFileAtomically(port_file, std::to_string(port) + "\n");
    if (!written.ok()) return Fail(written);
  }
  log::Info("listening", {{"port", port}, {"floor", config->floor}});

  boost::asio::steady_timer daily(loop);
  const std::function<void()> expire_tomorrow = [&] {
    daily.expires_after(std::chrono::hours(24));
    daily.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      const Status status = (*pipeline)->Expire();
      if (status.ok()) {
        log::Info("expired");
      } else {
        log::Error("expire_failed", {{"error", status.message()}});
      }
      expire_tomorrow();
    });
  };
  expire_tomorrow();
  signals.async_wait([&](const boost::system::error_code&, int signal) {
    log::Info("stopping", {{"signal", signal}});
    daily.cancel();
  });
  loop.run();
  (*pipeline)->Stop();
  log::Info("stopped");
  return 0;
}

int Renew(const std::filesystem::path& data) {
  const DataFolder files(data);
  const auto config = LoadConfig(files.config);
  if (!config.ok()) return Fail(config.status());
  const auto certificate = ReadFile(files.authority);
  if (!certificate.ok()) return Fail(certificate.status());
  const auto key = ReadFile(files.authority_key);
  if (!key.ok()) return Fail(key.status());
  const auto authority = pki::Authority::Load(*certificate, *key);
  if (!authority.ok()) return Fail(authority.status().WithContext(data.string()));
  const Status made = IssueServer(*config, *authority, SystemClock::Get().Now());
  if (!made.ok()) return Fail(made);
  std::printf("New key and certificate in %s; new connections get it, open ones go on.\n",
              files.server.c_str());
  return 0;
}

struct PublishArguments {
  std::string data, file, root, pin;
  uint32_t percent = 100;
};

void PrintPublished(const releases::Published& published, trust::Kind kind) {
  const auto pin = published.PinnedAt(kind);
  for (const releases::PublishedRelease& release : published.List(kind)) {
    const std::string note = pin && release.version > *pin ? "  held back by the pin" : "";
    std::printf("%s release %llu  %u%%%s\n", std::string(trust::KindName(kind)).c_str(),
                static_cast<unsigned long long>(release.version), release.percent, note.c_str());
  }
}

Status PublishFile(const releases::Published& published, const PublishArguments& arguments) {
  if (arguments.root.empty()) {
    return InvalidArgument("--root: name the root that laptops have, so that it can be checked");
  }
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  GNOMON_ASSIGN_OR_RETURN(trust::Root root, trust::Root::ReadFrom(arguments.root));
  GNOMON_ASSIGN_OR_RETURN(const auto newer, published.RootsAfter(root.version));
  for (const std::string& bytes : newer) {
    GNOMON_ASSIGN_OR_RETURN(root, trust::VerifyRoot(trust::BytesOf(bytes), root, now));
  }
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFile(arguments.file, trust::kMaxReleaseFile));
  const auto parsed = trust::Release::Parse(trust::BytesOf(bytes));
  if (!parsed.ok()) return parsed.status().WithContext(arguments.file);
  const Status status =
      published.Add(trust::BytesOf(bytes), parsed->header.kind, root, arguments.percent, now);
  return status.ok() ? status : status.WithContext(arguments.file);
}

int Publish(const PublishArguments& arguments) {
  const DataFolder files(arguments.data);
  if (!std::filesystem::exists(files.authority_key)) {
    return Fail(InvalidArgument(arguments.data + " holds no collector"));
  }
  const releases::Published published(files.releases);
  if (!arguments.file.empty()) {
    if (Status status = PublishFile(published, arguments); !status.ok()) return Fail(status);
  }
  if (!arguments.pin.empty()) {
    std::optional<uint64_t> version;
    if (arguments.pin != "none") version = std::stoull(arguments.pin);
    const Status status = published.Pin(trust::Kind::kCatalogue, version);
    if (!status.ok()) return Fail(status);
  }
  for (const trust::Kind kind :
       {trust::Kind::kRoot, trust::Kind::kCatalogue, trust::Kind::kPolicy}) {
    PrintPublished(published, kind);
  }
  return 0;
}

constexpr char kFooter[] =
    "The first time:\n"
    "  gnomon-collector init --data /var/lib/gnomon --name gnomon.example.com\n"
    "  gnomon-collector run --data /var/lib/gnomon\n\n"
    "Answers are read with `gnomon`; laptops join with `gnomon-agent enroll`.\n"
    "Groups of fewer devices than the floor are hidden in every answer.";

int Main(int argc, char** argv) {
  wire::RequireTls13();
  // Bytes that do not parse are refused with a reason; the library's own lines about them would let
  // one laptop fill the log.
  google::protobuf::SetLogHandler(nullptr);
  CLI::App app(
      "gnomon-collector takes anonymous usage records from laptops, adds them up, and answers "
      "questions\n"
      "about departments. It keeps no device, user or address beside usage.",
      "gnomon-collector");
  app.set_version_flag("--version", std::string("gnomon-collector ") + kVersion);
  app.footer(kFooter);
  app.require_subcommand(1);

  Config config;
  std::string data, listen = config.listen;
  uint32_t floor = config.floor;
  CLI::App* init = app.add_subcommand(
      "init", "Make a collector: its authority, its certificate, the first administrator");
  init->add_option("--data", data, "Folder to make it in")->required()->type_name("DIR");
  init->add_option("--name", config.names,
                   "A DNS name or address under which laptops reach it (may be repeated)")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  init->add_option("--listen", listen, "Address to listen on; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  init->add_option("--floor", floor, "Hide groups of fewer devices than this; 5 or more")
      ->type_name("K")
      ->capture_default_str();

  std::string file, run_data, port_file;
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM or SIGINT");
  CLI::Option* by_file = run->add_option("--config", file, "Configuration file")->type_name("FILE");
  CLI::Option* by_data =
      run->add_option("--data", run_data, "Folder that init made: its collector.yaml")
          ->type_name("DIR")
          ->excludes(by_file);
  run->add_option("--port-file", port_file, "Write the port here once it listens")
      ->type_name("FILE");

  PublishArguments publish;
  CLI::App* publish_command = app.add_subcommand(
      "publish", "Hand a signed release to laptops, also of a collector that runs; or list them");
  publish_command->add_option("--data", publish.data, "Folder that init made")
      ->required()
      ->type_name("DIR");
  publish_command->add_option("release", publish.file, "From `gnomon catalogue sign`")
      ->type_name("FILE");
  publish_command->add_option("--root", publish.root, "The root that laptops have")
      ->type_name("FILE");
  publish_command->add_option("--percent", publish.percent, "To this many laptops of a hundred")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  publish_command
      ->add_option("--pin", publish.pin, "Nothing newer than this version goes out; none: all")
      ->check(CLI::Validator(
          [](std::string& text) {
            const bool number = !text.empty() && text.size() < 19 &&
                                text.find_first_not_of("0123456789") == std::string::npos;
            return number || text == "none" ? std::string() : "a version, or none";
          },
          "VERSION"));

  std::string renew_data;
  CLI::App* renew = app.add_subcommand(
      "renew", "Make a new server key and certificate now; a collector that runs takes it up");
  renew->add_option("--data", renew_data, "Folder that init made")->required()->type_name("DIR");

  std::string restored_data;
  CLI::App* restored = app.add_subcommand(
      "restored", "After a backup was put back: laptops send again what they sent in the last 14 days");
  restored->add_option("--data", restored_data, "Folder with the restored files; start the collector afterwards")
      ->required()
      ->type_name("DIR");

  OperatorArguments operator_arguments;
  std::string operator_data, operator_out;
  CLI::App* operator_command = app.add_subcommand(
      "operator", "Make an operator's credential here, also while the collector runs");
  operator_command->add_option("--data", operator_data, "Folder that init made")
      ->required()
      ->type_name("DIR");
  operator_command->add_option("--name", operator_arguments.name, "Who it is: stands in the audit log")
      ->required()
      ->type_name("NAME");
  operator_command
      ->add_option("--role", operator_arguments.role, "administrator, it, analyst or auditor")
      ->check(CLI::IsMember({"administrator", "it", "analyst", "auditor"}))
      ->capture_default_str();
  operator_command->add_option("--expires", operator_arguments.expires, "1h to 366d")
      ->type_name("DURATION")
      ->capture_default_str();
  operator_command->add_option("--out", operator_out, "File to write it to, mode 0600")
      ->required()
      ->type_name("FILE");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitWrong;
  }
  if (init->parsed()) {
    config.data = data;
    config.listen = listen;
    config.floor = floor;
    return Init(config);
  }
  if (restored->parsed()) {
    const Status marked = MarkRestored(restored_data, SystemClock::Get().Now());
    if (!marked.ok()) return Fail(marked);
    std::printf("Marked as restored. Start the collector: each laptop then sends again what it sent in the last 14\n"
                "days, at its next delivery. What the backup holds is not counted twice.\n");
    return 0;
  }
  if (publish_command->parsed()) return Publish(publish);
  if (renew->parsed()) return Renew(renew_data);
  if (operator_command->parsed()) {
    operator_arguments.data = operator_data;
    operator_arguments.out = operator_out;
    const Status made = MakeOperator(operator_arguments, SystemClock::Get().Now());
    if (!made.ok()) return Fail(made);
    std::printf("The credential of %s (%s) is in %s.\n", operator_arguments.name.c_str(),
                operator_arguments.role.c_str(), operator_out.c_str());
    return 0;
  }
  if (by_file->empty() && by_data->empty()) {
    return Fail(InvalidArgument("run: name the folder with --data or the file with --config"));
  }
  return Run(by_data->empty() ? std::filesystem::path(file) : DataFolder(run_data).config,
             port_file);
}

}  // namespace
}  // namespace gnomon::collector

int main(int argc, char** argv) {
  if (const gnomon::Status status = gnomon::ArmFaultFromEnvironment(); !status.ok()) {
    return gnomon::collector::Fail(status);
  }
  return gnomon::collector::Main(argc, argv);
}

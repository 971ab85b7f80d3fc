#include "cli/operator_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/terminal.h"
#include "base/text_table.h"
#include "base/yaml.h"
#include "cli/exit_code.h"
#include "gnomon/v1/access.grpc.pb.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string name, role, id, certificate, out;
  std::string expires = "90d";
  std::string format = "table";
};

int Create(const SessionOptions& session_options, const Options& options) {
  const Result<uint64_t> lifetime = ParseDuration(options.expires);
  if (!lifetime.ok()) return Fail(lifetime.status().WithContext("--expires"));
  if (!options.out.empty() && std::filesystem::exists(options.out)) {
    return Fail(AlreadyExists(options.out + " exists; it is not replaced"));
  }
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Operators::Stub stub(session->channel());
  v1::CreateOperatorRequest request;
  request.set_name(options.name);
  request.set_role(options.role);
  request.set_lifetime_seconds(*lifetime);
  const auto made = session->Call(stub, &v1::Operators::Stub::Create, request);
  if (!made.ok()) return Fail(made.status());
  const std::string credential =
      wire::RenderCredential({session->collector(), {made->authority(), "", ""}, made->token()});
  if (options.out.empty()) {
    std::printf("%s", credential.c_str());
    return 0;
  }
  if (Status status = WriteFileAtomically(options.out, credential, 0600); !status.ok()) {
    return Fail(status);
  }
  std::printf(
      "%s is %s until %s (token %s). The credential is in %s: give it to them and to nobody "
      "else.\n",
      options.name.c_str(), options.role.c_str(), FormatMinute(made->expires()).c_str(),
      made->id().c_str(), options.out.c_str());
  return 0;
}

const char* StateOf(const v1::Operator& one, int64_t now) {
  if (one.revoked()) return "revoked";
  return one.expires() <= now ? "expired" : "good";
}

int List(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Operators::Stub stub(session->channel());
  const auto list = session->Call(stub, &v1::Operators::Stub::List, v1::ListOperatorsRequest());
  if (!list.ok()) return Fail(list.status());
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  if (options.format == "json") {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const auto& one : list->operators()) {
      nlohmann::ordered_json row = {{"id", nullptr},
                                    {"name", one.name()},
                                    {"role", one.role()},
                                    {"expires", one.expires()},
                                    {"state", StateOf(one, now)}};
      if (!one.id().empty()) row["id"] = one.id();
      all.push_back(std::move(row));
    }
    std::printf("%s\n", all.dump(1).c_str());
    return 0;
  }
  if (list->operators().empty()) {
    std::printf("No tokens. Make one: gnomon operators create --name \"Ada L.\" --role analyst\n");
    return 0;
  }
  TextTable table({{"ID"}, {"NAME"}, {"ROLE"}, {"EXPIRES"}, {"STATE"}});
  for (const auto& one : list->operators()) {
    const bool token = !one.id().empty();
    table.AddRow({token ? one.id() : "certificate", one.name(), one.role(),
                  token ? FormatMinute(one.expires()) : "", StateOf(one, now)});
  }
  std::printf("%s", table.Render(terminal::WantsColour(stdout)).c_str());
  return 0;
}

int Revoke(const SessionOptions& session_options, const Options& options) {
  if (options.id.empty() == options.certificate.empty()) {
    return Fail(InvalidArgument("revoke: name a token's id, or an operator with --certificate"));
  }
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Operators::Stub stub(session->channel());
  v1::RevokeOperatorRequest request;
  request.set_id(options.id);
  request.set_certificate_name(options.certificate);
  const auto done = session->Call(stub, &v1::Operators::Stub::Revoke, request);
  if (!done.ok()) return Fail(done.status());
  if (options.id.empty()) {
    std::printf("No certificate of operator %s is accepted any more.\n",
                options.certificate.c_str());
  } else {
    std::printf("Token %s of %s (%s) is revoked.\n", options.id.c_str(),
                done->revoked().name().c_str(), done->revoked().role().c_str());
  }
  return 0;
}

}  // namespace

void AddOperatorCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  CLI::App* operators =
      app.add_subcommand("operators", "Who may ask and administer, and until when");
  operators->require_subcommand(1);
  operators->footer(
      "Roles: administrator everything; it tokens, devices, health; analyst questions; auditor "
      "questions,\n"
      "the audit log and the list of operators.\n\n"
      "Examples:\n"
      "  gnomon operators create --name \"Ada L.\" --role analyst --expires 90d --out "
      "ada.credential\n"
      "  gnomon operators list\n"
      "  gnomon operators revoke 7be1c204\n"
      "  gnomon operators revoke --certificate admin");
  const auto options = std::make_shared<Options>();

  CLI::App* create = operators->add_subcommand("create", "Make a credential for somebody");
  create->add_option("--name", options->name, "Who it is: stands in the audit log")
      ->required()
      ->type_name("NAME");
  create->add_option("--role", options->role, "administrator, it, analyst or auditor")
      ->required()
      ->check(CLI::IsMember({"administrator", "it", "analyst", "auditor"}))
      ->type_name("ROLE");
  create->add_option("--expires", options->expires, "How long it is good, 1h to 366d (default 90d)")
      ->type_name("DURATION");
  create
      ->add_option("--out", options->out,
                   "Write the credential here, mode 0600 (default: to standard output)")
      ->type_name("FILE");
  create->callback([=] { *exit_code = Create(*session, *options); });

  CLI::App* list = operators->add_subcommand("list", "Show all operators' tokens, without secrets");
  list->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  list->callback([=] { *exit_code = List(*session, *options); });

  CLI::App* revoke =
      operators->add_subcommand("revoke", "End a token, or all certificates of somebody, now");
  revoke->add_option("id", options->id, "The token's id, from `gnomon operators list`")
      ->type_name("ID");
  revoke
      ->add_option("--certificate", options->certificate,
                   "Instead: an operator who has a certificate, such as init's admin")
      ->type_name("NAME");
  revoke->callback([=] { *exit_code = Revoke(*session, *options); });
}

}  // namespace gnomon::cli

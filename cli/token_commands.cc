#include "cli/token_commands.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/terminal.h"
#include "base/text_table.h"
#include "base/yaml.h"
#include "cli/exit_code.h"
#include "gnomon/v1/enrolment.grpc.pb.h"

namespace gnomon::cli {
namespace {

struct Options {
  std::string department;
  uint32_t uses = 1;
  std::string expires = "7d";
  std::string id;
  bool with_devices = false;
  std::string format = "table";
};

int Create(const SessionOptions& session_options, const Options& options) {
  const Result<uint64_t> lifetime = ParseDuration(options.expires);
  if (!lifetime.ok()) return Fail(lifetime.status().WithContext("--expires"));
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Tokens::Stub stub(session->channel());
  v1::CreateTokenRequest request;
  request.set_department(options.department);
  request.set_uses(options.uses);
  request.set_lifetime_seconds(*lifetime);
  const auto token = session->Call(stub, &v1::Tokens::Stub::Create, request);
  if (!token.ok()) return Fail(token.status());
  if (!terminal::IsTerminal(stdout)) {
    std::printf("%s\n", token->token().c_str());  // alone, for scripts
    return 0;
  }
  std::printf(
      "Token %s lets %u laptop%s join department %s until %s. It is shown once:\n\n  %s\n\n"
      "On each laptop:\n  sudo gnomon-agent enroll --collector %s --token %s\n",
      token->id().c_str(), options.uses, options.uses == 1 ? "" : "s", options.department.c_str(),
      FormatMinute(token->expires()).c_str(), token->token().c_str(), session->collector().c_str(),
      token->token().c_str());
  return 0;
}

const char* StateOf(const v1::ListTokensResponse::Token& token, int64_t now) {
  if (token.revoked()) return "revoked";
  if (token.expires() <= now) return "expired";
  return token.used() >= token.uses() ? "used up" : "open";
}

int List(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Tokens::Stub stub(session->channel());
  const auto tokens = session->Call(stub, &v1::Tokens::Stub::List, v1::ListTokensRequest());
  if (!tokens.ok()) return Fail(tokens.status());
  const int64_t now = SystemClock::Get().Now() / kSecondUs;
  if (options.format == "json") {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const auto& token : tokens->tokens()) {
      all.push_back({{"id", token.id()},
                     {"department", token.department()},
                     {"uses", token.uses()},
                     {"used", token.used()},
                     {"devices", token.devices()},
                     {"expires", token.expires()},
                     {"state", StateOf(token, now)}});
    }
    std::printf("%s\n", all.dump(1).c_str());
    return 0;
  }
  if (tokens->tokens().empty()) {
    std::printf("No tokens. Make one: gnomon tokens create --department finance --uses 40\n");
    return 0;
  }
  TextTable table({{"ID"}, {"DEPARTMENT"}, {"USED", TextTable::Align::kRight},
                   {"OF", TextTable::Align::kRight}, {"DEVICES", TextTable::Align::kRight}, {"EXPIRES"}, {"STATE"}});
  for (const auto& token : tokens->tokens()) {
    table.AddRow({token.id(), token.department(), std::to_string(token.used()),
                  std::to_string(token.uses()), std::to_string(token.devices()), FormatMinute(token.expires()), StateOf(token, now)});
  }
  std::printf("%s", table.Render(terminal::WantsColour(stdout)).c_str());
  return 0;
}

int Revoke(const SessionOptions& session_options, const Options& options) {
  const Result<Session> session = Session::Open(session_options);
  if (!session.ok()) return Fail(session.status());
  v1::Tokens::Stub stub(session->channel());
  v1::RevokeTokenRequest request;
  request.set_id(options.id);
  request.set_with_devices(options.with_devices);
  const auto done = session->Call(stub, &v1::Tokens::Stub::Revoke, request);
  if (!done.ok()) return Fail(done.status());
  const std::string laptops =
      std::to_string(done->devices()) + (done->devices() == 1 ? " laptop" : " laptops");
  if (options.with_devices) {
    std::printf("Token %s is revoked, and %s that joined with it.\n", options.id.c_str(),
                laptops.c_str());
  } else {
    std::printf("Token %s is revoked. %s that joined with it stay%s; --with-devices revokes them too.\n",
                options.id.c_str(), laptops.c_str(), done->devices() == 1 ? "s" : "");
  }
  return 0;
}

}  // namespace

void AddTokenCommands(CLI::App& app, const SessionOptions* session, int* exit_code) {
  CLI::App* tokens = app.add_subcommand("tokens", "Enrolment tokens: how laptops join a department");
  tokens->require_subcommand(1);
  tokens->footer(
      "Examples:\n"
      "  gnomon tokens create --department finance --uses 40 --expires 7d\n"
      "  gnomon tokens list\n"
      "  gnomon tokens revoke 4f2a91c0");
  const auto options = std::make_shared<Options>();

  CLI::App* create = tokens->add_subcommand("create", "Make a token for a department");
  create->add_option("--department", options->department,
                     "Code of the department: lower-case letters, digits, hyphens")
      ->required()
      ->type_name("CODE");
  create->add_option("--uses", options->uses, "Laptops that may join with it (default 1)")
      ->type_name("N");
  create->add_option("--expires", options->expires, "How long it is good: 90m, 12h, 7d (default 7d)")
      ->type_name("DURATION");
  create->callback([=] { *exit_code = Create(*session, *options); });

  CLI::App* list = tokens->add_subcommand("list", "Show all tokens, without their secrets");
  list->add_option("--format", options->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->type_name("FORMAT");
  list->callback([=] { *exit_code = List(*session, *options); });

  CLI::App* revoke = tokens->add_subcommand("revoke", "End a token now");
  revoke->add_option("id", options->id, "The token's id, from `gnomon tokens list`")
      ->required()
      ->type_name("ID");
  revoke->add_flag("--with-devices", options->with_devices,
                   "Also every laptop that joined with it: for a token that leaked");
  revoke->callback([=] { *exit_code = Revoke(*session, *options); });
}

}  // namespace gnomon::cli

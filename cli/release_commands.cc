#include "cli/release_commands.h"

#include <ctime>
#include <iostream>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "cli/exit_code.h"
#include "trust/root.h"
#include "trust/verify.h"

namespace gnomon::cli {
namespace {

using trust::BytesOf;
using trust::Kind;
using trust::Release;
using trust::Root;
using trust::SecretKey;

constexpr int64_t kDaySeconds = 86'400;

struct Options {
  std::string body;
  std::string previous;
  std::string root;
  std::string output;
  std::string file;
  std::vector<std::string> keys;
  std::vector<std::string> signers;
  uint32_t threshold = trust::kMinThreshold;
  int64_t days = 30;
  bool first = false;
};

int64_t NowSeconds() {
  return SystemClock::Get().Now() / kSecondUs;
}

// What laptops would refuse; not that this desk may not do something.
int NotBelieved(const Status& status, const std::string& file) {
  Fail(status.WithContext(file));
  return kExitFailed;
}

// "2026-12-23 14:05 UTC"
std::string When(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[32] = "";
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds);
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

Result<Release> ReadRelease(const std::string& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file, trust::kMaxReleaseFile));
  Result<Release> release = Release::Parse(BytesOf(bytes));
  if (!release.ok()) return release.status().WithContext(file);
  return release;
}

Result<std::vector<SecretKey>> ReadKeys(const std::vector<std::string>& files) {
  std::vector<SecretKey> keys;
  for (const std::string& file : files) {
    GNOMON_ASSIGN_OR_RETURN(SecretKey key, SecretKey::ReadFrom(file));
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string Describe(const Release& release) {
  const trust::Header& header = release.header;
  std::string text = std::string(trust::KindName(header.kind)) + " release " +
                     std::to_string(header.version) + ", issued " + When(header.issued);
  if (header.expires != 0) text += ", good until " + When(header.expires);
  return text + ", " + std::to_string(release.signatures.size()) + " signature" +
         (release.signatures.size() == 1 ? "" : "s");
}

Status WriteRelease(const Release& release, const std::string& file) {
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(file, release.Serialise()));
  std::cout << file << ": " << Describe(release) << '\n';
  return Status::Ok();
}

// --- gnomon trust ------------------------------------------------------------------------------

int KeyGen(const Options& options) {
  const SecretKey key = SecretKey::Generate();
  if (Status status = key.WriteTo(options.output); !status.ok()) return Fail(status);
  // The secret file says nothing on the terminal; the public half is what the root needs.
  std::cout << key.public_key().ToString() << '\n';
  return 0;
}

Result<Root> MakeRoot(const Options& options, uint64_t version) {
  Root root;
  root.version = version;
  root.threshold = options.threshold;
  for (const std::string& signer : options.signers) {
    const size_t at = signer.find('=');
    if (at == std::string::npos || at == 0) {
      return InvalidArgument("--signer " + signer + ": expected OWNER=KEY");
    }
    auto key = trust::PublicKey::Parse(signer.substr(at + 1));
    if (!key.ok()) return key.status().WithContext("--signer " + signer.substr(0, at));
    root.signers.push_back({signer.substr(0, at), *key});
  }
  // All the rules stand in one place, the reader.
  return Root::Parse(root.ToYaml(), "--signer");
}

int NewRoot(const Options& options) {
  const Result<Root> root = MakeRoot(options, 1);
  if (!root.ok()) return Fail(root.status());
  if (Status status = WriteFileAtomically(options.output, root->ToYaml()); !status.ok()) {
    return Fail(status);
  }
  std::cout << options.output << ": root 1, " << root->threshold << " of " << root->signers.size()
            << " signers\n";
  return 0;
}

int Rotate(const Options& options) {
  const Result<Root> old = Root::ReadFrom(options.root);
  if (!old.ok()) return Fail(old.status());
  const Result<Root> next = MakeRoot(options, old->version + 1);
  if (!next.ok()) return Fail(next.status());
  Result<std::vector<SecretKey>> keys = ReadKeys(options.keys);
  if (!keys.ok()) return Fail(keys.status());
  Result<Release> release =
      trust::MakeRelease(Kind::kRoot, next->ToYaml(), NowSeconds(), 0, nullptr);
  if (!release.ok()) return Fail(release.status());
  for (const SecretKey& key : *keys) trust::AddSignature(key, &*release);
  Status status = WriteRelease(*release, options.output);
  return status.ok() ? 0 : Fail(status);
}

// --- gnomon catalogue|policy sign, cosign, verify
// --------------------------------------------------

int Sign(Kind kind, const BodyCheck& check, const Options& options) {
  Result<std::string> body = ReadFile(options.body, trust::kMaxBody);
  if (!body.ok()) return Fail(body.status());
  const Result<std::string> described = check(*body);
  if (!described.ok()) return Fail(described.status().WithContext(options.body));
  Result<Release> previous = Release{};
  if (!options.previous.empty()) {
    previous = ReadRelease(options.previous);
    if (!previous.ok()) return Fail(previous.status());
  } else if (!options.first) {
    return Fail(InvalidArgument(
        "--after: name the release before this one, or say --first if there is none"));
  }
  Result<std::vector<SecretKey>> keys = ReadKeys(options.keys);
  if (!keys.ok()) return Fail(keys.status());
  Result<Release> release =
      trust::MakeRelease(kind, std::move(*body), NowSeconds(), options.days * kDaySeconds,
                         options.previous.empty() ? nullptr : &*previous);
  if (!release.ok()) return Fail(release.status());
  for (const SecretKey& key : *keys) trust::AddSignature(key, &*release);
  std::cout << options.body << ": " << *described << '\n';
  Status status = WriteRelease(*release, options.output);
  return status.ok() ? 0 : Fail(status);
}

int Cosign(Kind kind, const BodyCheck& check, const Options& options) {
  Result<Release> release = ReadRelease(options.file);
  if (!release.ok()) return Fail(release.status());
  // Who signs has seen what it is.
  if (release->header.kind != kind && kind != Kind::kRoot) {
    return Fail(InvalidArgument(options.file + ": is a " +
                                std::string(trust::KindName(release->header.kind)) + " release"));
  }
  const Result<std::string> described = check(release->body);
  if (!described.ok()) return Fail(described.status().WithContext(options.file));
  std::cout << options.file << ": " << *described << '\n';
  Result<std::vector<SecretKey>> keys = ReadKeys(options.keys);
  if (!keys.ok()) return Fail(keys.status());
  for (const SecretKey& key : *keys) trust::AddSignature(key, &*release);
  Status status = WriteRelease(*release, options.file);
  return status.ok() ? 0 : Fail(status);
}

int Verify(Kind kind, const BodyCheck& check, const Options& options) {
  const Result<Root> root = Root::ReadFrom(options.root);
  if (!root.ok()) return Fail(root.status());
  const Result<std::string> bytes = ReadFile(options.file, trust::kMaxReleaseFile);
  if (!bytes.ok()) return Fail(bytes.status());
  std::optional<trust::InUse> in_use;
  if (!options.previous.empty()) {
    const Result<Release> previous = ReadRelease(options.previous);
    if (!previous.ok()) return Fail(previous.status());
    in_use = {previous->header.version, previous->header.digest(), previous->header.issued};
  }
  const Result<trust::Verified> verified =
      trust::Verify(BytesOf(*bytes), kind, *root, in_use, NowSeconds());
  if (!verified.ok()) return NotBelieved(verified.status(), options.file);
  const Result<std::string> described = check(verified->release.body);
  if (!described.ok()) return NotBelieved(described.status(), options.file);
  std::cout << options.file << ": good. " << Describe(verified->release) << "\n  holds "
            << *described << '\n';
  for (const trust::HeaderSignature& signature : verified->release.signatures) {
    const trust::Signer* signer = root->Find(signature.key);
    std::cout << "  signed by "
              << (signer != nullptr ? signer->owner : "an unknown key " + ToHex(signature.key))
              << '\n';
  }
  return 0;
}

void AddKeys(CLI::App* command, Options* options) {
  command->add_option("--key", options->keys, "Secret key file; may be given more than once")
      ->required()
      ->type_name("FILE");
}

void AddSigners(CLI::App* command, Options* options) {
  command->add_option("--signer", options->signers, "Who may sign: OWNER=gnomon-key-1:...")
      ->required()
      ->type_name("OWNER=KEY");
  command->add_option("--threshold", options->threshold, "Different signers that a release needs")
      ->check(CLI::Range(trust::kMinThreshold, static_cast<uint32_t>(trust::kMaxSigners)))
      ->capture_default_str();
}

}  // namespace

void AddReleaseCommands(CLI::App& group, Kind kind, BodyCheck check, int* exit_code) {
  const auto options = std::make_shared<Options>();
  const auto run = [=](CLI::App* command, int (*action)(Kind, const BodyCheck&, const Options&)) {
    command->callback([=] { *exit_code = action(kind, check, *options); });
  };
  CLI::App* sign = group.add_subcommand("sign", "Make a signed release");
  sign->add_option("body", options->body, "What is to be signed")->required()->type_name("FILE");
  CLI::Option* after = sign->add_option("--after", options->previous, "The release before this one")
                           ->type_name("FILE");
  sign->add_flag("--first", options->first, "There is no release before this one")->excludes(after);
  sign->add_option("--days", options->days, "How long it is good: 1 to 35 days")
      ->check(CLI::Range(int64_t{1}, trust::kMaxLifeSeconds / kDaySeconds))
      ->capture_default_str();
  AddKeys(sign, options.get());
  sign->add_option("-o,--output", options->output, "File to write")->required()->type_name("FILE");
  run(sign, Sign);

  CLI::App* cosign = group.add_subcommand("cosign", "Add a signature to a release");
  cosign->add_option("release", options->file, "Made by sign")->required()->type_name("FILE");
  AddKeys(cosign, options.get());
  run(cosign, Cosign);

  CLI::App* verify =
      group.add_subcommand("verify", "Say whether laptops will believe a release, and if not, why");
  verify->add_option("release", options->file, "Made by sign")->required()->type_name("FILE");
  verify->add_option("--root", options->root, "Made by `gnomon trust root`")
      ->required()
      ->type_name("FILE");
  verify->add_option("--after", options->previous, "As if this release were in use")
      ->type_name("FILE");
  run(verify, Verify);
}

void AddTrustCommands(CLI::App& app, int* exit_code) {
  CLI::App* group =
      app.add_subcommand("trust", "Who may sign catalogues and policies: keys and the root");
  group->require_subcommand(1);
  group->footer(
      "Two of three people sign, each on their own machine:\n"
      "  gnomon trust keygen -o alice.key\n"
      "  gnomon trust root --signer alice=gnomon-key-1:... --signer bo=... --signer chi=... "
      "-o trust-root.yaml\n"
      "  gnomon catalogue sign catalogue.pb --first --key alice.key -o catalogue.release\n"
      "  gnomon catalogue cosign catalogue.release --key bo.key\n"
      "  gnomon catalogue verify catalogue.release --root trust-root.yaml");
  const auto options = std::make_shared<Options>();
  const auto run = [=](CLI::App* command, int (*action)(const Options&)) {
    command->callback([=] { *exit_code = action(*options); });
  };
  CLI::App* keygen =
      group->add_subcommand("keygen", "Make a secret key; prints the public one for the root");
  keygen->add_option("-o,--output", options->output, "File for the secret key, mode 0600")
      ->required()
      ->type_name("FILE");
  run(keygen, KeyGen);

  CLI::App* root = group->add_subcommand("root", "Make the first root");
  AddSigners(root, options.get());
  root->add_option("-o,--output", options->output, "File to write")->required()->type_name("FILE");
  run(root, NewRoot);

  CLI::App* rotate = group->add_subcommand(
      "rotate", "Make the next root; needs signatures of enough old and enough new signers");
  rotate->add_option("--root", options->root, "The root now in use")->required()->type_name("FILE");
  AddSigners(rotate, options.get());
  AddKeys(rotate, options.get());
  rotate->add_option("-o,--output", options->output, "Release to write")
      ->required()
      ->type_name("FILE");
  run(rotate, Rotate);

  CLI::App* cosign = group->add_subcommand("cosign", "Add a signature to a root release");
  cosign->add_option("release", options->file, "Made by rotate")->required()->type_name("FILE");
  AddKeys(cosign, options.get());
  cosign->callback([=] {
    const BodyCheck check = [](const std::string& body) -> Result<std::string> {
      GNOMON_ASSIGN_OR_RETURN(const Root next, Root::Parse(body, "root"));
      std::string text =
          "root " + std::to_string(next.version) + ", " + std::to_string(next.threshold) + " of";
      for (const trust::Signer& signer : next.signers) text += " " + signer.owner + ",";
      text.pop_back();
      return text;
    };
    *exit_code = Cosign(Kind::kRoot, check, *options);
  });
}

}  // namespace gnomon::cli

#include "trust/root.h"

#include <algorithm>

#include "base/file.h"
#include "base/yaml.h"

namespace gnomon::trust {
namespace {

constexpr size_t kMaxOwner = 80;

// Printable, and safe inside double quotes.
bool IsPlain(const std::string& owner) {
  return !owner.empty() && owner.size() <= kMaxOwner &&
         std::all_of(owner.begin(), owner.end(), [](unsigned char c) {
           return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
         });
}

Status ReadSigner(const YAML::Node& node, const std::string& origin, Root* root) {
  YamlFields fields(node, origin);
  Signer signer;
  std::string key;
  fields.Require("owner");
  fields.Require("key");
  fields.String("owner", &signer.owner);
  fields.String("key", &key);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  const std::string where = YamlPosition(origin, node) + ": ";
  if (!IsPlain(signer.owner)) {
    return InvalidArgument(where + "owner: 1 to 80 printable characters without quotes");
  }
  auto parsed = PublicKey::Parse(key);
  if (!parsed.ok()) return parsed.status().WithContext(where + "key");
  signer.key = *parsed;
  for (const Signer& other : root->signers) {
    // One person with two entries would be two signers.
    if (other.key == signer.key || other.owner == signer.owner) {
      return InvalidArgument(where + signer.owner + ": this key or owner is listed twice");
    }
  }
  root->signers.push_back(std::move(signer));
  return Status::Ok();
}

}  // namespace

Result<Root> Root::Parse(const std::string& text, const std::string& origin) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node document, ParseYaml(text, origin));
  YamlFields fields(document, origin);
  Root root;
  uint64_t threshold = 0;
  fields.Require("version");
  fields.Require("threshold");
  fields.Require("signers");
  fields.Uint("version", &root.version, 1, UINT32_MAX);
  fields.Uint("threshold", &threshold, kMinThreshold, kMaxSigners);
  const YAML::Node signers = fields.Child("signers");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  if (!signers.IsSequence() || signers.size() > kMaxSigners) {
    return InvalidArgument(origin + ": signers: a list of at most " + std::to_string(kMaxSigners));
  }
  for (const YAML::Node& signer : signers) {
    GNOMON_RETURN_IF_ERROR(ReadSigner(signer, origin, &root));
  }
  if (root.signers.size() < threshold) {
    return InvalidArgument(origin + ": threshold: " + std::to_string(threshold) + " of " +
                           std::to_string(root.signers.size()) + " signers can never be reached");
  }
  root.threshold = static_cast<uint32_t>(threshold);
  return root;
}

Result<Root> Root::ReadFrom(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, 64 * 1024));
  return Parse(text, file.string());
}

std::string Root::ToYaml() const {
  std::string yaml = "version: " + std::to_string(version) +
                     "\nthreshold: " + std::to_string(threshold) + "\nsigners:\n";
  for (const Signer& signer : signers) {
    yaml += "  - owner: \"" + signer.owner + "\"\n    key: " + signer.key.ToString() + "\n";
  }
  return yaml;
}

const Signer* Root::Find(const KeyId& id) const {
  for (const Signer& signer : signers) {
    if (signer.key.id() == id) return &signer;
  }
  return nullptr;
}

}  // namespace gnomon::trust

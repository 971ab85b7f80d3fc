#include "collector/init.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "wire/credential_file.h"

namespace gnomon::collector {
namespace {

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

Result<std::string> CollectorAddress(const Config& config) {
  GNOMON_ASSIGN_OR_RETURN(const auto address, SplitAddress(config.listen));
  std::string host = address.first;
  if (host == "0.0.0.0" || host == "::") {
    host = !config.names.empty() ? config.names.front() : HostName();
    if (host.empty()) host = "localhost";
  }
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host + ":" + std::to_string(address.second);
}

namespace {

// 0700, also where somebody made it for us and nothing is in it yet.
Status MakeDataFolder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool fresh = std::filesystem::is_empty(folder, error) && !error;
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder, 0700));
  if (fresh && ::chmod(folder.c_str(), 0700) != 0) {
    return PermissionDenied(folder.string() + ": cannot be made private (mode 0700)");
  }
  return Status::Ok();
}

}  // namespace

std::vector<std::string> ServerNames(const Config& config) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  add(HostName());
  for (const std::string& name : config.names) add(name);
  if (const auto address = SplitAddress(config.listen);
      address.ok() && address->first != "0.0.0.0" && address->first != "::") {
    add(address->first);
  }
  return names;
}

Status IssueServer(const Config& config, const pki::Authority& authority, TimeUs now) {
  const DataFolder files(config.data);
  GNOMON_ASSIGN_OR_RETURN(const std::string key, pki::MakePrivateKey());
  GNOMON_ASSIGN_OR_RETURN(const std::string certificate,
                          authority.IssueServer(key, ServerNames(config), now, kServerDays));
  // The authority goes along, so that a laptop that only has its fingerprint can fetch it.
  GNOMON_RETURN_IF_ERROR(
      WriteFileAtomically(files.server, key + certificate + authority.certificate_pem(), 0600));
  std::error_code ignored;
  std::filesystem::remove(files.earlier_server_key, ignored);
  return Status::Ok();
}

Result<bool> RenewServer(const Config& config, const pki::Authority& authority, TimeUs now) {
  const DataFolder files(config.data);
  if (std::filesystem::exists(files.server) && !std::filesystem::exists(files.earlier_server_key)) {
    GNOMON_ASSIGN_OR_RETURN(const std::string shown, ReadFile(files.server));
    GNOMON_ASSIGN_OR_RETURN(const TimeUs ends, pki::NotAfter(shown));
    if (ends >= now + kRenewDays * 86'400 * kSecondUs) return false;
  }
  GNOMON_RETURN_IF_ERROR(IssueServer(config, authority, now));
  return true;
}

Result<Initialised> Initialise(const Config& config, TimeUs now) {
  GNOMON_RETURN_IF_ERROR(Validate(config));
  const DataFolder files(config.data);
  for (const auto& file : {files.config, files.authority, files.authority_key, files.server,
                           files.credential, files.usage, files.registry}) {
    if (std::filesystem::exists(file)) {
      return AlreadyExists(file.string() +
                           " exists: this folder holds a collector, and its keys are not replaced");
    }
  }
  GNOMON_RETURN_IF_ERROR(MakeDataFolder(config.data));

  GNOMON_ASSIGN_OR_RETURN(const pki::Authority authority,
                          pki::Authority::Create("Gnomon private authority", now, kAuthorityDays));
  GNOMON_ASSIGN_OR_RETURN(const std::string key, pki::MakePrivateKey());
  GNOMON_ASSIGN_OR_RETURN(const std::string request, pki::MakeCertificateRequest(key));
  const pki::Identity administrator{pki::Identity::Kind::kOperator, "admin", "administrator"};
  GNOMON_ASSIGN_OR_RETURN(const std::string certificate,
                          authority.IssueClient(request, administrator, now, kAdministratorDays));
  Initialised made{files, "", ""};
  GNOMON_ASSIGN_OR_RETURN(made.collector, CollectorAddress(config));
  GNOMON_ASSIGN_OR_RETURN(made.fingerprint, pki::Fingerprint(authority.certificate_pem()));

  GNOMON_RETURN_IF_ERROR(
      WriteFileAtomically(files.authority_key, authority.private_key_pem(), 0600));
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(files.authority, authority.certificate_pem(), 0644));
  GNOMON_RETURN_IF_ERROR(IssueServer(config, authority, now));
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(
      files.credential,
      wire::RenderCredential({made.collector, {authority.certificate_pem(), certificate, key}, ""}),
      0600));
  Config written = config;
  written.data = ".";  // the file lies in the folder, and both may be moved together
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(files.config, RenderConfig(written), 0600));
  return made;
}

}  // namespace gnomon::collector

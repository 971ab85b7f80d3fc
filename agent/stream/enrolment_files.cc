// An enrolment on disk. docs/formats/enrolment.md, "On the laptop".
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "agent/stream/enrol.h"
#include "base/file.h"
#include "base/random.h"
#include "base/yaml.h"
#include "pki/authority.h"

namespace gnomon::stream {
namespace {

constexpr char kAuthority[] = "authority.pem";
constexpr char kDevice[] =
    "device.pem";  // key and certificate in one, so that one rename exchanges both
constexpr char kEarlierKey[] = "device.key";  // where the key lay before that
constexpr char kAccount[] = "account.key";
constexpr char kEnrolment[] = "enrolment.yaml";
constexpr size_t kLongestPem = 64 * 1024;
constexpr size_t kAccountBytes = 32;
constexpr char kBeginCertificate[] = "-----BEGIN CERTIFICATE-----";

Status RemoveFile(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) return PermissionDenied(file.string() + ": " + error.message());
  return Status::Ok();
}

Status SaveDevice(const std::filesystem::path& folder, const Enrolment& enrolment) {
  GNOMON_RETURN_IF_ERROR(
      WriteFileAtomically(folder / kDevice, enrolment.private_key + enrolment.certificate, 0600));
  return RemoveFile(folder / kEarlierKey);
}

Status LoadDevice(const std::filesystem::path& folder, Enrolment* enrolment) {
  GNOMON_ASSIGN_OR_RETURN(const std::string pem, ReadFile(folder / kDevice, kLongestPem));
  const size_t at = std::min(pem.find(kBeginCertificate), pem.size());
  enrolment->private_key = pem.substr(0, at);
  enrolment->certificate = pem.substr(at);
  if (at != 0) return Status::Ok();
  GNOMON_ASSIGN_OR_RETURN(enrolment->private_key, ReadFile(folder / kEarlierKey, kLongestPem));
  return Status::Ok();
}

Status SaveAccount(const std::filesystem::path& folder, const std::string& account) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(account.data());
  return WriteFileAtomically(folder / kAccount,
                             ToHex(std::span<const uint8_t>(bytes, account.size())) + "\n", 0600);
}

int HexDigit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Of an enrolment from before accounts: made now.
Result<std::string> LoadOrMakeAccount(const std::filesystem::path& folder) {
  Result<std::string> text = ReadFile(folder / kAccount, kLongestPem);
  std::string account;
  if (text.status().code() == StatusCode::kNotFound) {
    std::array<uint8_t, kAccountBytes> key;
    FillRandom(key);
    account.assign(key.begin(), key.end());
    GNOMON_RETURN_IF_ERROR(SaveAccount(folder, account));
    return account;
  }
  if (!text.ok()) return text.status();
  if (text->size() == 2 * kAccountBytes + 1 && text->back() == '\n') {
    for (size_t i = 0; i < 2 * kAccountBytes; i += 2) {
      const int high = HexDigit((*text)[i]), low = HexDigit((*text)[i + 1]);
      if (high < 0 || low < 0) break;
      account += static_cast<char>(high << 4 | low);
    }
  }
  if (account.size() != kAccountBytes) {
    return DataLoss((folder / kAccount).string() + ": not 64 hex digits; enrol again");
  }
  return account;
}

}  // namespace

Status GiveToFolderOwner(const std::filesystem::path& folder) {
  struct stat owner {};
  if (geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0 || owner.st_uid == 0) {
    return Status::Ok();
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (::lchown(entry.path().c_str(), owner.st_uid, owner.st_gid) != 0) {
      return PermissionDenied(entry.path().string() + ": cannot be given to the folder's owner");
    }
  }
  return error ? Internal(folder.string() + ": " + error.message()) : Status::Ok();
}

Status SaveRenewal(const std::filesystem::path& folder, const Enrolment& enrolment) {
  GNOMON_RETURN_IF_ERROR(SaveDevice(folder, enrolment));
  return GiveToFolderOwner(folder);
}

Status SaveEnrolment(const std::filesystem::path& folder, const Enrolment& enrolment) {
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder, 0700));
  // enrolment.yaml goes first and comes back last: a crash in between leaves a folder that is not
  // enrolled, never a key beside another enrolment's certificate.
  GNOMON_RETURN_IF_ERROR(RemoveFile(folder / kEnrolment));
  GNOMON_RETURN_IF_ERROR(SaveAccount(folder, enrolment.account));
  GNOMON_RETURN_IF_ERROR(SaveDevice(folder, enrolment));
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(folder / kAuthority, enrolment.authority));
  YAML::Emitter text;
  text << YAML::BeginMap;
  text << YAML::Key << "collector" << YAML::Value << YAML::DoubleQuoted << enrolment.collector;
  text << YAML::Key << "department" << YAML::Value << YAML::DoubleQuoted << enrolment.department;
  text << YAML::EndMap << YAML::Newline;
  return WriteFileAtomically(folder / kEnrolment, text.c_str());
}

Result<Enrolment> LoadEnrolment(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kEnrolment;
  Result<std::string> text = ReadFile(file, kLongestPem);
  if (text.status().code() == StatusCode::kNotFound) {
    return FailedPrecondition("not enrolled: " + folder.string() +
                              " holds no enrolment.yaml. Ask IT for a token, then run "
                              "gnomon-agent enroll --collector HOST:PORT --token TOKEN");
  }
  if (!text.ok()) return text.status();
  Enrolment enrolment;
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYaml(*text, file.string()));
  YamlFields fields(root, file.string());
  fields.Require("collector");
  fields.Require("department");
  fields.String("collector", &enrolment.collector);
  fields.String("department", &enrolment.department);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  GNOMON_ASSIGN_OR_RETURN(enrolment.authority, ReadFile(folder / kAuthority, kLongestPem));
  GNOMON_RETURN_IF_ERROR(LoadDevice(folder, &enrolment));

  const Result<pki::Identity> identity = pki::ReadIdentity(enrolment.certificate);
  if (!identity.ok() || identity->kind != pki::Identity::Kind::kDevice ||
      identity->scope != enrolment.department ||
      !pki::CheckKeyPair(enrolment.certificate, enrolment.private_key).ok() ||
      !pki::Fingerprint(enrolment.authority).ok()) {
    return DataLoss(folder.string() +
                    ": key, certificate and enrolment.yaml do not belong together; enrol again");
  }
  GNOMON_ASSIGN_OR_RETURN(enrolment.account, LoadOrMakeAccount(folder));
  return enrolment;
}

}  // namespace gnomon::stream

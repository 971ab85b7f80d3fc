// An enrolment on disk. docs/formats/enrolment.md, "On the laptop".
#include <system_error>

#include "agent/stream/enrol.h"
#include "base/file.h"
#include "base/yaml.h"
#include "pki/authority.h"

namespace gnomon::stream {
namespace {

constexpr char kAuthority[] = "authority.pem";
constexpr char kCertificate[] = "device.pem";
constexpr char kPrivateKey[] = "device.key";
constexpr char kEnrolment[] = "enrolment.yaml";
constexpr size_t kLongestPem = 64 * 1024;

}  // namespace

Status SaveEnrolment(const std::filesystem::path& folder, const Enrolment& enrolment) {
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder, 0700));
  // enrolment.yaml goes first and comes back last: a crash in between leaves a folder that is not
  // enrolled, never a key beside another enrolment's certificate.
  std::error_code error;
  std::filesystem::remove(folder / kEnrolment, error);
  if (error) return PermissionDenied((folder / kEnrolment).string() + ": " + error.message());
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(folder / kPrivateKey, enrolment.private_key, 0600));
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(folder / kCertificate, enrolment.certificate));
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
  GNOMON_ASSIGN_OR_RETURN(enrolment.certificate, ReadFile(folder / kCertificate, kLongestPem));
  GNOMON_ASSIGN_OR_RETURN(enrolment.private_key, ReadFile(folder / kPrivateKey, kLongestPem));

  const Result<pki::Identity> identity = pki::ReadIdentity(enrolment.certificate);
  if (!identity.ok() || identity->kind != pki::Identity::Kind::kDevice ||
      identity->scope != enrolment.department ||
      !pki::CheckKeyPair(enrolment.certificate, enrolment.private_key).ok() ||
      !pki::Fingerprint(enrolment.authority).ok()) {
    return DataLoss(folder.string() +
                    ": key, certificate and enrolment.yaml do not belong together; enrol again");
  }
  return enrolment;
}

}  // namespace gnomon::stream

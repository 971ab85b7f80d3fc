#include "cli/session.h"

#include <cstdlib>

#include "base/clock.h"
#include "base/yaml.h"
#include "pki/authority.h"

namespace gnomon::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::filesystem::path DefaultCredential() {
  if (std::string file = Environment("GNOMON_CREDENTIAL"); !file.empty()) return file;
  return std::filesystem::path(Environment("HOME")) / ".config" / "gnomon" / "credential";
}

Result<wire::OperatorCredential> LoadCredential(const std::filesystem::path& file) {
  Result<YAML::Node> root = ParseYamlFile(file);
  if (!root.ok()) {
    if (root.status().code() != StatusCode::kNotFound) return root.status();
    return NotFound("no credential at " + file.string() +
                    ": give --credential FILE or set GNOMON_CREDENTIAL "
                    "(`gnomon-collector init` makes the first one)");
  }
  wire::OperatorCredential credential;
  YamlFields fields(*root, file.string());
  fields.Require("collector");
  fields.Require("authority");
  fields.String("collector", &credential.collector);
  fields.String("authority", &credential.pem.authority);
  fields.String("certificate", &credential.pem.certificate);
  fields.String("private_key", &credential.pem.private_key);
  fields.String("token", &credential.token);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  const bool by_certificate =
      !credential.pem.certificate.empty() && !credential.pem.private_key.empty();
  if (by_certificate == !credential.token.empty()) {
    return InvalidArgument(file.string() + ": needs a token, or a certificate and a private_key");
  }
  if (!by_certificate) {
    credential.pem.certificate.clear();
    credential.pem.private_key.clear();
    return credential;
  }
  if (Status pair = pki::CheckKeyPair(credential.pem.certificate, credential.pem.private_key);
      !pair.ok()) {
    return pair.WithContext(file.string());
  }
  // TLS would only say that the connection was closed.
  GNOMON_ASSIGN_OR_RETURN(const TimeUs end, pki::NotAfter(credential.pem.certificate));
  if (end <= SystemClock::Get().Now()) {
    return Unauthenticated(file.string() + ": this credential ended on " +
                           FormatDay(ToLocal(end).day) + "; ask an administrator for a new one");
  }
  return credential;
}

Result<Session> Session::Open(const SessionOptions& options) {
  const std::filesystem::path file =
      options.credential.empty() ? DefaultCredential() : std::filesystem::path(options.credential);
  GNOMON_ASSIGN_OR_RETURN(const wire::OperatorCredential credential, LoadCredential(file));
  Session session;
  session.collector_ =
      !options.collector.empty() ? options.collector : Environment("GNOMON_COLLECTOR");
  if (session.collector_.empty()) session.collector_ = credential.collector;
  session.token_ = credential.token;
  session.channel_ = wire::Connect(session.collector_, credential.pem);
  return session;
}

Status Session::Explain(const grpc::Status& status) const {
  const Status plain = wire::FromGrpc(status);
  if (plain.code() == StatusCode::kUnavailable) {
    return Unavailable("no answer from the collector at " + collector_ + ": " + plain.message());
  }
  return plain;
}

}  // namespace gnomon::cli

#include "wire/credential_file.h"

#include "base/yaml.h"

namespace gnomon::wire {

std::string RenderCredential(const OperatorCredential& credential) {
  YAML::Emitter out;
  out << YAML::Comment(
             "An operator's credential for `gnomon`. Whoever has this file is the operator.")
      << YAML::BeginMap;
  out << YAML::Key << "collector" << YAML::Value << YAML::DoubleQuoted << credential.collector;
  out << YAML::Key << "authority" << YAML::Value << YAML::Literal << credential.pem.authority;
  if (credential.token.empty()) {
    out << YAML::Key << "certificate" << YAML::Value << YAML::Literal << credential.pem.certificate;
    out << YAML::Key << "private_key" << YAML::Value << YAML::Literal << credential.pem.private_key;
  } else {
    out << YAML::Key << "token" << YAML::Value << YAML::DoubleQuoted << credential.token;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace gnomon::wire

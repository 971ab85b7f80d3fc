// The file with which `gnomon` asks and administers: docs/formats/enrolment.md, "On the operator's
// desk".
#pragma once

#include <string>

#include "wire/tls.h"

namespace gnomon::wire {

struct OperatorCredential {
  std::string collector;  // host:port
  Credentials pem;        // without a certificate where a token is given
  std::string token;      // gno1-...; empty: by certificate
};

// YAML, to be written with mode 0600.
std::string RenderCredential(const OperatorCredential& credential);

}  // namespace gnomon::wire

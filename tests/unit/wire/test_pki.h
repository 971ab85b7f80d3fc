// A fresh authority with a server and clients, for tests over loopback.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "pki/authority.h"
#include "wire/tls.h"

namespace gnomon::wire {

struct TestPki {
  pki::Authority authority =
      pki::Authority::Create("Gnomon test", SystemClock::Get().Now(), 30).value();

  Credentials Server() const {
    const std::string key = pki::MakePrivateKey().value();
    const std::string certificate =
        authority.IssueServer(key, {"localhost", "127.0.0.1"}, SystemClock::Get().Now(), 10)
            .value();
    return {authority.certificate_pem(), certificate, key};
  }

  Credentials Client(const pki::Identity& identity) const {
    const std::string key = pki::MakePrivateKey().value();
    const std::string request = pki::MakeCertificateRequest(key).value();
    const std::string certificate =
        authority.IssueClient(request, identity, SystemClock::Get().Now(), 10).value();
    return {authority.certificate_pem(), certificate, key};
  }

  Credentials Device(const std::string& department) const {
    return Client({pki::Identity::Kind::kDevice, RandomHex(16), department});
  }

  Credentials Nobody() const { return {authority.certificate_pem(), "", ""}; }
};

}  // namespace gnomon::wire

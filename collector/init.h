// What `gnomon-collector init` makes: the private authority, the server's key and certificate, the
// first administrator's credential and collector.yaml, in one folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "collector/config.h"
#include "pki/authority.h"

namespace gnomon::collector {

inline constexpr int kAuthorityDays = 3650;
inline constexpr int kServerDays = 365;  // renewed by `run`, kRenewDays before its end
inline constexpr int kRenewDays = 60;
inline constexpr int kAdministratorDays = 365;

struct Initialised {
  DataFolder files;
  std::string collector;    // host:port, as written into the credential
  std::string fingerprint;  // of the authority
};

// `config.data` is the folder. kAlreadyExists where it holds a collector: nothing is overwritten.
Result<Initialised> Initialise(const Config& config, TimeUs now);

// localhost, the loopback addresses, this machine's name, and config.names.
std::vector<std::string> ServerNames(const Config& config);

// Where an operator on another desk would connect: never "any address".
Result<std::string> CollectorAddress(const Config& config);

// A new server key and certificate, written into the data folder in one step; a collector that runs takes it up.
Status IssueServer(const Config& config, const pki::Authority& authority, TimeUs now);
// The same where the one that is there ends within kRenewDays; whether it did.
Result<bool> RenewServer(const Config& config, const pki::Authority& authority, TimeUs now);

}  // namespace gnomon::collector

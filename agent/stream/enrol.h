// Enrolment: a token becomes a key and certificate on this device.
#pragma once

#include <filesystem>
#include <string>

#include "base/status.h"

namespace gnomon::stream {

// What a laptop holds after enrolment. Lives in one folder: authority.pem, device.pem, device.key
// (0600), enrolment.yaml.
struct Enrolment {
  std::string collector;    // host:port
  std::string department;
  std::string authority;    // PEM
  std::string certificate;  // PEM
  std::string private_key;  // PEM
};

// Checks the collector's authority against the token, makes the key, gets the certificate.
// kUnauthenticated: wrong authority, or the token is unknown, used up, expired or revoked.
Result<Enrolment> Enrol(const std::string& collector, const std::string& token, int timeout_seconds);

Status SaveEnrolment(const std::filesystem::path& folder, const Enrolment& enrolment);
// kFailedPrecondition where the folder holds none: says how to enrol.
Result<Enrolment> LoadEnrolment(const std::filesystem::path& folder);

}  // namespace gnomon::stream

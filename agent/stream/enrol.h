// Enrolment: a token becomes a key and certificate on this device.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::stream {

// What a laptop holds after enrolment. Lives in one folder: authority.pem, device.pem (key and
// certificate, 0600), account.key (0600), enrolment.yaml.
struct Enrolment {
  std::string collector;  // host:port
  std::string department;
  std::string authority;    // PEM
  std::string certificate;  // PEM
  std::string private_key;  // PEM
  // 32 random bytes: the key of this laptop's account at the collector (docs/adr/0011-accounts.md).
  // Outlives renewals.
  std::string account;
};

// Checks the collector's authority against the token, makes the key, gets the certificate.
// `previous` is what this laptop holds already, of this collector, or null: with it the laptop
// proves that it is the same device. kUnauthenticated: wrong authority, or the token is unknown,
// used up, expired or revoked. kPermissionDenied: the previous device was revoked.
Result<Enrolment> Enrol(const std::string& collector, const std::string& token, int timeout_seconds,
                        const Enrolment* previous = nullptr);

// A new key and certificate for the same device: under the current certificate, or, once that has
// ended, with a proof. kUnauthenticated, kPermissionDenied: never again; a token is needed.
Result<Enrolment> Renew(const Enrolment& current, TimeUs now, int timeout_seconds);

Status SaveEnrolment(const std::filesystem::path& folder, const Enrolment& enrolment);
// Key and certificate of the same enrolment, in one step: after a crash the folder holds the old
// pair or the new one.
Status SaveRenewal(const std::filesystem::path& folder, const Enrolment& enrolment);
// kFailedPrecondition where the folder holds none: says how to enrol. Makes an account's key where
// there is none yet.
Result<Enrolment> LoadEnrolment(const std::filesystem::path& folder);
// Owner and group of the folder's files become the folder's: root enrols, the service's user reads.
Status GiveToFolderOwner(const std::filesystem::path& folder);

}  // namespace gnomon::stream

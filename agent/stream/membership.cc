#include "agent/stream/membership.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "base/fault_point.h"
#include "base/file.h"
#include "pki/authority.h"

namespace gnomon::stream {
namespace {

const FaultPoint kRenewalAsked("renewal.before");  // due, nothing has left the laptop
const FaultPoint kRenewalAnswered(
    "renewal.answer.after");  // the collector has issued it, it is in memory only
const FaultPoint kRenewalSaved("renewal.save.after");  // on the disk, not used yet

constexpr size_t kLongestTokenFile = 4096;  // a token and blanks around it

// Whether only a token helps.
bool IsFinal(const Status& status) {
  return status.code() == StatusCode::kUnauthenticated ||
         status.code() == StatusCode::kPermissionDenied;
}

Result<Enrolment> JoinWithToken(const std::filesystem::path& folder,
                                const ManagedEnrolment& managed, const Enrolment* previous,
                                int timeout_seconds) {
  GNOMON_ASSIGN_OR_RETURN(const std::string token, ReadToken(managed.token_file));
  GNOMON_ASSIGN_OR_RETURN(Enrolment enrolment,
                          Enrol(managed.collector, token, timeout_seconds, previous));
  GNOMON_RETURN_IF_ERROR(SaveEnrolment(folder, enrolment));
  GNOMON_RETURN_IF_ERROR(GiveToFolderOwner(folder));
  return enrolment;
}

}  // namespace

Result<std::string> ReadToken(const std::filesystem::path& file) {
  if (file == "-") {
    std::string token;
    std::getline(std::cin, token);
    if (token.empty()) return InvalidArgument("standard input: no token");
    return token;
  }
  return ReadFile(file, kLongestTokenFile);
}

Result<Enrolment> LoadOrEnrol(const std::filesystem::path& folder, const ManagedEnrolment& managed,
                              int timeout_seconds) {
  Result<Enrolment> held = LoadEnrolment(folder);
  if (held.status().code() != StatusCode::kFailedPrecondition || !managed.given()) return held;
  GNOMON_RETURN_IF_ERROR(MakeFolder(folder, 0700));
  Result<Enrolment> joined = JoinWithToken(folder, managed, nullptr, timeout_seconds);
  if (!joined.ok())
    return joined.status().WithContext("enrolling with " + managed.token_file.string());
  return joined;
}

Membership::Membership(std::filesystem::path folder, Enrolment enrolment, ManagedEnrolment managed,
                       double share)
    : folder_(std::move(folder)),
      managed_(std::move(managed)),
      share_(std::clamp(share, 0.0, 1.0)) {
  Use(std::move(enrolment));
}

void Membership::Use(Enrolment enrolment) {
  enrolment_ = std::move(enrolment);
  const Result<pki::Validity> validity = pki::ValidityOf(enrolment_.certificate);
  if (!validity.ok()) return;  // LoadEnrolment and Enrol have read it
  ends_ = validity->ends;
  const double life = static_cast<double>(validity->ends - validity->begins);
  renewal_ = validity->ends - static_cast<TimeUs>(life * (1.0 / 3 + share_ / 6));
}

Result<Membership::Kept> Membership::Keep(TimeUs now, bool refused, int timeout_seconds) {
  if (now >= renewal_) {
    if (kRenewalAsked.Reached()) return Unavailable("fault");
    Result<Enrolment> renewed = Renew(enrolment_, now, timeout_seconds);
    if (renewed.ok()) {
      if (kRenewalAnswered.Reached()) return Unavailable("fault");
      GNOMON_RETURN_IF_ERROR(SaveRenewal(folder_, *renewed));
      if (kRenewalSaved.Reached()) return Unavailable("fault");
      Use(std::move(*renewed));
      return Kept::kRenewed;
    }
    if (!IsFinal(renewed.status()) || !managed_.given()) return renewed.status();
  } else if (!refused) {
    return Kept::kUnchanged;
  } else if (!managed_.given()) {
    return PermissionDenied("the collector refuses this laptop; a new token is needed");
  }
  GNOMON_ASSIGN_OR_RETURN(Enrolment joined,
                          JoinWithToken(folder_, managed_, &enrolment_, timeout_seconds));
  Use(std::move(joined));
  return Kept::kJoinedAgain;
}

}  // namespace gnomon::stream

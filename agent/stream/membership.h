// Keeps this laptop a member of its collector: renews the certificate well before its end, renews
// one that has ended by proof, and joins again with the token that device management left, where
// nothing else helps.
#pragma once

#include <filesystem>
#include <string>

#include "agent/stream/enrol.h"
#include "base/clock.h"
#include "base/status.h"

namespace gnomon::stream {

// From the configuration or the environment, for laptops that are managed: enrolment without a
// person.
struct ManagedEnrolment {
  std::string collector;             // host:port; empty: none
  std::filesystem::path token_file;  // empty: none
  bool given() const { return !collector.empty() && !token_file.empty(); }
};

// The token in a file; "-" is standard input.
Result<std::string> ReadToken(const std::filesystem::path& file);

// What the folder holds; where that is nothing and `managed` is given, enrols now and saves.
Result<Enrolment> LoadOrEnrol(const std::filesystem::path& folder, const ManagedEnrolment& managed,
                              int timeout_seconds);

// Threads: one at a time.
class Membership {
 public:
  enum class Kept {
    kUnchanged,
    kRenewed,      // a new certificate for the same device
    kJoinedAgain,  // with the token: may be another department
  };

  // `share`, from 0 to 1, is this laptop's place among the fleet: it renews when a third to a half
  // of the certificate's life is left, so that laptops that joined together do not renew together.
  Membership(std::filesystem::path folder, Enrolment enrolment, ManagedEnrolment managed,
             double share);

  // Does what is due. `refused`: the collector refused this device since the last call. An error
  // leaves all as it was.
  Result<Kept> Keep(TimeUs now, bool refused, int timeout_seconds);

  const Enrolment& enrolment() const { return enrolment_; }
  // When the certificate that is held ends, and when it will be renewed.
  TimeUs ends() const { return ends_; }
  TimeUs renewal() const { return renewal_; }

 private:
  void Use(Enrolment enrolment);

  const std::filesystem::path folder_;
  const ManagedEnrolment managed_;
  const double share_;
  Enrolment enrolment_;
  TimeUs ends_ = 0;
  TimeUs renewal_ = 0;
};

}  // namespace gnomon::stream

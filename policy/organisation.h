// A policy as those who answer questions read it: departments and what is sanctioned, by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "gnomon/v1/policy.pb.h"

namespace gnomon::policy {

class Organisation {
 public:
  struct Department {
    std::string name;
    v1::Function function = v1::FUNCTION_UNSPECIFIED;
    uint32_t heads = 0;  // 0: not known
    std::map<std::string, uint32_t, std::less<>>
        seats;  // of services that are sanctioned for it alone
  };

  Organisation() = default;  // nothing was decided
  explicit Organisation(const v1::Policy& policy);

  // Is there a policy at all? Without one nothing is known to be sanctioned, or not.
  bool decided() const { return decided_; }
  uint32_t floor() const { return floor_; }             // 0: not decided
  const Department* Find(std::string_view code) const;  // null: the policy does not name it

  // For everybody, or for this department.
  bool Sanctioned(std::string_view department, std::string_view service) const;
  bool SanctionedForAll(std::string_view service) const { return seats_.contains(service); }
  // Bought for this department alone, and for everybody; 0: none, or not known.
  uint32_t Seats(std::string_view department, std::string_view service) const;
  uint32_t SeatsForAll(std::string_view service) const;

 private:
  bool decided_ = false;
  uint32_t floor_ = 0;
  std::map<std::string, Department, std::less<>> departments_;
  std::map<std::string, uint32_t, std::less<>> seats_;  // sanctioned for everybody
};

}  // namespace gnomon::policy

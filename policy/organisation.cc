#include "policy/organisation.h"

namespace gnomon::policy {
namespace {

template <typename Entries>
std::map<std::string, uint32_t, std::less<>> SeatsOf(const Entries& entries) {
  std::map<std::string, uint32_t, std::less<>> seats;
  for (const v1::Policy::Sanctioned& entry : entries) seats[entry.service()] += entry.seats();
  return seats;
}

uint32_t Value(const std::map<std::string, uint32_t, std::less<>>& seats,
               std::string_view service) {
  const auto found = seats.find(service);
  return found == seats.end() ? 0 : found->second;
}

}  // namespace

Organisation::Organisation(const v1::Policy& policy)
    : decided_(true), floor_(policy.floor()), seats_(SeatsOf(policy.sanctioned())) {
  for (const v1::Policy::Department& each : policy.departments()) {
    departments_[each.code()] = {each.name(), each.function(), each.heads(),
                                 SeatsOf(each.sanctioned())};
  }
}

const Organisation::Department* Organisation::Find(std::string_view code) const {
  const auto found = departments_.find(code);
  return found == departments_.end() ? nullptr : &found->second;
}

bool Organisation::Sanctioned(std::string_view department, std::string_view service) const {
  if (SanctionedForAll(service)) return true;
  const Department* found = Find(department);
  return found != nullptr && found->seats.contains(service);
}

uint32_t Organisation::Seats(std::string_view department, std::string_view service) const {
  const Department* found = Find(department);
  return found == nullptr ? 0 : Value(found->seats, service);
}

uint32_t Organisation::SeatsForAll(std::string_view service) const {
  return Value(seats_, service);
}

}  // namespace gnomon::policy

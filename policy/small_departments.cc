#include "policy/small_departments.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace gnomon::policy {
namespace {

struct Sized {
  uint32_t heads = 0;
  std::string code;
  bool operator<(const Sized& other) const {
    return std::tie(heads, code) < std::tie(other.heads, other.code);
  }
};

struct OfFunction {
  std::vector<Sized> small, large;  // under the floor, and not
};

void Add(const Sized& department, Merge& merge) {
  merge.departments.push_back(department.code);
  merge.heads += department.heads;
}

void ProposeWithin(OfFunction& departments, uint32_t floor, std::vector<Merge>& merges) {
  std::sort(departments.small.begin(), departments.small.end());
  std::vector<Merge> whole;
  Merge rest;
  for (const Sized& each : departments.small) {
    Add(each, rest);
    if (rest.heads >= 2 * floor) whole.push_back(std::exchange(rest, {}));
  }
  if (!rest.departments.empty()) {
    if (!whole.empty()) {
      Merge& last = whole.back();
      last.departments.insert(last.departments.end(), rest.departments.begin(),
                              rest.departments.end());
      last.heads += rest.heads;
    } else {
      if (rest.heads < floor && !departments.large.empty()) {
        Add(*std::min_element(departments.large.begin(), departments.large.end()), rest);
      }
      whole.push_back(std::move(rest));
    }
  }
  for (Merge& merge : whole) {
    std::sort(merge.departments.begin(), merge.departments.end());
    merges.push_back(std::move(merge));
  }
}

std::string Listed(const std::vector<std::string>& codes) {
  std::string text;
  for (size_t i = 0; i < codes.size(); ++i) {
    if (i > 0) text += i + 1 == codes.size() ? " and " : ", ";
    text += codes[i];
  }
  return text;
}

}  // namespace

std::vector<Merge> ProposeMerges(const v1::Policy& policy) {
  std::map<v1::Function, OfFunction> by_function;
  std::vector<Merge> merges;
  for (const v1::Policy::Department& each : policy.departments()) {
    if (each.heads() == 0) continue;
    const bool small = each.heads() < policy.floor();
    if (each.function() == v1::FUNCTION_UNSPECIFIED) {
      if (small) merges.push_back({{each.code()}, each.heads(), false});
      continue;
    }
    OfFunction& same = by_function[each.function()];
    (small ? same.small : same.large).push_back({each.heads(), each.code()});
  }
  for (auto& [function, departments] : by_function) {
    ProposeWithin(departments, policy.floor(), merges);
  }
  return merges;
}

std::string Describe(const Merge& merge, uint32_t floor) {
  const std::string people = std::to_string(merge.heads) + " people";
  const std::string wanted = std::to_string(floor);
  if (!merge.possible()) {
    const std::string hidden = merge.departments.front() + " has " + people +
                               ", fewer than the floor of " + wanted +
                               ": it will always be hidden. ";
    return hidden + (merge.function_known ? "No department of its function can be merged with it."
                                          : "Say its function, and a merge can be proposed.");
  }
  std::string text = "Merge " + Listed(merge.departments) + ", which have the same function and " +
                     people + " together: ";
  if (merge.heads < floor) {
    return text + "even so they are fewer than the floor of " + wanted + " and stay hidden.";
  }
  return text + "apart, those with fewer than " + wanted + " people will always be hidden.";
}

}  // namespace gnomon::policy

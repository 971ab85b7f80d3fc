// Tries to learn numbers about fewer laptops than the floor, from answers alone, and prints how
// often it worked. A claim counts only where it is true to the turn.
//
//   attack_table          the table
//   attack_table --check  ends with 1 where the gate does not hold what it is said to hold, or
//   where an attack finds
//                         nothing even without the gate and so tests nothing
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "tests/attacks/company.h"

namespace gnomon::attacks {
namespace {

constexpr uint32_t kFloor = 10;
constexpr Day kAllArrived = 1'000'000;  // later than any record

using Attack = std::vector<Claim> (*)(const Company&, Gate);

Claim AboutMonth(const Company& company, const std::string& department,
                 std::set<std::string> services, uint64_t turns) {
  return {{department}, std::move(services), company.first, company.end, 0, kAllArrived, turns};
}

Answer AskAtLast(const Company& company, Gate gate) {
  return Ask(company, gate, company.end, kAllArrived, kFloor);
}

std::set<std::string> Names(const Answer::Department& department) {
  std::set<std::string> names;
  for (const auto& [service, turns] : department.services) names.insert(service);
  return names;
}

// Just reads what is shown.
std::vector<Claim> SmallDepartment(const Company& company, Gate gate) {
  std::vector<Claim> claims;
  for (const auto& [name, department] : AskAtLast(company, gate).departments) {
    if (department.total)
      claims.push_back(AboutMonth(company, name, Names(department), *department.total));
  }
  return claims;
}

std::vector<Claim> SmallService(const Company& company, Gate gate) {
  std::vector<Claim> claims;
  for (const auto& [name, department] : AskAtLast(company, gate).departments) {
    for (const auto& [service, turns] : department.services) {
      if (turns) claims.push_back(AboutMonth(company, name, {service}, *turns));
    }
  }
  return claims;
}

// A shown cell that is nearly all one laptop's: whoever knows of that laptop, knows its number.
std::vector<Claim> Dominance(const Company& company, Gate gate) {
  std::vector<Claim> claims = SmallService(company, gate);
  for (Claim& claim : claims) claim.one_laptop = true;
  return claims;
}

// A department's total less its shown services is what the hidden ones have together. Where nothing
// is hidden, each service is had from the others.
std::vector<Claim> Complement(const Company& company, Gate gate) {
  std::vector<Claim> claims;
  for (const auto& [name, department] : AskAtLast(company, gate).departments) {
    if (!department.total) continue;
    uint64_t shown = 0;
    std::set<std::string> hidden;
    for (const auto& [service, turns] : department.services) {
      if (!turns) hidden.insert(service);
      shown += turns.value_or(0);
    }
    if (!hidden.empty()) {
      claims.push_back(AboutMonth(company, name, hidden, *department.total - shown));
      continue;
    }
    for (const auto& [service, turns] : department.services) {
      claims.push_back(AboutMonth(company, name, {service}, *department.total - (shown - *turns)));
    }
  }
  return claims;
}

// The company's row of a service less the departments that show it: the same number by another
// filter.
std::vector<Claim> OverlappingFilters(const Company& company, Gate gate) {
  const Answer answer = AskAtLast(company, gate);
  std::vector<Claim> claims;
  for (const auto& [service, all] : answer.services) {
    uint64_t shown = 0;
    std::set<std::string> others;
    std::vector<std::pair<std::string, uint64_t>> single;
    for (const auto& [name, department] : answer.departments) {
      const auto found = department.services.find(service);
      if (found != department.services.end() && found->second) {
        shown += *found->second;
        single.emplace_back(name, *found->second);
      } else {
        others.insert(name);
      }
    }
    if (all > shown) {
      claims.push_back(
          {others, {service}, company.first, company.end, 0, kAllArrived, all - shown});
    }
    if (!others.empty()) continue;
    for (const auto& [name, turns] : single) {
      claims.push_back(AboutMonth(company, name, {service}, all - (shown - turns)));
    }
  }
  return claims;
}

// What `later` has more than `earlier`, cell by cell.
void Subtract(const Answer& earlier, const Answer& later, Claim about, std::vector<Claim>& claims) {
  for (const auto& [name, department] : later.departments) {
    const auto before = earlier.departments.find(name);
    if (before == earlier.departments.end()) continue;
    for (const auto& [service, turns] : department.services) {
      const auto found = before->second.services.find(service);
      if (found == before->second.services.end() || !found->second || !turns) continue;
      if (*turns <= *found->second) continue;
      about.departments = {name};
      about.services = {service};
      about.turns = *turns - *found->second;
      claims.push_back(about);
    }
  }
}

// Two mornings in a row, the same question about the open month: the difference is one day.
std::vector<Claim> OpenMonthByDay(const Company& company, Gate gate) {
  std::vector<Claim> claims;
  for (Day day = company.end - 3; day < company.end; ++day) {
    Subtract(Ask(company, gate, day, day, kFloor), Ask(company, gate, day + 1, day + 1, kFloor),
             {{}, {}, day, day + 1, 0, day + 1, 0}, claims);
  }
  return claims;
}

// The closed month before and after laptops that were away delivered.
std::vector<Claim> LateDelivery(const Company& company, Gate gate) {
  std::vector<Claim> claims;
  for (Day asked = company.end + 1; asked < company.end + 10; ++asked) {
    Subtract(Ask(company, gate, company.end, asked, kFloor),
             Ask(company, gate, company.end, asked + 1, kFloor),
             {{}, {}, company.first, company.end, asked, asked + 1, 0}, claims);
  }
  return claims;
}

// Rows of the table: a new attack is one more line. `held`: the gate is said to stop it
// (docs/privacy-release-gate.md); the others are known to be open.
struct Row {
  const char* name;
  Attack attack;
  bool held;
};
constexpr Row kRows[] = {
    {"small department", SmallDepartment, true},
    {"small service", SmallService, true},
    {"complement", Complement, true},
    {"overlapping filters", OverlappingFilters, true},
    {"dominance by one laptop", Dominance, false},
    {"differencing, day by day", OpenMonthByDay, false},
    {"differencing, late records", LateDelivery, false},
};

size_t Hitting(const std::vector<Company>& companies, Attack attack, Gate gate) {
  size_t hits = 0;
  for (const Company& company : companies) {
    for (const Claim& claim : attack(company, gate)) hits += Hits(company, claim, kFloor) ? 1 : 0;
  }
  return hits;
}

int Run(bool check) {
  std::vector<Company> companies;
  for (const uint32_t devices : {50u, 500u, 2000u}) {
    for (uint64_t seed = 1; seed <= 2; ++seed) companies.push_back(MakeCompany(devices, seed));
  }
  std::printf("Numbers about fewer than %u laptops that were learned, over %zu companies\n\n",
              kFloor, companies.size());
  std::printf("%-28s %9s %11s %9s  %s\n", "ATTACK", "GATE OFF", "FLOOR ALONE", "GATE ON", "");
  bool good = true;
  for (const Row& row : kRows) {
    const size_t off = Hitting(companies, row.attack, Gate::kOff);
    const size_t floor = Hitting(companies, row.attack, Gate::kFloorOnly);
    const size_t on = Hitting(companies, row.attack, Gate::kOn);
    const bool as_said = off > 0 && (on == 0 || !row.held);
    good &= as_said;
    std::printf("%-28s %9zu %11zu %9zu  %s\n", row.name, off, floor, on,
                !as_said   ? "FAILS"
                : row.held ? "held"
                           : "open");
  }
  return check && !good ? 1 : 0;
}

}  // namespace
}  // namespace gnomon::attacks

int main(int argc, char** argv) {
  return gnomon::attacks::Run(argc > 1 && std::strcmp(argv[1], "--check") == 0);
}

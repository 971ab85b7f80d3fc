// What the findings stand on: numbers that passed the release gate, facts of the catalogue and the
// policy, inputs from finance. Nothing in here was not already released: whoever could read the
// tables could work out every finding by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gnomon/v1/catalogue.pb.h"
#include "gnomon/v1/policy.pb.h"

namespace gnomon::value {

// A number that the release gate shows or hides.
using Number = std::optional<uint64_t>;

// Use in one calendar month. Turns and minutes are estimates from sizes and times
// (docs/turns.md).
struct Use {
  Number devices;        // laptops on which it was used
  Number device_days;    // days of use, added up over laptops
  Number habit_devices;  // laptops with a habit, at the least; unset also where it is not known
  Number turns;
  Number active_minutes;  // while answers arrive: a lower bound of the time with the tool
};

// Money a month for one seat where nobody bargains.
struct ListPrice {
  uint64_t hundredths = 0;  // of the currency's unit
  std::string currency;     // ISO 4217
  std::string plan;
};

struct ServiceFacts {
  std::string id;
  std::string name;
  std::string vendor;
  v1::Category category = v1::CATEGORY_UNSPECIFIED;
  v1::Surface surface = v1::SURFACE_UNSPECIFIED;
  bool sanctioned = false;  // for this department
  uint32_t seats = 0;       // bought for this department; 0: not known
  std::optional<ListPrice> price;
  Use now;
  std::vector<Use> before;  // the months before, the last one first
  // Of the days of use, the share on laptops that have used it for over a quarter of a year,
  // percent.
  std::optional<uint32_t> long_tenure_percent;
};

// A year's figures of a department, from finance. Amounts in units of `FinanceInputs::currency`.
struct FinanceFacts {
  std::optional<uint64_t> ai_budget;
  std::optional<double> hourly_cost;  // loaded, of one hour of work
  std::optional<uint64_t> outsourcing;
  std::optional<uint64_t> agency;
};

struct DepartmentFacts {
  std::string code;
  std::string name;  // the code where nobody gave one
  v1::Function function = v1::FUNCTION_UNSPECIFIED;
  std::optional<uint32_t> heads;
  uint32_t enrolled = 0;               // laptops with an agent
  Use all;                             // of any AI service
  std::vector<ServiceFacts> services;  // those that the gate shows
  FinanceFacts finance;

  // What a share of the department is a share of: people where known, else laptops with an agent.
  uint32_t size() const { return heads.value_or(enrolled); }
};

// Laptops that say what they could not see, over all departments, in powers of two as they report
// it.
struct CoverageFacts {
  uint32_t reporting = 0;      // laptops with a health report
  uint32_t vpn = 0;            // of them, those on which a VPN was seen
  uint32_t encrypted_dns = 0;  // of them, those whose look-ups are encrypted
};

struct Facts {
  Month month;
  uint32_t floor = 10;
  std::string currency = "USD";  // of finance's amounts
  std::vector<DepartmentFacts> departments;
  // All of them together, as the gate shows it; without a code. Its sanctioned services and seats
  // are those that are for everybody.
  DepartmentFacts organisation;
  CoverageFacts coverage;
};

}  // namespace gnomon::value

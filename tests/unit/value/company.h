// Made-up companies for the findings' tests: one in which there is nothing to find, and stories to
// put in.
#pragma once

#include <string>

#include "value/facts.h"
#include "value/rulebook.h"

namespace gnomon::value {

inline Rulebook RealRulebook() {
  auto book = Rulebook::Load(GNOMON_SOURCE_DIR "/rules/value/findings.yaml");
  if (!book.ok()) std::abort();
  return std::move(book).value();
}

// `devices` laptops, each on `days` days with `turns` turns a day of two minutes.
inline Use MakeUse(uint64_t devices, uint64_t days, uint64_t turns) {
  Use use;
  use.devices = devices;
  use.device_days = devices * days;
  use.turns = devices * days * turns;
  use.active_minutes = devices * days * turns * 2;
  return use;
}

inline ServiceFacts MakeService(const std::string& id, const std::string& vendor, Use now) {
  ServiceFacts service;
  service.id = id;
  service.name = id;
  service.vendor = vendor;
  service.category = v1::CATEGORY_CHAT;
  service.surface = v1::SURFACE_WEB;
  service.now = now;
  service.before = {now, now, now};
  service.long_tenure_percent = 30;
  return service;
}

// 50 laptops of 60 people, a sanctioned tool used now and then, another beside it.
inline DepartmentFacts QuietDepartment(const std::string& code) {
  DepartmentFacts department;
  department.code = code;
  department.name = code;
  department.heads = 60;
  department.enrolled = 50;
  department.all = MakeUse(16, 4, 3);
  ServiceFacts official = MakeService("copilot", "Microsoft", MakeUse(14, 4, 3));
  official.sanctioned = true;
  official.seats = 20;
  department.services = {official, MakeService("chatgpt", "OpenAI", MakeUse(12, 2, 2))};
  return department;
}

inline Facts QuietCompany() {
  Facts facts;
  facts.month = {2026, 10};
  facts.currency = "EUR";
  for (const char* code : {"finance", "sales", "engineering"}) {
    facts.departments.push_back(QuietDepartment(code));
  }
  facts.departments[0].function = v1::FUNCTION_BACK_OFFICE;
  facts.departments[1].function = v1::FUNCTION_FRONT_OFFICE;
  facts.departments[2].function = v1::FUNCTION_PRODUCT;
  facts.organisation.name = "the organisation";
  facts.coverage = {.reporting = 150, .vpn = 5, .encrypted_dns = 5};
  return facts;
}

}  // namespace gnomon::value

// A Sessioniser with a small catalogue, fed by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/sessionise/sessioniser.h"
#include "tests/unit/agent/sessionise/traffic.h"

namespace gnomon::sessionise::test {

inline constexpr TimeUs kStart = 1'795'428'000 * kSecondUs;
inline TimeUs At(double seconds) {
  return kStart + static_cast<TimeUs>(seconds * kSecondUs);
}

struct Rule {
  const char* service;
  v1::Surface surface;
  const char* host;
  v1::HostRole role = v1::HOST_ROLE_USE;
  bool embedded = false;
};

inline std::shared_ptr<const catalogue::Table> MakeTable() {
  const Rule rules[] = {
      {"chat", v1::SURFACE_WEB, "chat.example"},
      {"chat", v1::SURFACE_WEB, "files.chat.example", v1::HOST_ROLE_FILES},
      {"chat", v1::SURFACE_WEB, "static.chat.example", v1::HOST_ROLE_SUPPORT},
      {"chat", v1::SURFACE_WEB, "login.chat.example", v1::HOST_ROLE_SIGN_IN},
      {"chat", v1::SURFACE_WEB, "events.chat.example", v1::HOST_ROLE_TELEMETRY},
      {"models", v1::SURFACE_API, "api.example.com"},
      {"big", v1::SURFACE_WEB, "big.example"},
      {"suite", v1::SURFACE_WEB, "suite.example", v1::HOST_ROLE_USE, true},
  };
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  const auto measured = [](v1::Service& service) {  // "big": prompts of 10-20 kB
    service.mutable_turns()->set_prompt_from(10'000);
    service.mutable_turns()->set_prompt_to(20'000);
    service.mutable_turns()->set_source("made up");
  };
  for (const Rule& rule : rules) {
    v1::Service* service = nullptr;
    for (v1::Service& s : *catalogue.mutable_services()) {
      if (s.id() == rule.service) service = &s;
    }
    if (!service) {
      service = catalogue.add_services();
      service->set_id(rule.service);
      service->set_name(rule.service);
      service->set_vendor("Vendor");
      service->set_category(v1::CATEGORY_CHAT);
      service->set_surface(rule.surface);
      if (rule.service == std::string_view("big")) measured(*service);
    }
    v1::Host* host = service->add_hosts();
    host->set_suffix(rule.host);
    host->set_role(rule.role);
    host->set_embedded(rule.embedded);
  }
  for (const char* id : {"own", "styled"}) {
    v1::Service* local = catalogue.add_services();
    local->set_id(id);
    local->set_name(id);
    local->set_vendor("Vendor");
    local->set_category(v1::CATEGORY_LOCAL);
    local->set_surface(v1::SURFACE_LOCAL_MODEL);
  }
  auto table = catalogue::Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : nullptr;
}

class Bench : public SessionSink {
 public:
  explicit Bench(const SessioniserOptions& options = {})
      : table(MakeTable()), sessioniser(table, options, *this) {}

  void Consume(const SessionEvent& event) override {
    if (auto* turn = std::get_if<Turn>(&event)) turns.push_back(*turn);
    if (auto* upload = std::get_if<Upload>(&event)) uploads.push_back(*upload);
    if (auto* visit = std::get_if<Visit>(&event)) visits.push_back(*visit);
  }

  classify::Sighting Sight(uint64_t flow, TimeUs time, classify::SightingKind kind,
                           const char* host, v1::Client client = v1::CLIENT_BROWSER) const {
    classify::Sighting s;
    s.kind = kind;
    s.time = time;
    s.flow = flow;
    s.match = table->Find(host);
    s.client = client;
    s.host = host;
    return s;
  }
  // The name, and a TLS handshake of 0.1 s around it.
  void Connect(uint64_t flow, TimeUs time, const char* host,
               v1::Client client = v1::CLIENT_BROWSER) {
    sessioniser.Consume(Sight(flow, time, classify::SightingKind::kName, host, client));
    Data(flow, {time, true, 1448}, host, client);
    Data(flow, {time, true, 350}, host, client);
    Data(flow, {time + 50'000, false, 1448}, host, client);
    Data(flow, {time + 60'000, false, 1448}, host, client);
    Data(flow, {time + 100'000, true, 80}, host, client);
  }
  void Data(uint64_t flow, const Datum& datum, const char* host,
            v1::Client client = v1::CLIENT_BROWSER) {
    classify::Sighting s = Sight(flow, datum.time, classify::SightingKind::kData, host, client);
    s.upstream = datum.upstream;
    s.bytes = datum.bytes;
    sessioniser.Consume(s);
  }
  void Send(uint64_t flow, const Traffic& traffic, const char* host,
            v1::Client client = v1::CLIENT_BROWSER) {
    for (const Datum& d : traffic.Sorted()) Data(flow, d, host, client);
  }
  void End(uint64_t flow, TimeUs time, const char* host) {
    sessioniser.Consume(Sight(flow, time, classify::SightingKind::kEnd, host));
  }

  std::shared_ptr<const catalogue::Table> table;
  Sessioniser sessioniser;
  std::vector<Turn> turns;
  std::vector<Upload> uploads;
  std::vector<Visit> visits;
};

// Kept small so that the caller sees what matters: a prompt at `at`, an answer of three seconds.
inline Traffic OneTurn(TimeUs at) {
  Traffic t;
  t.Up(at, 9000);
  t.Stream(at + kSecondUs, at + 4 * kSecondUs, 50'000);
  return t;
}

}  // namespace gnomon::sessionise::test

#include "catalogue/table.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "catalogue/validate.h"

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;

v1::Service& AddService(v1::Catalogue& catalogue, const std::string& id) {
  v1::Service& service = *catalogue.add_services();
  service.set_id(id);
  service.set_name(id);
  service.set_vendor("Vendor");
  service.set_category(v1::CATEGORY_CHAT);
  service.set_surface(v1::SURFACE_WEB);
  return service;
}

v1::Host& AddHost(v1::Service& service, const std::string& suffix,
                  v1::HostRole role = v1::HOST_ROLE_USE) {
  v1::Host& host = *service.add_hosts();
  host.set_suffix(suffix);
  host.set_role(role);
  return host;
}

v1::Catalogue Small() {
  v1::Catalogue catalogue;
  catalogue.set_version(7);
  v1::Service& chat = AddService(catalogue, "zeta-chat");
  AddHost(chat, "chat.example.com");
  AddHost(chat, "telemetry.chat.example.com", v1::HOST_ROLE_TELEMETRY);
  v1::Service& api = AddService(catalogue, "alpha-api");
  AddHost(api, "api.example.com");
  v1::Host& hub = AddHost(api, "hub.example");
  hub.set_exact(true);
  hub.set_embedded(true);
  return catalogue;
}

std::shared_ptr<const Table> Must(const v1::Catalogue& catalogue) {
  Result<std::shared_ptr<const Table>> table = Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : nullptr;
}

std::string IdAt(const Table& table, std::string_view host) {
  const Match match = table.Find(host);
  return match ? table.service(match.service).id() : "";
}

std::string ErrorOf(const v1::Catalogue& catalogue) {
  return Table::Build(catalogue).status().message();
}

TEST(Table, ASuffixMatchesItselfAndEverythingBelowIt) {
  const auto table = Must(Small());
  EXPECT_EQ(IdAt(*table, "chat.example.com"), "zeta-chat");
  EXPECT_EQ(IdAt(*table, "a.chat.example.com"), "zeta-chat");
  EXPECT_EQ(IdAt(*table, "a.b.c.d.e.f.g.h.chat.example.com"), "zeta-chat");
  EXPECT_EQ(table->Find("a.chat.example.com").suffix, "chat.example.com");
}

TEST(Table, ASuffixMatchesOnlyAtALabelBoundary) {
  const auto table = Must(Small());
  for (const char* host : {"xchat.example.com", "x-chat.example.com", "hat.example.com",
                           "chat.example.com.evil.net", "chat.example.co", "example.com", "com",
                           "chat-example.com", "chat.example.com.", "", ".", ".."}) {
    EXPECT_EQ(IdAt(*table, host), "") << host;
  }
}

TEST(Table, TheLongestSuffixWins) {
  const auto table = Must(Small());
  EXPECT_EQ(table->Find("telemetry.chat.example.com").role, v1::HOST_ROLE_TELEMETRY);
  EXPECT_EQ(table->Find("x.telemetry.chat.example.com").role, v1::HOST_ROLE_TELEMETRY);
  EXPECT_EQ(table->Find("xtelemetry.chat.example.com").role, v1::HOST_ROLE_USE);
}

TEST(Table, AnExactRuleMatchesOnlyTheHostItself) {
  const auto table = Must(Small());
  const Match match = table->Find("hub.example");
  ASSERT_TRUE(match);
  EXPECT_TRUE(match.embedded);
  EXPECT_FALSE(table->Find("files.hub.example"));
}

TEST(Table, BelowAnExactRuleTheNextShorterSuffixStillMatches) {
  v1::Catalogue catalogue;
  AddHost(AddService(catalogue, "wide"), "example.com");
  AddHost(AddService(catalogue, "narrow"), "a.example.com").set_exact(true);
  const auto table = Must(catalogue);
  EXPECT_EQ(IdAt(*table, "a.example.com"), "narrow");
  EXPECT_EQ(IdAt(*table, "b.a.example.com"), "wide");
}

TEST(Table, HostsLongerThanDnsAllowsMatchNothing) {
  const auto table = Must(Small());
  const std::string tail = ".chat.example.com";
  EXPECT_TRUE(table->Find(std::string(253 - tail.size(), 'a') + tail));
  EXPECT_FALSE(table->Find(std::string(254 - tail.size(), 'a') + tail));
}

TEST(Table, ServicesAreFoundByIdWhateverTheirOrderInTheFile) {
  const auto table = Must(Small());
  ASSERT_EQ(table->service_count(), 2u);
  EXPECT_EQ(table->version(), 7u);
  for (const char* id : {"zeta-chat", "alpha-api"}) {
    const ServiceIndex index = table->FindService(id);
    ASSERT_NE(index, kNoService);
    EXPECT_EQ(table->service(index).id(), id);
  }
  EXPECT_EQ(table->FindService("beta"), kNoService);
  EXPECT_EQ(table->FindService(""), kNoService);
}

TEST(Table, AnEmptyCatalogueMatchesNothing) {
  const auto table = Must({});
  EXPECT_FALSE(table->Find("chat.example.com"));
  EXPECT_EQ(table->FindService("x"), kNoService);
}

TEST(Table, SerialisedBytesGiveTheSameTable) {
  const auto table = Table::Parse(Small().SerializeAsString());
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ(IdAt(**table, "api.example.com"), "alpha-api");
}

TEST(Table, TruncatedBytesAreRefusedOrGiveASmallerCatalogue) {
  const std::string whole = Small().SerializeAsString();
  size_t refused = 0;
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto table = Table::Parse(std::string_view(whole).substr(0, length));
    if (!table.ok()) {
      ++refused;
    } else {
      EXPECT_LT((*table)->service_count(), 2u);
    }
  }
  EXPECT_GT(refused, whole.size() / 2);
}

TEST(Table, AMissingFileIsNamedInTheError) {
  const auto table = Table::Load("/nonexistent/catalogue.pb");
  EXPECT_EQ(table.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(table.status().message(), HasSubstr("/nonexistent/catalogue.pb"));
}

TEST(Table, DuplicateIdsAreRefused) {
  v1::Catalogue catalogue = Small();
  AddHost(AddService(catalogue, "alpha-api"), "other.example.com");
  EXPECT_THAT(ErrorOf(catalogue), HasSubstr("alpha-api: this id is there twice"));
}

TEST(Table, ASuffixOfTwoServicesIsRefusedAndBothAreNamed) {
  v1::Catalogue catalogue = Small();
  AddHost(AddService(catalogue, "other"), "chat.example.com");
  EXPECT_THAT(ErrorOf(catalogue),
              HasSubstr("zeta-chat: chat.example.com is also listed under other"));
}

TEST(Table, WrongServicesAreRefused) {
  const auto error = [](auto change) {
    v1::Catalogue catalogue = Small();
    change(*catalogue.mutable_services(0));
    return ErrorOf(catalogue);
  };
  EXPECT_THAT(error([](v1::Service& s) { s.set_id("any"); }), HasSubstr("reserved"));
  EXPECT_THAT(error([](v1::Service& s) { s.set_id("Chat"); }), HasSubstr("service ?: id"));
  EXPECT_THAT(error([](v1::Service& s) { s.set_name(""); }), HasSubstr("name is empty"));
  EXPECT_THAT(error([](v1::Service& s) { s.set_name("a\x1b[2J"); }), HasSubstr("control"));
  EXPECT_THAT(error([](v1::Service& s) { s.clear_vendor(); }), HasSubstr("vendor is empty"));
  EXPECT_THAT(error([](v1::Service& s) { s.clear_category(); }), HasSubstr("category 0"));
  EXPECT_THAT(error([](v1::Service& s) { s.set_category(v1::Category(99)); }),
              HasSubstr("category 99"));
  EXPECT_THAT(error([](v1::Service& s) { s.set_surface(v1::Surface(42)); }),
              HasSubstr("surface 42"));
  EXPECT_THAT(error([](v1::Service& s) { s.clear_hosts(); }), HasSubstr("has no hosts"));
  EXPECT_THAT(error([](v1::Service& s) { s.mutable_turns()->set_stream_end(3); }),
              HasSubstr("turns: source is empty"));
  const auto turns = [&](auto change) {
    return error([&](v1::Service& s) {
      s.mutable_turns()->set_source("measured");
      change(*s.mutable_turns());
    });
  };
  EXPECT_THAT(turns([](v1::Turns& t) { t.set_stream_end(3600); }), HasSubstr("stream_end"));
  EXPECT_THAT(turns([](v1::Turns& t) { t.set_prompt_life(1); }), HasSubstr("prompt_life"));
  EXPECT_THAT(turns([](v1::Turns& t) { t.set_prompt_from(9000); }), HasSubstr("range of prompts"));
  EXPECT_THAT(turns([](v1::Turns& t) {
                t.set_prompt_from(9000);
                t.set_prompt_to(8000);
              }),
              HasSubstr("range of prompts"));
  EXPECT_THAT(error([](v1::Service& s) { s.mutable_hosts(0)->set_role(v1::HostRole(17)); }),
              HasSubstr("role 17"));
  EXPECT_THAT(error([](v1::Service& s) { s.mutable_hosts(0)->set_suffix("Chat.example"); }),
              HasSubstr("lower case"));
}

TEST(Table, AModelOnThisMachineNeedsNoHost) {
  v1::Catalogue catalogue;
  AddService(catalogue, "local").set_surface(v1::SURFACE_LOCAL_MODEL);
  EXPECT_EQ(Must(catalogue)->service_count(), 1u);
}

TEST(Table, MoreServicesThanAnIndexCanNameAreRefused) {
  v1::Catalogue catalogue;
  for (size_t i = 0; i <= kMaxServices; ++i) {
    AddService(catalogue, "s" + std::to_string(i)).set_surface(v1::SURFACE_LOCAL_MODEL);
  }
  EXPECT_THAT(ErrorOf(catalogue), HasSubstr("more than 65534 services"));
  catalogue.mutable_services()->RemoveLast();
  EXPECT_EQ(Must(catalogue)->service_count(), kMaxServices);
}

TEST(Table, MoreHostsThanTheLimitAreRefused) {
  v1::Catalogue catalogue;
  v1::Service& service = AddService(catalogue, "many");
  for (size_t i = 0; i <= kMaxHostsOfService; ++i) {
    AddHost(service, "h" + std::to_string(i) + ".example");
  }
  EXPECT_THAT(ErrorOf(catalogue), HasSubstr("more than 4096 hosts"));
  service.mutable_hosts()->RemoveLast();
  EXPECT_TRUE(Must(catalogue)->Find("x.h4095.example"));
}

// Against the plain definition: the longest suffix of whole labels that is in the map.
TEST(Table, AgreesWithTryingEverySuffixOnRandomNames) {
  std::mt19937 random(20260101);
  const auto label = [&] {
    return std::string(1 + random() % 2, static_cast<char>('a' + random() % 3));
  };
  const auto name = [&](size_t labels) {
    std::string text = label();
    while (--labels > 0) text += "." + label();
    return text;
  };
  for (int round = 0; round < 20; ++round) {
    v1::Catalogue catalogue;
    std::map<std::string, bool> exact;
    v1::Service& service = AddService(catalogue, "s");
    for (int i = 0; i < 200; ++i) {
      const std::string suffix = name(2 + random() % 3);
      if (!exact.emplace(suffix, random() % 4 == 0).second) continue;
      AddHost(service, suffix).set_exact(exact[suffix]);
    }
    const auto table = Must(catalogue);
    for (int i = 0; i < 2000; ++i) {
      const std::string host = name(1 + random() % 6);
      std::string expected;
      for (size_t at = 0; at != std::string::npos;) {
        const auto rule = exact.find(host.substr(at));
        if (rule != exact.end() && (!rule->second || at == 0)) {
          expected = rule->first;
          break;
        }
        const size_t dot = host.find('.', at);
        at = dot == std::string::npos ? dot : dot + 1;
      }
      ASSERT_EQ(table->Find(host).suffix, expected) << host;
    }
  }
}

}  // namespace
}  // namespace gnomon::catalogue

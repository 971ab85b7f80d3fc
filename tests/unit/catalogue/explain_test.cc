#include "catalogue/explain.h"

#include <gmock/gmock.h>

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Table> Example() {
  v1::Catalogue catalogue;
  const auto add = [&](const char* id, std::initializer_list<const char*> hosts) {
    v1::Service& service = *catalogue.add_services();
    service.set_id(id);
    service.set_name(id);
    service.set_vendor("V");
    service.set_category(v1::CATEGORY_CHAT);
    service.set_surface(v1::SURFACE_WEB);
    for (const char* suffix : hosts) {
      v1::Host& host = *service.add_hosts();
      host.set_suffix(suffix);
      host.set_role(v1::HOST_ROLE_USE);
      host.set_exact(std::string_view(suffix) == "huggingface.co");
      host.set_embedded(host.exact());
    }
  };
  add("chatgpt", {"chatgpt.com", "chat.openai.com"});
  add("openai-api", {"api.openai.com"});
  add("deepseek", {"chat.deepseek.com"});
  add("huggingchat", {"huggingface.co"});
  auto table = Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return *table;
}

TEST(Explain, AMatchNamesItsRuleAndRole) {
  const auto table = Example();
  EXPECT_EQ(Explain(*table, "ws.chatgpt.com"), "rule chatgpt.com, role use");
  EXPECT_THAT(Explain(*table, "huggingface.co"), HasSubstr("presence alone is no use"));
}

TEST(Explain, EachKindOfNearMissIsToldApart) {
  const auto table = Example();
  const auto kind = [&](const char* host) { return FindNearMiss(*table, host).kind; };
  EXPECT_EQ(kind("cdn-lfs.huggingface.co"), NearMiss::Kind::kExact);
  EXPECT_EQ(kind("api.openai.com.attacker.net"), NearMiss::Kind::kInside);
  EXPECT_EQ(kind("openai.com.evil.example"), NearMiss::Kind::kInside);
  EXPECT_EQ(kind("notopenai.com"), NearMiss::Kind::kInside);
  EXPECT_EQ(kind("fakechatgpt.com"), NearMiss::Kind::kInside);
  EXPECT_EQ(kind("platform.openai.com"), NearMiss::Kind::kRelative);
  EXPECT_EQ(kind("deepseeks.com"), NearMiss::Kind::kSpelling);
  EXPECT_EQ(kind("www.chatgtp.com"), NearMiss::Kind::kSpelling);
  EXPECT_EQ(kind("www.wikipedia.org"), NearMiss::Kind::kNone);
  EXPECT_EQ(kind(""), NearMiss::Kind::kNone);
  EXPECT_EQ(kind("com"), NearMiss::Kind::kNone);
}

TEST(Explain, OfSeveralRulesTheNearestIsNamed) {
  const auto table = Example();
  EXPECT_EQ(FindNearMiss(*table, "apis.openai.com").suffix, "api.openai.com");
  EXPECT_EQ(FindNearMiss(*table, "chats.openai.com").suffix, "chat.openai.com");
  EXPECT_EQ(Explain(*table, "apis.openai.com"),
            "no service: openai.com is not listed as a whole; the nearest rule is api.openai.com "
            "(openai-api)");
  EXPECT_EQ(Explain(*table, "deepseeks.com"),
            "no service: looks like deepseek.com of chat.deepseek.com (deepseek), but is another "
            "name");
}

}  // namespace
}  // namespace gnomon::catalogue

// A table that takes the place of another one while flows are open.
#include <gtest/gtest.h>

#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

v1::Service MakeService(const std::string& id, const std::string& suffix) {
  v1::Service service;
  service.set_id(id);
  service.set_name(id);
  service.set_vendor("Vendor");
  service.set_category(v1::CATEGORY_CHAT);
  service.set_surface(v1::SURFACE_WEB);
  service.add_sources("list@1");
  service.set_checked(20'000);
  v1::Host* host = service.add_hosts();
  host->set_suffix(suffix);
  host->set_role(v1::HOST_ROLE_USE);
  return service;
}

std::shared_ptr<const Table> Make(std::vector<std::pair<std::string, std::string>> services,
                                  std::shared_ptr<const Table> previous = nullptr) {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  for (const auto& [id, suffix] : services) *catalogue.add_services() = MakeService(id, suffix);
  auto table = Table::Build(catalogue, std::move(previous));
  EXPECT_TRUE(table.ok()) << table.status().message();
  return *table;
}

TEST(TableAfterAnother, ServicesKeepTheirIndexAndNewOnesComeBehindThem) {
  const auto old = Make({{"chatgpt", "chatgpt.com"}, {"mistral", "mistral.ai"}});
  const auto next = Make(
      {{"mistral", "chat.mistral.ai"}, {"claude", "claude.ai"}, {"chatgpt", "chatgpt.com"}}, old);
  EXPECT_EQ(next->FindService("chatgpt"), old->FindService("chatgpt"));
  EXPECT_EQ(next->FindService("mistral"), old->FindService("mistral"));
  EXPECT_EQ(next->FindService("claude"), 2);
  EXPECT_EQ(next->Find("claude.ai").service, 2);
  EXPECT_EQ(next->Find("chat.mistral.ai").service, old->FindService("mistral"));
  EXPECT_FALSE(next->Find("mistral.ai"));
}

TEST(TableAfterAnother, AServiceThatIsGoneKeepsItsNameAndMatchesNothing) {
  const auto old = Make({{"chatgpt", "chatgpt.com"}, {"mistral", "mistral.ai"}});
  const auto next = Make({{"chatgpt", "chatgpt.com"}}, old);
  const ServiceIndex gone = old->FindService("mistral");
  EXPECT_EQ(next->service(gone).id(), "mistral");
  EXPECT_FALSE(next->Find("mistral.ai"));
  const auto back = Make({{"mistral", "mistral.ai"}, {"chatgpt", "chatgpt.com"}}, next);
  EXPECT_EQ(back->Find("mistral.ai").service, gone);
}

TEST(TableAfterAnother, SuffixesOfMatchesOutliveTheTableTheyCameFrom) {
  auto old = Make({{"mistral", "mistral.ai"}});
  const Match match = old->Find("chat.mistral.ai");
  const auto next = Make({{"claude", "claude.ai"}}, old);
  old.reset();
  EXPECT_EQ(match.suffix, "mistral.ai");
}

TEST(TableAfterAnother, AnIdThatIsThereTwiceIsStillRefused) {
  const auto old = Make({{"claude", "claude.ai"}});
  v1::Catalogue catalogue;
  *catalogue.add_services() = MakeService("claude", "claude.ai");
  *catalogue.add_services() = MakeService("claude", "claude.example.com");
  EXPECT_FALSE(Table::Build(catalogue, old).ok());
  EXPECT_FALSE(Table::Build(catalogue).ok());
}

}  // namespace
}  // namespace gnomon::catalogue

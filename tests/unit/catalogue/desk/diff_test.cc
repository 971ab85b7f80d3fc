#include "catalogue/desk/diff.h"

#include <gmock/gmock.h>

namespace gnomon::catalogue {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Service& AddService(v1::Catalogue& catalogue, const std::string& id,
                        std::initializer_list<const char*> hosts) {
  v1::Service& service = *catalogue.add_services();
  service.set_id(id);
  service.set_name("The " + id);
  service.set_vendor("Labs");
  service.set_category(v1::CATEGORY_CHAT);
  service.set_surface(v1::SURFACE_WEB);
  for (const char* suffix : hosts) {
    v1::Host& host = *service.add_hosts();
    host.set_suffix(suffix);
    host.set_role(v1::HOST_ROLE_USE);
  }
  return service;
}

v1::Catalogue Before() {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  AddService(catalogue, "gone", {"gone.example"});
  AddService(catalogue, "kept", {"kept.example", "moves.example", "dropped.example"});
  return catalogue;
}

v1::Catalogue After() {
  v1::Catalogue catalogue;
  catalogue.set_version(2);
  AddService(catalogue, "fresh", {"moves.example"});
  v1::Service& kept = AddService(catalogue, "kept", {"kept.example", "more.example"});
  kept.set_category(v1::CATEGORY_CODE);
  kept.set_country("FR");
  kept.set_enterprise_plan(false);
  kept.mutable_hosts(0)->set_role(v1::HOST_ROLE_SUPPORT);
  kept.mutable_hosts(0)->set_exact(true);
  return catalogue;
}

TEST(Diff, EveryKindOfChangeIsALineInWords) {
  EXPECT_EQ(
      DiffText(Diff(Before(), After())),
      "service added    fresh: The fresh of Labs, chat\n"
      "service removed  gone: The gone of Labs, chat\n"
      "service changed  kept: category chat -> code\n"
      "service changed  kept: country none -> FR\n"
      "service changed  kept: enterprise_plan none -> no\n"
      "host added       more.example: kept (use)\n"
      "host removed     dropped.example: kept (use)\n"
      "host removed     gone.example: gone (use)\n"
      "host moved       moves.example: kept -> fresh\n"
      "host changed     kept.example: kept (use -> support, exact)\n"
      "1 service added, 1 service removed, 3 services changed, 1 host added, 2 hosts removed, "
      "1 host moved, 1 host changed\n");
}

TEST(Diff, TheSameCatalogueHasNoDifference) {
  EXPECT_THAT(Diff(Before(), Before()), IsEmpty());
  EXPECT_EQ(DiffText({}), "no difference\n");
  v1::Catalogue turned = Before();
  turned.mutable_services()->SwapElements(0, 1);
  EXPECT_THAT(Diff(Before(), turned), IsEmpty()) << "the order of a file says nothing";
}

TEST(Diff, TheOtherWayRoundSaysTheOpposite) {
  const std::string text = DiffText(Diff(After(), Before()));
  EXPECT_THAT(text, HasSubstr("service removed  fresh"));
  EXPECT_THAT(text, HasSubstr("host moved       moves.example: fresh -> kept"));
  EXPECT_THAT(text, HasSubstr("category code -> chat"));
}

TEST(Diff, JsonHoldsTheSameChanges) {
  const nlohmann::json json = DiffJson(Before(), After());
  EXPECT_EQ(json["from"], 1);
  EXPECT_EQ(json["to"], 2);
  ASSERT_EQ(json["changes"].size(), Diff(Before(), After()).size());
  EXPECT_EQ(json["changes"][0]["kind"], "service_added");
  EXPECT_EQ(json["changes"][0]["service"], "fresh");
}

}  // namespace
}  // namespace gnomon::catalogue

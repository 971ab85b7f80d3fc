// Catalogues for the fleet's tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalogue/table.h"

namespace gnomon::fleet {

inline std::shared_ptr<const catalogue::Table> CatalogueOf(
    const std::vector<std::pair<std::string, v1::Surface>>& services) {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  for (const auto& [id, surface] : services) {
    v1::Service* service = catalogue.add_services();
    service->set_id(id);
    service->set_name(id);
    service->set_vendor("A vendor");
    service->set_category(v1::CATEGORY_CHAT);
    service->set_surface(surface);
    v1::Host* host = service->add_hosts();
    host->set_suffix(id + ".example");
    host->set_role(v1::HOST_ROLE_USE);
    service->add_sources("https://example.org/");
    service->set_checked(20000);
  }
  Result<std::shared_ptr<const catalogue::Table>> table = catalogue::Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  return table.ok() ? *table : nullptr;
}

inline std::shared_ptr<const catalogue::Table> SmallCatalogue() {
  return CatalogueOf({{"chatgpt", v1::SURFACE_WEB},
                      {"claude", v1::SURFACE_WEB},
                      {"copilot", v1::SURFACE_WEB},
                      {"deepl", v1::SURFACE_WEB},
                      {"github-copilot", v1::SURFACE_EDITOR},
                      {"cursor", v1::SURFACE_EDITOR},
                      {"openai-api", v1::SURFACE_API},
                      {"anthropic-api", v1::SURFACE_API}});
}

}  // namespace gnomon::fleet

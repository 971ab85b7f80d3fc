#include "collector/organisation/services_in_force.h"

#include "base/file.h"
#include "catalogue/table.h"
#include "catalogue/validate.h"

namespace gnomon::organisation {
namespace {

Result<ServiceFacts> FromRelease(const std::string& body) {
  GNOMON_ASSIGN_OR_RETURN(const auto table, catalogue::Table::Parse(body));
  ServiceFacts facts;
  for (size_t i = 0; i < table->service_count(); ++i) {
    v1::Service service = table->service(static_cast<catalogue::ServiceIndex>(i));
    service.clear_hosts();
    service.clear_local();
    const std::string id = service.id();
    facts.emplace(id, std::move(service));
  }
  return facts;
}

Result<ServiceFacts> FromFile(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string body, ReadFile(file, catalogue::kMaxFileBytes));
  auto facts = FromRelease(body);
  return facts.ok() ? std::move(facts) : facts.status().WithContext(file.string());
}

}  // namespace

ServicesInForce::ServicesInForce(const releases::Published& published, std::filesystem::path file)
    : InForce({&published, trust::Kind::kCatalogue, FromRelease, std::move(file), FromFile,
               "catalogue"}) {}

}  // namespace gnomon::organisation

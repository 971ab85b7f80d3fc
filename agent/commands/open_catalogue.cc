#include "agent/commands/commands.h"
#include "base/clock.h"

namespace gnomon::agent {

Result<CatalogueInUse> OpenCatalogue(const Config& config) {
  if (config.trust_root.empty()) return CatalogueInUse::Unsigned(config.catalogue);
  return CatalogueInUse::Signed(config.state / "releases", config.trust_root, config.catalogue,
                                SystemClock::Get().Now() / kSecondUs);
}

}  // namespace gnomon::agent

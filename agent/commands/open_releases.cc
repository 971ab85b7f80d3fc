#include "agent/commands/commands.h"
#include "base/clock.h"

namespace gnomon::agent {

Result<ReleasesInUse> OpenReleases(const Config& config) {
  if (config.trust_root.empty()) return ReleasesInUse::Unsigned(config.catalogue);
  return ReleasesInUse::Signed(config.state / "releases", config.trust_root, config.catalogue,
                                SystemClock::Get().Now() / kSecondUs);
}

}  // namespace gnomon::agent

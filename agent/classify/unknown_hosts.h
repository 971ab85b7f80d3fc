// Hosts that the catalogue does not know, as if it did: for `suggest` alone (agent/suggest/candidates.h).
#pragma once

#include <string_view>

#include "catalogue/table.h"

namespace gnomon::classify {

class UnknownHosts {
 public:
  virtual ~UnknownHosts() = default;
  // The service that stands for the host, or kNoService to leave it unknown. Asked once for each name that a
  // flow shows; `host` is only good during the call.
  virtual catalogue::ServiceIndex Place(std::string_view host) = 0;
};

}  // namespace gnomon::classify

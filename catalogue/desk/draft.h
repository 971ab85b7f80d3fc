// Hosts that somebody chose -> the draft of a rule in YAML, to be completed and reviewed by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "catalogue/table.h"

namespace gnomon::catalogue {

struct DraftRequest {
  std::vector<std::string> hosts;  // lower case, no trailing dot
  std::string service;             // empty: from the first host's registered name
  std::string name;                // empty: the id
  std::string vendor;              // empty: the name
  std::string surface = "web";
  std::string category;  // empty: chat
  std::string country;   // empty: left out, and lint asks for it
  std::vector<std::string> sources;
  int32_t today = 0;  // days since 1970-01-01
};

// One service as rules/*.yaml hold it ("  - id: ..."), without the line "services:". Fails for what
// is no host name, is shared infrastructure or a public suffix, and for what `known` (null: none)
// recognises already; says which and why.
Result<std::string> DraftService(const DraftRequest& request, const Table* known);

}  // namespace gnomon::catalogue

// What changed between two catalogues, for release notes and for those who keep policies by
// service.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

struct Change {
  enum class Kind {
    kServiceAdded,
    kServiceRemoved,
    kServiceChanged,  // one field of it
    kHostAdded,
    kHostRemoved,
    kHostMoved,    // to another service
    kHostChanged,  // its role, or whether it is exact or embedded
  };
  Kind kind;
  std::string service;  // id, of the newer one where it moved
  std::string what;     // the host, or the field: "category"
  std::string before;   // "" where it was not there; for a moved host the older service's id
  std::string after;
};

// Services first, by id, then hosts, by name. Hosts of a service that came or went are told too:
// they may have moved.
std::vector<Change> Diff(const v1::Catalogue& before, const v1::Catalogue& after);

// One line each and a line of sums: "host moved     labs.openai.com: chatgpt -> sora".
std::string DiffText(const std::vector<Change>& changes);
// {"from": 1, "to": 2, "changes": [{"kind": "host_moved", "service": ..., "what": ..., ...}]}
nlohmann::json DiffJson(const v1::Catalogue& before, const v1::Catalogue& after);

}  // namespace gnomon::catalogue

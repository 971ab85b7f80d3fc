// What the catalogue says of services, for answers: names, vendors, categories, prices. No host is
// kept.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "collector/organisation/in_force.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::organisation {

using ServiceFacts = std::map<std::string, v1::Service, std::less<>>;  // by id

class ServicesInForce : public InForce<ServiceFacts> {
 public:
  // `published` must outlive this. `file` is a compiled catalogue, or empty.
  ServicesInForce(const releases::Published& published, std::filesystem::path file);
};

}  // namespace gnomon::organisation

// What finance knows of departments, from the file that collector.yaml names
// (docs/formats/finance.md).
#pragma once

#include <filesystem>

#include "collector/organisation/in_force.h"
#include "value/finance.h"

namespace gnomon::organisation {

class FinanceInForce : public InForce<value::FinanceInputs> {
 public:
  explicit FinanceInForce(std::filesystem::path file)
      : InForce({nullptr, trust::Kind::kPolicy, nullptr, std::move(file), value::LoadFinance,
                 "finance"}) {}
};

}  // namespace gnomon::organisation

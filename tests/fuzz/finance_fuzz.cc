// Finance's file, as CSV and as YAML: what is accepted is within its limits, whatever the bytes.
#include <cstdlib>

#include "value/finance.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon::value;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const auto& inputs : {ParseFinanceCsv(text, "f.csv"), ParseFinanceYaml(text, "f.yaml")}) {
    if (!inputs.ok()) {
      if (inputs.status().message().rfind("f.", 0) != 0) std::abort();  // every error says where
      continue;
    }
    if (inputs->currency.size() != 3 || inputs->departments.size() > kMaxFinanceDepartments)
      std::abort();
    for (const FinanceDepartment& row : inputs->departments) {
      if (inputs->Find(row.code) != &row) std::abort();
      if (row.money.hourly_cost && !(*row.money.hourly_cost > 0)) std::abort();
    }
  }
  return 0;
}

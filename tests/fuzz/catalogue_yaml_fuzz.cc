// Hostile YAML through the reader, the compiler and lint.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "catalogue/compile.h"
#include "catalogue/desk/lint.h"
#include "catalogue/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace gnomon::catalogue;
  RuleSet rules;
  rules.version = 1;
  ReadRulesText(std::string(reinterpret_cast<const char*>(data), size), "chat.yaml", &rules);
  (void)Lint(rules, 20780);
  const auto compiled = Compile(rules);
  // What compiles must load from its bytes.
  if (compiled.ok() && !Table::Parse(compiled->SerializeAsString()).ok()) std::abort();
  return 0;
}

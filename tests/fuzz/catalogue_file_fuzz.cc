// Hostile bytes as a compiled catalogue, and hostile names against what loads.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalogue/explain.h"
#include "catalogue/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    google::protobuf::SetLogHandler(nullptr);
    return true;
  }();
  (void)quiet;
  using gnomon::catalogue::Table;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto table = Table::Parse(bytes);
  if (!table.ok()) return 0;
  (void)(*table)->Find(bytes.substr(0, 300));
  for (size_t i = 0; i < (*table)->service_count(); ++i) {
    const auto index = static_cast<gnomon::catalogue::ServiceIndex>(i);
    const auto& service = (*table)->service(index);
    // Whatever loads must find itself again.
    if ((*table)->FindService(service.id()) != index) std::abort();
    for (const auto& host : service.hosts()) {
      const auto match = (*table)->Find(host.suffix());
      if (match.service != index || match.suffix != host.suffix()) std::abort();
      if (!gnomon::catalogue::Explain(**table, host.suffix()).starts_with("rule ")) std::abort();
      (void)gnomon::catalogue::Explain(**table, host.suffix() + "x");
    }
  }
  return 0;
}

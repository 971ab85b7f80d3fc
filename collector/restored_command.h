// `gnomon-collector restored`: says that the data folder came back from a backup, so that laptops
// send again what they sent since it was made (docs/adr/0014-restored-collector.md).
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/status.h"

namespace gnomon::collector {

// Begins a new epoch of the usage store, with a line in the audit log. A collector that runs on
// `data` learns of it at its next start.
Status MarkRestored(const std::filesystem::path& data, TimeUs now);

}  // namespace gnomon::collector

// A spool that the disk has damaged is set aside, so that the agent goes on and the loss is
// counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "agent/spool/spool.h"
#include "base/status.h"

namespace gnomon::spool {

// Spool::Open. Where that says kDataLoss, the file and its log are renamed to FILE.damaged-N, the
// error goes to the log, and a new spool begins. At most kMaxSetAside are kept, 90 days each; more
// than that many is an error.
Result<std::unique_ptr<Spool>> OpenOrSetAside(const std::filesystem::path& file,
                                              const std::string& department,
                                              const SpoolOptions& options);

// Of an error of an open spool: where it is kDataLoss, the file is set aside and the status says
// so. The spool must not be used any more; the next start begins a new one. Any other status comes
// back as it is.
Status SetAsideIfDamaged(const std::filesystem::path& file, const Status& status);

// Files that lie beside `file`, set aside.
uint64_t CountSetAside(const std::filesystem::path& file);

inline constexpr int kMaxSetAside = 9;

}  // namespace gnomon::spool

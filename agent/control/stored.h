// What lies in the spool file, as the people of the laptop see it; read beside the running agent.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/status.h"
#include "gnomon/v1/control.pb.h"

namespace gnomon::control {

// Newest first, without the empty batches that only keep up the appearance of use. Nothing where there is no file.
Status AddBatches(const std::filesystem::path& file, size_t limit, v1::ControlReply* reply);
// Spool::Purge where no agent has the file.
Status PurgeStored(const std::filesystem::path& file, const std::string& department);

}  // namespace gnomon::control

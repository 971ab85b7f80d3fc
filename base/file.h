// Whole small files: read with a limit, replace atomically.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace gnomon {

// The whole file; an error where it is missing, unreadable or longer than `limit` bytes.
Result<std::string> ReadFile(const std::filesystem::path& path, size_t limit = 16u << 20);

// Writes beside `path`, fsyncs, renames over it and fsyncs the folder: after a crash the file is
// either the old or the new one. `mode` is the file's permission bits (0600 for keys).
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode = 0644);

// Creates the folder and its parents where missing, with `mode` on the last one.
Status MakeFolder(const std::filesystem::path& path, unsigned mode = 0755);

}  // namespace gnomon

// One line of the audit log and how it is tied to the line before. docs/formats/audit.md
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace gnomon::query {

// The last line of a log: its number, and what the next line is tied to.
struct AuditHead {
  uint64_t number = 0;
  std::string chain = std::string(64, '0');

  bool operator==(const AuditHead&) const = default;
};

// BLAKE2b-256 as 64 hex digits: `b2sum -l 256`.
std::string AuditDigest(std::string_view bytes);

// `object` is a JSON object in one line: the line with ,"chain":"..." before its closing brace, without line feed.
// Moves `head` on to it; its number must already stand in the object.
std::string TieLine(std::string_view object, AuditHead& head);

// A line of the log, taken apart. `chained` false: not written by this version, or cut short.
struct AuditLine {
  bool chained = false;
  std::string object;  // as it was before TieLine
  std::string chain;
};
AuditLine SplitLine(std::string_view line);
// Whether `line` is what TieLine would have made after `before`.
bool Follows(const AuditLine& line, std::string_view before);

// The head that stands beside the log: 20 digits, a space, 64 hex digits, a line feed.
std::string RenderHead(const AuditHead& head);
Result<AuditHead> ParseHead(std::string_view text);

std::filesystem::path HeadFile(const std::filesystem::path& log);
// Of all parts of a log, oldest first; the last is `log` itself, also where it does not exist.
std::vector<std::filesystem::path> AuditParts(const std::filesystem::path& log);
// What `log` is renamed to when it is full and its last line has this number.
std::filesystem::path PartName(const std::filesystem::path& log, uint64_t last_number);

}  // namespace gnomon::query

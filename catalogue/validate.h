// The rules of one field each, shared by the compiler (which knows file and line) and the table
// (which trusts no file). See docs/formats/catalogue.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gnomon::catalogue {

inline constexpr size_t kMaxServices = 65534;  // ServiceIndex is 16 bits, 0xffff is "none"
inline constexpr size_t kMaxHosts = 1u << 18;  // over all services; ours has under a thousand
inline constexpr size_t kMaxHostsOfService = 4096;
inline constexpr size_t kMaxFileBytes = 16u << 20;  // serialised
inline constexpr size_t kMaxIdLength = 64;
inline constexpr size_t kMaxNameLength = 120;  // bytes of UTF-8
inline constexpr size_t kMaxHostLength = 253;  // RFC 1035 section 3.1, without the last dot
inline constexpr size_t kMaxLabelLength = 63;  // RFC 1035 section 2.3.4
inline constexpr size_t kMaxLocalText = 64;    // a path, key, field or value of a local model server

// Each returns what is wrong, or an empty string.

// Lower-case letters, digits and single hyphens between them; "any" is reserved for "any AI".
std::string IdProblem(std::string_view id);
// At least two lower-case letter-digit-hyphen labels (A-labels of RFC 5890 included), the last one
// not a number, so that no address passes as a name.
std::string SuffixProblem(std::string_view suffix);
// Names and sources as people read them: not empty, bounded, well-formed UTF-8 (protobuf would not
// load another), no control characters, since they are printed to terminals.
std::string TextProblem(std::string_view text);

// Of a local model server. A path begins with a slash and has no query; a key has letters, digits and
// underscores; a field's name is a token in lower case (RFC 9110 section 5.1); a value is printable
// ASCII, without quotes and backslashes, and that of a field in lower case.
std::string LocalPathProblem(std::string_view path);
std::string LocalKeyProblem(std::string_view key);
std::string LocalFieldProblem(std::string_view field);
std::string LocalValueProblem(std::string_view value, bool of_field);

}  // namespace gnomon::catalogue

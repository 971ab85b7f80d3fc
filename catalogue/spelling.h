// How alike two host names look to people: by edits, and by letters of other scripts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gnomon::catalogue {

// Levenshtein's distance. For host names: at most 253 bytes each.
size_t EditDistance(std::string_view a, std::string_view b);

// The code points of an A-label's "xn--" part ("chatgt-4za" -> "chatgрt"), by RFC 3492. Nothing for
// what is no Punycode or longer than a label may be.
std::optional<std::u32string> DecodePunycode(std::string_view encoded);

// One spelling for all names that a reader takes for the same: "ch4tgpt" differs from "chatgpt",
// but "chatgpt" with a Cyrillic letter p, "paypa1" and "rnicrosoft" do not from what they imitate.
// After the idea of skeletons in Unicode's UTS #39, with the letters that host names are imitated
// with.
std::string Skeleton(std::string_view host);

}  // namespace gnomon::catalogue

// Rules whose names are easily taken for another vendor's: a slip of the finger, or an imitation.
#pragma once

#include <string>
#include <string_view>

namespace gnomon::catalogue {

// Why two registered domains ("claude.ai", "ciaude.ai") are taken for one another, in words that
// the other name follows, or an empty string. Names of fewer than five letters before the first dot
// are never alike: there are too few of them.
std::string AlikeReason(std::string_view a, std::string_view b);

}  // namespace gnomon::catalogue

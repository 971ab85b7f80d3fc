#include "catalogue/desk/look_alike.h"

#include <algorithm>

#include "catalogue/spelling.h"

namespace gnomon::catalogue {
namespace {

constexpr size_t kShortestName = 5;

std::string_view FirstLabel(std::string_view domain) {
  return domain.substr(0, domain.find('.'));
}

}  // namespace

std::string AlikeReason(std::string_view a, std::string_view b) {
  if (a == b) return {};
  const std::string one = Skeleton(FirstLabel(a)), other = Skeleton(FirstLabel(b));
  if (std::min(one.size(), other.size()) < kShortestName) return {};
  if (FirstLabel(a) == FirstLabel(b)) return "is the same name under another ending as";
  if (one == other) return "reads the same as";
  if (std::max(one.size(), other.size()) - std::min(one.size(), other.size()) <= 1 &&
      EditDistance(FirstLabel(a), FirstLabel(b)) == 1) {
    return "is one letter away from";
  }
  return {};
}

}  // namespace gnomon::catalogue

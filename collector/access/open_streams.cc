#include "collector/access/open_streams.h"

#include <utility>

namespace gnomon::access {

OpenStreams::Place OpenStreams::Enter(const std::string& device, Cut cut) {
  const std::lock_guard lock(mutex_);
  if (open_.count(device) >= kPerDevice) return {};
  return {this, open_.emplace(device, std::move(cut))};
}

size_t OpenStreams::CutAll(const std::string& device) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = open_.equal_range(device);
  size_t cut = 0;
  for (auto at = first; at != last; ++at, ++cut) at->second();
  return cut;
}

void OpenStreams::Leave(Place::At at) {
  const std::lock_guard lock(mutex_);
  open_.erase(at);
}

}  // namespace gnomon::access

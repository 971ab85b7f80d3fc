#include "agent/classify/name_pool.h"

namespace gnomon::classify {

NamePool::Index NamePool::Acquire(const decode::HostName& host) {
  const Name name{host};
  Index index = names_.Find(name);
  if (index == Names::kNone) {
    if (names_.full()) {
      const Index unused = names_.Oldest(kUnused);
      if (unused == Names::kNone) return kNone;
      names_.Erase(unused);
    }
    index = names_.Insert(name);
  } else if (names_[index].count == 0) {
    names_.MoveTo(index, kHeld);
  }
  ++names_[index].count;
  return index;
}

void NamePool::Hold(Index index) {
  if (index != kNone) ++names_[index].count;
}

void NamePool::Release(Index index) {
  if (index == kNone) return;
  if (--names_[index].count == 0) names_.MoveTo(index, kUnused);
}

}  // namespace gnomon::classify

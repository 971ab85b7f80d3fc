#include "agent/classify/relayed_hellos.h"

namespace gnomon::classify {

bool RelayedHellos::SeenOnOtherSide(uint64_t random, bool loopback, TimeUs now) {
  if (loopback) last_loopback_ = now;
  // Without a proxy on this machine nothing is compared.
  if (loopback || now - last_loopback_ <= kLife) {
    for (const Entry& entry : entries_) {
      if (entry.random == random && entry.loopback != loopback && now - entry.time <= kLife) {
        return true;
      }
    }
  }
  entries_[next_] = {.random = random, .time = now, .loopback = loopback};
  next_ = (next_ + 1) % kEntries;
  return false;
}

}  // namespace gnomon::classify

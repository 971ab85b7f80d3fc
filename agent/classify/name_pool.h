// Host names that flows and DNS answers hold on to, each kept once and counted.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/classify/keyed_hash.h"
#include "agent/classify/lru_table.h"
#include "agent/decode/tls_client_hello.h"

namespace gnomon::classify {

// Only names of the catalogue come here, so a few hundred are many. Bounded all the same: anybody
// may ask for a thousand names below one of them.
class NamePool {
 public:
  using Index = uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  NamePool(uint32_t capacity, const KeyedHash& hash) : names_(capacity, NameHash{hash}) {}

  // kNone where all places are held; the caller then says the catalogue's suffix instead.
  // Each success needs one Release().
  Index Acquire(const decode::HostName& host);
  // One more holder of a name that is held; kNone is allowed here and below.
  void Hold(Index index);
  void Release(Index index);
  // Valid until the last Release() of this index.
  std::string_view View(Index index) const { return names_.key(index).host.view(); }

 private:
  struct Name {
    decode::HostName host;
    bool operator==(const Name& other) const { return host.view() == other.host.view(); }
  };
  struct NameHash {
    KeyedHash hash;
    uint64_t operator()(const Name& name) const {
      const std::string_view text = name.host.view();
      return hash({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    }
  };
  struct Uses {
    uint32_t count = 0;
  };
  using Names = LruTable<Name, Uses, NameHash>;
  static constexpr uint8_t kHeld = Names::kFirstList;
  static constexpr uint8_t kUnused = Names::kSecondList;

  Names names_;
};

}  // namespace gnomon::classify

// The catalogue as the agent uses it: host name -> service, by suffix at a label boundary, the
// longest wins, constant work per label. Read-only after Build().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "catalogue/local_signatures.h"
#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// Index into the table's services; stable for the life of one table and of those built after it.
using ServiceIndex = uint16_t;
inline constexpr ServiceIndex kNoService = 0xffff;

struct Match {
  ServiceIndex service = kNoService;
  v1::HostRole role = v1::HOST_ROLE_UNSPECIFIED;
  bool embedded = false;    // presence alone is no use
  std::string_view suffix;  // which rule matched; lives as long as the table
  explicit operator bool() const { return service != kNoService; }
};

class Table {
 public:
  // Checks every bound and rule of the format (docs/formats/catalogue.md): hostile bytes give an
  // error, never a crash.
  // After `previous` (may be null), whose place it takes while flows are open: services keep their
  // index, and those that are gone stay as names without hosts. It holds on to `previous`, whose
  // suffixes open flows may still refer to.
  static Result<std::shared_ptr<const Table>> Build(
      const v1::Catalogue& catalogue, std::shared_ptr<const Table> previous = nullptr);
  static Result<std::shared_ptr<const Table>> Parse(
      std::string_view serialised, std::shared_ptr<const Table> previous = nullptr);
  static Result<std::shared_ptr<const Table>> Load(const std::string& path);

  // `host` in lower case without a trailing dot. Allocates nothing.
  Match Find(std::string_view host) const;

  const v1::Service& service(ServiceIndex index) const { return services_[index]; }
  size_t service_count() const { return services_.size(); }
  // kNoService where there is none with this id.
  ServiceIndex FindService(std::string_view id) const;
  uint64_t version() const { return version_; }
  // How local model servers are known.
  const LocalSignatures& local() const { return local_; }

 private:
  struct Slot {
    uint64_t hash = 0;    // of the suffix, computed label by label from the right
    uint32_t text = 0;    // offset into text_
    uint16_t length = 0;  // 0: empty slot
    ServiceIndex service = kNoService;
    uint8_t role = 0;
    bool embedded = false;
    bool exact = false;  // only the host itself
  };

  Table() = default;
  void PlaceServices(const v1::Catalogue& catalogue);
  Status Add(const v1::Host& host, ServiceIndex service);

  uint64_t version_ = 0;
  std::vector<v1::Service> services_;
  std::vector<ServiceIndex> by_id_;
  std::shared_ptr<const Table> previous_;
  std::vector<Slot> slots_;    // open addressing, a power of two, at most half full
  std::string text_;           // the suffixes, one after the other
  LocalSignatures local_;
  unsigned max_labels_ = 0;    // of the longest suffix: Find() looks no further
};

}  // namespace gnomon::catalogue

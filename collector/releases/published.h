// The releases that this collector hands to laptops, as files in one folder:
//
//   catalogue-7.release      a signed release, by kind and version
//   catalogue-7.percent      for how many laptops of a hundred; missing: all
//   catalogue.pin            nothing newer than this version goes out; missing: no pin
//   root-2.release           a new root
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "trust/release.h"
#include "trust/root.h"

namespace gnomon::releases {

struct PublishedRelease {
  uint64_t version = 0;
  uint32_t percent = 100;
};

// Reads the folder at each call: `gnomon-collector publish` changes it while the collector runs.
// Thread-safe.
class Published {
 public:
  explicit Published(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Verifies against `root` first, as laptops will: whoever publishes sees what is wrong, and not
  // ten thousand laptops. A version that is there stays what it is; its percentage may change.
  Status Add(Bytes release, trust::Kind kind, const trust::Root& root, uint32_t percent,
             int64_t now) const;
  // Laptops get nothing newer than `version`; nothing: no pin. What a laptop has, it keeps.
  Status Pin(trust::Kind kind, std::optional<uint64_t> version) const;
  std::optional<uint64_t> PinnedAt(trust::Kind kind) const;

  // By version, newest first.
  std::vector<PublishedRelease> List(trust::Kind kind) const;

  // The newest release that `device` is among the laptops for, or empty where that is not newer
  // than `version`. Which laptops are among the percentage is settled by a digest of the device's
  // name and the version: the same at each call, others for each release, nothing stored.
  Result<std::string> For(trust::Kind kind, std::string_view device, uint64_t version) const;
  // The bytes of a release that List() has.
  Result<std::string> Read(trust::Kind kind, uint64_t version) const;
  // The roots after `version`, in order.
  Result<std::vector<std::string>> RootsAfter(uint64_t version) const;

 private:
  std::filesystem::path FileOf(trust::Kind kind, uint64_t version,
                               std::string_view extension) const;

  std::filesystem::path folder_;
};

// 0..99
uint32_t RolloutPlace(std::string_view device, trust::Kind kind, uint64_t version);

}  // namespace gnomon::releases

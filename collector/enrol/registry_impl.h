// The registry's database, shared by the files that implement Registry. Internal to this folder.
#pragma once

#include <mutex>
#include <utility>

#include "base/sqlite.h"
#include "collector/enrol/registry.h"

namespace gnomon::enrol {

inline constexpr TimeUs kDayUs = 86'400 * kSecondUs;

class Registry::Impl {
 public:
  explicit Impl(Database opened) : database(std::move(opened)) {}
  std::mutex mutex;  // guards database
  Database database;
};

}  // namespace gnomon::enrol

// What every engine behind store::Store must do. An engine's own test names a factory:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(EngineFactory{...}));
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "collector/store/store.h"

namespace gnomon::store {

// Opens the engine over what lies in `folder`; called again after a "crash" with the same folder.
struct EngineFactory {
  std::string name;
  std::function<Result<std::unique_ptr<Store>>(const std::filesystem::path& folder)> open;
};
inline std::ostream& operator<<(std::ostream& out, const EngineFactory& factory) {
  return out << factory.name;
}

// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gnomon-store-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline Nonce MakeNonce(uint64_t number) {
  Nonce nonce{};
  for (size_t i = 0; i < 8; ++i) nonce[i] = static_cast<uint8_t>(number >> (8 * i));
  return nonce;
}

inline CellAddition Addition(Day day, std::string department, std::string service, Sums sums) {
  CellAddition addition;
  addition.key.day = day;
  addition.key.department = std::move(department);
  addition.key.service = std::move(service);
  addition.key.surface = v1::SURFACE_WEB;
  addition.sums = sums;
  return addition;
}

inline IncomingBatch MakeBatch(uint64_t nonce, std::vector<CellAddition> additions,
                               uint32_t digest = 7) {
  return {MakeNonce(nonce), digest, std::move(additions)};
}

// Adds up everything in the store.
inline Sums TotalOf(Store& store) {
  Sums total;
  EXPECT_TRUE(
      store.ForEachCell(INT32_MIN, INT32_MAX, [&](const CellAddition& cell) { total += cell.sums; })
          .ok());
  return total;
}

class StoreConformance : public testing::TestWithParam<EngineFactory> {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    store_.reset();
    auto opened = GetParam().open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = std::move(opened).value();
  }
  CommitOutcome CommitOne(const IncomingBatch& batch, Day today = kToday) {
    auto outcomes = store_->Commit({&batch, 1}, today);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status().message();
    return outcomes.ok() ? outcomes->at(0) : CommitOutcome::kConflict;
  }

  static constexpr Day kToday = 20'780;  // 2026-11-23
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace gnomon::store

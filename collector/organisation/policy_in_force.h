// The policy that answers are given under: the newest that was published to all laptops, else the
// file that collector.yaml names, else none.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/status.h"
#include "collector/releases/published.h"
#include "policy/organisation.h"

namespace gnomon::organisation {

// Looks at each call whether there is a newer one, so that a policy holds without a restart. What
// cannot be read changes nothing: the one before stays in force, and the log says why. Threads:
// safe.
class PolicyInForce {
 public:
  // `published` must outlive this. `file` is YAML (docs/formats/policy.md), or empty.
  PolicyInForce(const releases::Published& published, std::filesystem::path file)
      : published_(published), file_(std::move(file)) {}

  // What is wrong with the file, or ok: a collector does not start under a policy that it cannot
  // read.
  Status Check() const;
  std::shared_ptr<const policy::Organisation> Now() const;

 private:
  // Where the policy in force came from: a release's version, or a file's time and size.
  struct Origin {
    uint64_t release = 0;
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    bool operator==(const Origin&) const = default;
  };
  std::optional<Origin> Newest() const;
  Result<policy::Organisation> Read(const Origin& origin) const;

  const releases::Published& published_;
  const std::filesystem::path file_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::optional<Origin> origin_;
  mutable std::shared_ptr<const policy::Organisation> current_ =
      std::make_shared<policy::Organisation>();
};

}  // namespace gnomon::organisation

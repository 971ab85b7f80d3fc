// Something that is published to laptops or lies in a file, as it is in force for answers now.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>

#include "base/log.h"
#include "base/status.h"
#include "collector/releases/published.h"
#include "trust/release.h"

namespace gnomon::organisation {

// The newest release that was published to all laptops and is not held back by a pin, else the
// file, else nothing. Looks at each call whether there is a newer one, so that it holds without a
// restart; what cannot be read changes nothing: the one before stays in force, and the log says
// why. Threads: safe.
template <typename T>
class InForce {
 public:
  struct Sources {
    const releases::Published* published = nullptr;  // outlives this; null: never published
    trust::Kind kind = trust::Kind::kPolicy;
    std::function<Result<T>(const std::string& body)> from_release;
    std::filesystem::path file;  // or empty
    std::function<Result<T>(const std::filesystem::path& file)> from_file;
    std::string name;  // for the log: "policy"
  };
  explicit InForce(Sources sources) : sources_(std::move(sources)) {}

  // What is wrong with the file, or ok: a collector does not start with one that it cannot read.
  Status Check() const {
    return sources_.file.empty() ? Status::Ok() : sources_.from_file(sources_.file).status();
  }

  // A default T where there is nothing.
  std::shared_ptr<const T> Now() const {
    const std::lock_guard lock(mutex_);
    const std::optional<Origin> newest = Newest();
    // A file that is gone for a moment, while it is replaced, takes nothing away.
    if (!newest || newest == origin_) return current_;
    origin_ = newest;  // one that cannot be read is not tried again before it changes
    Result<T> read = Read(*newest);
    if (!read.ok()) {
      log::Error("not_in_force", {{"what", sources_.name}, {"error", read.status().message()}});
      return current_;
    }
    current_ = std::make_shared<T>(std::move(read).value());
    log::Info("in_force", {{"what", sources_.name}, {"release", newest->release}});
    return current_;
  }

 private:
  // A release's version, or a file's time and size.
  struct Origin {
    uint64_t release = 0;
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    bool operator==(const Origin&) const = default;
  };

  std::optional<Origin> Newest() const {
    if (sources_.published != nullptr) {
      const uint64_t pin = sources_.published->PinnedAt(sources_.kind).value_or(UINT64_MAX);
      for (const releases::PublishedRelease& release : sources_.published->List(sources_.kind)) {
        // One that is tried with some laptops is not the organisation's yet.
        if (release.version <= pin && release.percent == 100)
          return Origin{.release = release.version};
      }
    }
    if (sources_.file.empty()) return std::nullopt;
    std::error_code error;
    Origin origin;
    origin.changed = std::filesystem::last_write_time(sources_.file, error);
    if (!error) origin.size = std::filesystem::file_size(sources_.file, error);
    return error ? std::nullopt : std::optional(origin);
  }

  Result<T> Read(const Origin& origin) const {
    if (origin.release == 0) return sources_.from_file(sources_.file);
    // Verified when it was published; laptops verify it again.
    GNOMON_ASSIGN_OR_RETURN(const std::string bytes,
                            sources_.published->Read(sources_.kind, origin.release));
    GNOMON_ASSIGN_OR_RETURN(const trust::Release release,
                            trust::Release::Parse(trust::BytesOf(bytes)));
    return sources_.from_release(release.body);
  }

  const Sources sources_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::optional<Origin> origin_;
  mutable std::shared_ptr<const T> current_ = std::make_shared<T>();
};

}  // namespace gnomon::organisation

// The streams that are open now, by device, so that a revoked device's is cut at once. Nothing else
// reads it, and a name is in it only as long as its stream is open.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace gnomon::access {

// Threads: safe.
class OpenStreams {
 public:
  // Of one device at once: an honest laptop has one, and one more while a broken one is not noticed
  // yet.
  static constexpr size_t kPerDevice = 4;

  using Cut = std::function<void()>;  // must not call back into this object

  // Holds its stream's place; gives it back when it goes.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : streams_(other.streams_), at_(other.at_) {
      other.streams_ = nullptr;
    }
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (streams_ != nullptr) streams_->Leave(at_);
    }
    // False where the device has too many open already.
    explicit operator bool() const { return streams_ != nullptr; }

   private:
    friend class OpenStreams;
    using At = std::multimap<std::string, Cut>::iterator;
    Place(OpenStreams* streams, At at) : streams_(streams), at_(at) {}
    OpenStreams* streams_ = nullptr;
    At at_;
  };

  Place Enter(const std::string& device, Cut cut);
  // Cuts what is open of the device; returns how many.
  size_t CutAll(const std::string& device);

 private:
  void Leave(Place::At at);

  std::mutex mutex_;  // guards what follows
  std::multimap<std::string, Cut> open_;
};

}  // namespace gnomon::access

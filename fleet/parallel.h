// Runs one task for each index on a few threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "base/status.h"

namespace gnomon::fleet {

// `task(index)` for 0 .. count-1; after the first error no further task begins, and it is returned.
template <typename Task>
Status ForEachIndex(size_t count, unsigned threads, const Task& task) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  Status first;
  {
    std::vector<std::jthread> workers;
    for (size_t i = std::min<size_t>(count, threads); i > 0; --i) {
      workers.emplace_back([&] {
        for (size_t index = next++; index < count && !failed; index = next++) {
          Status status = task(index);
          if (status.ok()) continue;
          const std::lock_guard lock(mutex);
          if (first.ok()) first = std::move(status);
          failed = true;
        }
      });
    }
  }
  return first;
}

}  // namespace gnomon::fleet

// A moment as operators read it.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

namespace gnomon::cli {

// "2026-11-28 17:05", local time.
inline std::string LocalMinute(int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm tm{};
  localtime_r(&time, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
  return text;
}

}  // namespace gnomon::cli

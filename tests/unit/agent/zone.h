// Time zones and instants for tests.
#pragma once

#include <cstdlib>
#include <ctime>

#include "base/clock.h"

namespace gnomon::agent::test {

// The machine's time zone while it lives; back to UTC after.
class Zone {
 public:
  explicit Zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
};

inline TimeUs Utc(Day day, int hour, int minute = 0, int second = 0) {
  return (TimeUs{day} * 86400 + hour * 3600 + minute * 60 + second) * kSecondUs;
}

}  // namespace gnomon::agent::test

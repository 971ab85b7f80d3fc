#include "agent/inspect/words.h"

#include <cstdio>
#include <ctime>

namespace gnomon::inspect {

std::string_view EvidenceName(v1::Evidence evidence) {
  switch (evidence) {
    case v1::EVIDENCE_NAMED:
      return "named";
    case v1::EVIDENCE_RESOLVED:
      return "resolved";
    case v1::EVIDENCE_LOCAL:
      return "local";
    default:
      return "unknown";
  }
}

std::string_view ClientName(v1::Client client) {
  switch (client) {
    case v1::CLIENT_BROWSER:
      return "browser";
    case v1::CLIENT_EDITOR:
      return "editor";
    case v1::CLIENT_TERMINAL:
      return "terminal";
    case v1::CLIENT_SCRIPT_RUNTIME:
      return "script runtime";
    case v1::CLIENT_DESKTOP_APP:
      return "desktop app";
    default:
      return "unknown";
  }
}

std::string ClockText(TimeUs time, bool milliseconds) {
  const std::time_t seconds = static_cast<std::time_t>(time / kSecondUs);
  std::tm tm{};
  localtime_r(&seconds, &tm);
  char text[32];
  std::snprintf(text, sizeof text, milliseconds ? "%02d:%02d:%02d.%03d" : "%02d:%02d:%02d",
                tm.tm_hour, tm.tm_min, tm.tm_sec, static_cast<int>(time % kSecondUs / 1000));
  return text;
}

std::string SizeText(uint64_t bytes) {
  char text[32];
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) {
    std::snprintf(text, sizeof text, "%d B", static_cast<int>(bytes));
  } else if (bytes < 1'000'000) {
    std::snprintf(text, sizeof text, "%.0f kB", value / 1e3);
  } else if (bytes < 1'000'000'000) {
    std::snprintf(text, sizeof text, "%.1f MB", value / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.1f GB", value / 1e9);
  }
  return text;
}

std::string LengthText(TimeUs from, TimeUs to) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(to - from) / kSecondUs);
  return text;
}

std::string CountText(uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string TurnDetail(const sessionise::Turn& turn) {
  return "answer after " + LengthText(turn.start, turn.first) + ", for " +
         LengthText(turn.first, turn.last) + (turn.automated ? ", automated" : "");
}

std::string UploadDetail(const sessionise::Upload& upload) {
  return SizeText(upload.bytes) + " in " + LengthText(upload.start, upload.end);
}

std::string VisitDetail(const sessionise::Visit& visit) {
  return CountText(visit.turns, "turn") + ", " + LengthText(visit.start, visit.end) + ", " +
         SizeText(visit.bytes_up) + " up, " + SizeText(visit.bytes_down) + " down";
}

}  // namespace gnomon::inspect

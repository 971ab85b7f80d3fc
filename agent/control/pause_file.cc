#include "agent/control/pause_file.h"

#include <charconv>
#include <string>

#include "base/file.h"

namespace gnomon::control {
namespace {

std::filesystem::path FileIn(const std::filesystem::path& state) {
  return state / "paused";
}

}  // namespace

std::optional<int64_t> ReadPause(const std::filesystem::path& state, TimeUs now) {
  const std::filesystem::path file = FileIn(state);
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return std::nullopt;
  const Result<std::string> text = ReadFile(file, 64);
  if (!text.ok()) return kNoEnd;
  int64_t until = kNoEnd;
  const auto [end, wrong] = std::from_chars(text->data(), text->data() + text->size(), until);
  if (wrong != std::errc() || end == text->data() || until < 0) return kNoEnd;
  if (until != kNoEnd && until <= now / kSecondUs) return std::nullopt;
  return until;
}

Status WritePause(const std::filesystem::path& state, int64_t until) {
  return WriteFileAtomically(FileIn(state), std::to_string(until) + "\n", 0600);
}

Status RemovePause(const std::filesystem::path& state) {
  std::error_code error;
  std::filesystem::remove(FileIn(state), error);
  return error ? Internal("the pause cannot be ended: " + error.message()) : Status::Ok();
}

}  // namespace gnomon::control

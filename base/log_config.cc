#include "base/log_config.h"

namespace gnomon::log {

const char* LevelName(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "info";
}

const char* FormatName(Format format) { return format == Format::kJson ? "json" : "text"; }

Status ReadConfig(YamlFields& fields, const std::string& origin, Level* level, Format* format) {
  YamlFields keys(fields.Child("log"), origin);
  std::string level_name = LevelName(*level);
  std::string format_name = FormatName(*format);
  keys.String("level", &level_name);
  keys.String("format", &format_name);
  if (!ParseLevel(level_name, level)) {
    keys.Fail("level", "expected debug, info, warning or error");
  }
  if (format_name != "text" && format_name != "json") {
    keys.Fail("format", "expected text or json");
  }
  *format = format_name == "json" ? Format::kJson : Format::kText;
  return keys.Finish();
}

}  // namespace gnomon::log

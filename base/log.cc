#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace gnomon::log {
namespace {

Format g_format = Format::kText;

// A value is quoted where a reader could not tell where it ends.
std::string Quoted(const std::string& text) {
  if (!text.empty() && text.find_first_of(" =\"\n\t\\") == std::string::npos) return text;
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Render(std::string_view event, Fields fields) {
  if (g_format == Format::kJson) {
    nlohmann::ordered_json line;
    line["event"] = std::string(event);
    for (const Field& field : fields) {
      std::visit([&](const auto& v) { line[std::string(field.key)] = v; }, field.value);
    }
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  std::string text(event);
  for (const Field& field : fields) {
    text += ' ';
    text += field.key;
    text += '=';
    if (auto* number = std::get_if<int64_t>(&field.value)) {
      text += std::to_string(*number);
    } else if (auto* real = std::get_if<double>(&field.value)) {
      text += fmt::format("{:.3f}", *real);
    } else {
      text += Quoted(std::get<std::string>(field.value));
    }
  }
  return text;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

void Write(Level level, std::string_view event, Fields fields) {
  const auto at = ToSpdlog(level);
  if (!spdlog::should_log(at)) return;
  spdlog::log(at, "{}", Render(event, fields));
}

}  // namespace

void Init(std::string_view program, Level level, Format format) {
  g_format = format;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>(std::string(program), sink);
  logger->set_level(ToSpdlog(level));
  logger->flush_on(spdlog::level::info);
  if (format == Format::kJson) {
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","program":"%n","log":%v})");
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n %v");
  }
  spdlog::set_default_logger(logger);
}

void Off() { spdlog::default_logger()->set_level(spdlog::level::off); }

bool ParseLevel(std::string_view text, Level* level) {
  if (text == "debug") *level = Level::kDebug;
  else if (text == "info") *level = Level::kInfo;
  else if (text == "warning") *level = Level::kWarning;
  else if (text == "error") *level = Level::kError;
  else return false;
  return true;
}

void Debug(std::string_view event, Fields fields) { Write(Level::kDebug, event, fields); }
void Info(std::string_view event, Fields fields) { Write(Level::kInfo, event, fields); }
void Warning(std::string_view event, Fields fields) { Write(Level::kWarning, event, fields); }
void Error(std::string_view event, Fields fields) { Write(Level::kError, event, fields); }

}  // namespace gnomon::log

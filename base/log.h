// Structured logs: one event name and closed key=value fields, on standard error.
//
// Logs of Gnomon hold no address, host name, user or token; so fields are numbers, and words that the
// program itself chose, never text that came from the network.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace gnomon::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

// Called once by main. Threads: any thread may log afterwards.
void Init(std::string_view program, Level level, Format format);
// No lines from here on: a program that draws on the terminal to which they would go.
void Off();
// "debug", "info", "warning" or "error".
bool ParseLevel(std::string_view text, Level* level);

struct Field {
  std::string_view key;
  std::variant<int64_t, double, std::string> value;

  Field(std::string_view k, int64_t v) : key(k), value(v) {}
  Field(std::string_view k, int v) : key(k), value(static_cast<int64_t>(v)) {}
  Field(std::string_view k, unsigned v) : key(k), value(static_cast<int64_t>(v)) {}
  Field(std::string_view k, unsigned long v) : key(k), value(static_cast<int64_t>(v)) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
};
using Fields = std::initializer_list<Field>;

void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warning(std::string_view event, Fields fields = {});
void Error(std::string_view event, Fields fields = {});

}  // namespace gnomon::log

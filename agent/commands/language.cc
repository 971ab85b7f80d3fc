#include "agent/commands/language.h"

#include <cstdlib>
#include <ctime>

namespace gnomon::agent {

Language LanguageOf(const std::string& flag) {
  if (!flag.empty()) return flag == "zh" ? Language::kChinese : Language::kEnglish;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string(value).starts_with("zh") ? Language::kChinese : Language::kEnglish;
  }
  return Language::kEnglish;
}

std::string MomentText(int64_t moment) {
  const std::time_t time = moment;
  std::tm tm{};
  localtime_r(&time, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
  return text;
}

}  // namespace gnomon::agent

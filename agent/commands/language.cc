#include "agent/commands/language.h"

#include <cstdlib>

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

}  // namespace gnomon::agent

// The employee's side speaks two languages.
#pragma once

#include <string>

namespace gnomon::agent {

enum class Language { kEnglish, kChinese };

// "en" or "zh"; empty: Chinese where LC_ALL, LC_MESSAGES or LANG says so, else English.
Language LanguageOf(const std::string& flag);

// One of the two texts.
inline const char* In(Language language, const char* english, const char* chinese) {
  return language == Language::kChinese ? chinese : english;
}

}  // namespace gnomon::agent

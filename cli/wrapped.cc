#include "cli/wrapped.h"

#include <sstream>

#include "base/text_table.h"

namespace gnomon::cli {

std::string Wrapped(const std::string& sentence, const std::string& indent) {
  constexpr size_t kColumns = 100;
  std::string text = indent;
  size_t used = 0;  // behind the indent
  std::istringstream words(sentence);
  for (std::string word; words >> word;) {
    const size_t width = DisplayWidth(word);
    if (used > 0 && indent.size() + used + 1 + width > kColumns) {
      text += "\n" + indent + " ";
      used = 1;
    }
    text += (used > 0 ? " " : "") + word;
    used += (used > 0 ? 1 : 0) + width;
  }
  return text + "\n";
}

}  // namespace gnomon::cli

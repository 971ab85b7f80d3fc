#include "catalogue/validate.h"

#include <algorithm>

namespace gnomon::catalogue {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || IsDigit(c);
}

std::string LabelProblem(std::string_view label) {
  if (label.empty()) return "has an empty label";
  if (label.size() > kMaxLabelLength) return "has a label of more than 63 bytes";
  if (label.front() == '-' || label.back() == '-') return "has a label that begins or ends with -";
  for (char c : label) {
    if (c >= 'A' && c <= 'Z') return "must be in lower case";
    if (!IsLowerOrDigit(c) && c != '-') {
      return "may hold only letters, digits, hyphens and dots (write other scripts as xn--)";
    }
  }
  return {};
}

}  // namespace

std::string IdProblem(std::string_view id) {
  if (id.empty()) return "is empty";
  if (id.size() > kMaxIdLength) return "is longer than 64 bytes";
  if (id == "any") return "\"any\" is reserved";
  if (id.front() == '-' || id.back() == '-' || id.find("--") != std::string_view::npos) {
    return "may hold hyphens only singly between letters and digits";
  }
  for (char c : id) {
    if (!IsLowerOrDigit(c) && c != '-') {
      return "may hold only lower-case letters, digits and hyphens";
    }
  }
  return {};
}

std::string SuffixProblem(std::string_view suffix) {
  if (suffix.empty()) return "is empty";
  if (suffix.size() > kMaxHostLength) return "is longer than 253 bytes";
  size_t labels = 0;
  std::string_view label;
  for (size_t at = 0; at <= suffix.size(); at += label.size() + 1) {
    label = suffix.substr(at, suffix.find('.', at) - at);
    if (std::string problem = LabelProblem(label); !problem.empty()) return problem;
    ++labels;
  }
  if (labels < 2) return "needs at least two labels";
  if (std::all_of(label.begin(), label.end(), IsDigit)) return "is an address, not a name";
  return {};
}

std::string TextProblem(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kMaxNameLength) return "is longer than 120 bytes";
  for (unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return "holds a control character";
  }
  return {};
}

}  // namespace gnomon::catalogue

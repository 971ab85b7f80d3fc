#include "pki/enrolment_token.h"

#include <algorithm>

#include "base/random.h"
#include "pki/hex.h"

namespace gnomon::pki {
namespace {

constexpr std::string_view kPrefix = "gnm1";
constexpr size_t kIdDigits = 8;
constexpr size_t kSecretDigits = 32;
constexpr size_t kFingerprintDigits = 64;

// A token is pasted: a line end or a blank around it is no mistake worth an error.
std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view TakePart(std::string_view* text) {
  const size_t end = std::min(text->find('-'), text->size());
  const std::string_view part = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return part;
}

}  // namespace

EnrolmentToken EnrolmentToken::Make(std::string fingerprint) {
  return {RandomHex(kIdDigits / 2), RandomHex(kSecretDigits / 2), std::move(fingerprint)};
}

Result<EnrolmentToken> EnrolmentToken::Parse(std::string_view text) {
  // The messages hold no part of the text: it is a secret, and errors end up in logs.
  text = Trim(text);
  constexpr size_t kLength =
      kPrefix.size() + kIdDigits + kSecretDigits + kFingerprintDigits + 3;  // three hyphens
  if (!text.starts_with("gnm1-")) {
    return InvalidArgument("not an enrolment token: it does not begin with gnm1-");
  }
  if (text.size() != kLength) {
    return InvalidArgument("not a whole enrolment token: it has " + std::to_string(text.size()) +
                           " characters instead of " + std::to_string(kLength));
  }
  TakePart(&text);
  const std::string_view id = TakePart(&text);
  const std::string_view secret = TakePart(&text);
  if (!IsHex(id, kIdDigits) || !IsHex(secret, kSecretDigits) || !IsHex(text, kFingerprintDigits)) {
    return InvalidArgument("not an enrolment token: a part of it is not lower-case hex digits");
  }
  return EnrolmentToken{std::string(id), std::string(secret), std::string(text)};
}

std::string EnrolmentToken::ToString() const {
  return std::string(kPrefix) + "-" + id + "-" + secret + "-" + fingerprint;
}

}  // namespace gnomon::pki

#include "pki/operator_token.h"

#include "base/random.h"
#include "pki/hex.h"

namespace gnomon::pki {
namespace {

constexpr size_t kIdDigits = 8;
constexpr size_t kSecretDigits = 64;
constexpr size_t kLength = kOperatorTokenPrefix.size() + kIdDigits + 1 + kSecretDigits;

}  // namespace

OperatorToken OperatorToken::Make() {
  return {RandomHex(kIdDigits / 2), RandomHex(kSecretDigits / 2)};
}

Result<OperatorToken> OperatorToken::Parse(std::string_view text) {
  const Status wrong =
      InvalidArgument("not an operator's token: gno1- and " +
                      std::to_string(kLength - kOperatorTokenPrefix.size()) + " more characters");
  if (text.size() != kLength || !text.starts_with(kOperatorTokenPrefix)) return wrong;
  text.remove_prefix(kOperatorTokenPrefix.size());
  const std::string_view id = text.substr(0, kIdDigits), secret = text.substr(kIdDigits + 1);
  if (!IsHex(id, kIdDigits) || text[kIdDigits] != '-' || !IsHex(secret, kSecretDigits))
    return wrong;
  return OperatorToken{std::string(id), std::string(secret)};
}

std::string OperatorToken::ToString() const {
  return std::string(kOperatorTokenPrefix) + id + "-" + secret;
}

}  // namespace gnomon::pki

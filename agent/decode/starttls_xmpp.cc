#include <algorithm>
#include <string_view>

#include "agent/decode/http_syntax.h"
#include "agent/decode/starttls_protocols.h"

namespace gnomon::decode {
namespace {

constexpr std::string_view kDeclaration = "<?xml";
constexpr std::string_view kStream = "<stream:stream";
constexpr std::string_view kStartTls = "<starttls";
constexpr std::string_view kStartTlsEnd = "</starttls>";
constexpr std::string_view kNamespace = "urn:ietf:params:xml:ns:xmpp-tls";

// Goes forward through the text. Once it was not as expected, or is at its end, it stays there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  StartTlsResult result() const { return result_; }
  bool ok() const { return result_ == StartTlsResult::kFound; }
  size_t at() const { return at_; }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool StandsAt(std::string_view wanted) const { return text_.substr(at_).starts_with(wanted); }
  // `wanted` must stand here.
  void Skip(std::string_view wanted) {
    const std::string_view rest = text_.substr(at_);
    if (!ok()) return;
    if (rest.starts_with(wanted)) {
      at_ += wanted.size();
    } else {
      result_ = wanted.starts_with(rest) ? StartTlsResult::kNeedMore : StartTlsResult::kNotStartTls;
    }
  }
  // To behind `mark`, which ends a tag; what stood before it is given back.
  std::string_view SkipBehind(std::string_view mark) {
    if (!ok()) return {};
    const size_t end = text_.find(mark, at_);
    if (end == std::string_view::npos) {
      result_ = StartTlsResult::kNeedMore;
      return {};
    }
    const std::string_view before = text_.substr(at_, end - at_);
    if (before.find('<') != std::string_view::npos) result_ = StartTlsResult::kNotStartTls;
    at_ = end + mark.size();
    return before;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  StartTlsResult result_ = StartTlsResult::kFound;
};

}  // namespace

StartTlsResult ParseStartTlsXmpp(Bytes stream, size_t* length) {
  Cursor text(AsText(stream.first(std::min(stream.size(), kMaxStartTls))));
  if (text.StandsAt("<?")) {
    text.Skip(kDeclaration);
    text.SkipBehind("?>");
    text.SkipSpace();
  }
  text.Skip(kStream);
  text.SkipBehind(">");
  text.SkipSpace();
  text.Skip(kStartTls);
  const std::string_view attributes = text.SkipBehind(">");
  if (!text.ok()) return text.result();
  if (attributes.find(kNamespace) == std::string_view::npos) return StartTlsResult::kNotStartTls;
  if (!attributes.ends_with('/')) {
    text.SkipSpace();
    text.Skip(kStartTlsEnd);
  }
  *length = text.at();
  return text.result();
}

}  // namespace gnomon::decode

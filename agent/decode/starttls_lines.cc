#include <algorithm>
#include <array>
#include <string_view>

#include "agent/decode/http_syntax.h"
#include "agent/decode/starttls_protocols.h"

namespace gnomon::decode {
namespace {

// A client greets, asks what the server can do, and then for TLS: two or three lines. Some greet
// twice (EHLO, then HELO), some say who they are (ID).
constexpr int kMaxLines = 8;
// RFC 9051 section 9 has no limit; clients count up in a few characters.
constexpr size_t kMaxTag = 16;

struct Command {
  std::string_view name;
  bool arguments;  // may have some
  bool asks;       // for TLS
};

constexpr std::array<Command, 14> kCommands = {{
    {"EHLO", true, false},           // SMTP
    {"HELO", true, false},           // SMTP
    {"LHLO", true, false},           // LMTP
    {"NOOP", false, false},          // all of them
    {"CAPA", false, false},          // POP3
    {"CAPABILITY", false, false},    // IMAP, ManageSieve
    {"CAPABILITIES", false, false},  // NNTP
    {"MODE READER", false, false},   // NNTP
    {"FEAT", false, false},          // FTP
    {"ID", true, false},             // IMAP: RFC 2971
    {"STARTTLS", false, true},       // SMTP, IMAP, ManageSieve, NNTP
    {"STLS", false, true},           // POP3
    {"AUTH TLS", false, true},       // FTP
    {"AUTH SSL", false, true},       // FTP: curl asks for it first
}};

enum class Line : uint8_t { kPart, kGreeting, kAsksForTls, kOther };

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// `text` begins with `name`, or where it is shorter, `name` with it.
bool Agree(std::string_view text, std::string_view name) {
  const size_t length = std::min(text.size(), name.size());
  return std::equal(name.begin(), name.begin() + static_cast<ptrdiff_t>(length), text.begin(),
                    [](char wanted, char c) { return wanted == Upper(c); });
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool IsTag(std::string_view text) {
  constexpr std::string_view kOthers = ".-_";
  return text.size() <= kMaxTag && std::all_of(text.begin(), text.end(), [&](char c) {
           return (Upper(c) >= 'A' && Upper(c) <= 'Z') || (c >= '0' && c <= '9') ||
                  kOthers.find(c) != std::string_view::npos;
         });
}

// `text` is a line without its end where `whole`, else what has come of it.
Line JudgeCommand(std::string_view text, bool whole) {
  Line best = Line::kOther;
  for (const Command& command : kCommands) {
    if (!Agree(text, command.name)) continue;
    if (text.size() < command.name.size()) {
      if (!whole) best = Line::kPart;
      continue;
    }
    const std::string_view rest = text.substr(command.name.size());
    const bool fits = rest.empty() || (command.arguments && rest.front() == ' ');
    if (!fits || !IsPrintable(rest)) continue;
    if (!whole) return Line::kPart;
    return command.asks ? Line::kAsksForTls : Line::kGreeting;
  }
  return best;
}

Line Judge(std::string_view text, bool whole) {
  // What has come may end within the line's end.
  if (!whole && text.ends_with('\r')) text.remove_suffix(1);
  const Line untagged = JudgeCommand(text, whole);
  if (untagged != Line::kOther) return untagged;
  const size_t space = text.find(' ');
  if (!IsTag(text.substr(0, space)) || space == 0) return Line::kOther;
  if (space == std::string_view::npos) return whole ? Line::kOther : Line::kPart;
  return JudgeCommand(text.substr(space + 1), whole);
}

}  // namespace

StartTlsResult ParseStartTlsLines(Bytes stream, size_t* length) {
  // Commands and tags begin alike: most other protocols end here.
  if (!IsTag(AsText(stream.first(std::min<size_t>(stream.size(), 1)))))
    return StartTlsResult::kNotStartTls;
  const std::string_view text = AsText(stream.first(std::min(stream.size(), kMaxStartTls)));
  size_t at = 0;
  for (int lines = 0; lines < kMaxLines; ++lines) {
    const size_t begin = at;
    std::string_view line;
    if (!NextLine(text, &at, &line)) {
      return Judge(text.substr(begin), false) == Line::kPart ? StartTlsResult::kNeedMore
                                                             : StartTlsResult::kNotStartTls;
    }
    switch (Judge(line, true)) {
      case Line::kGreeting:
        break;
      case Line::kAsksForTls:
        *length = at;
        return StartTlsResult::kFound;
      default:
        return StartTlsResult::kNotStartTls;
    }
  }
  return StartTlsResult::kNotStartTls;
}

}  // namespace gnomon::decode

#include "collector/query/audit_chain.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace gnomon::query {
namespace {

constexpr std::string_view kBeforeChain = R"(,"chain":")";
constexpr size_t kHexDigits = 64;
constexpr size_t kTail = kBeforeChain.size() + kHexDigits + 2;  // and "}
constexpr int kNumberDigits = 20;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string ChainOf(std::string_view before, std::string_view object) {
  std::string input(before);
  input.append("\n").append(object);
  return AuditDigest(input);
}

}  // namespace

std::string AuditDigest(std::string_view bytes) {
  std::array<uint8_t, kHexDigits / 2> digest;
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const uint8_t*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  std::string hex(kHexDigits + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.resize(kHexDigits);
  return hex;
}

std::string TieLine(std::string_view object, AuditHead& head) {
  head.chain = ChainOf(head.chain, object);
  ++head.number;
  std::string line(object.substr(0, object.size() - 1));
  return line.append(kBeforeChain).append(head.chain).append("\"}");
}

AuditLine SplitLine(std::string_view line) {
  AuditLine parts;
  if (line.size() <= kTail || line.front() != '{' || !line.ends_with("\"}")) return parts;
  const std::string_view tail = line.substr(line.size() - kTail);
  const std::string_view chain = tail.substr(kBeforeChain.size(), kHexDigits);
  if (!tail.starts_with(kBeforeChain) || !IsHex(chain)) return parts;
  parts.chained = true;
  parts.object = std::string(line.substr(0, line.size() - kTail)) + "}";
  parts.chain = std::string(chain);
  return parts;
}

bool Follows(const AuditLine& line, std::string_view before) {
  return line.chained && ChainOf(before, line.object) == line.chain;
}

std::string RenderHead(const AuditHead& head) {
  char number[kNumberDigits + 1];
  std::snprintf(number, sizeof number, "%0*llu", kNumberDigits,
                static_cast<unsigned long long>(head.number));
  return std::string(number) + " " + head.chain + "\n";
}

Result<AuditHead> ParseHead(std::string_view text) {
  constexpr size_t kSize = kNumberDigits + 1 + kHexDigits + 1;
  const auto damaged = [] { return DataLoss("the audit log's head is damaged"); };
  if (text.size() != kSize || text[kNumberDigits] != ' ' || text.back() != '\n') return damaged();
  AuditHead head;
  for (const char c : text.substr(0, kNumberDigits)) {
    if (c < '0' || c > '9' || head.number > UINT64_MAX / 10 - 1) return damaged();
    head.number = head.number * 10 + static_cast<uint64_t>(c - '0');
  }
  head.chain = std::string(text.substr(kNumberDigits + 1, kHexDigits));
  if (!IsHex(head.chain)) return damaged();
  return head;
}

std::filesystem::path HeadFile(const std::filesystem::path& log) {
  return log.string() + ".head";
}

std::filesystem::path PartName(const std::filesystem::path& log, uint64_t last_number) {
  char number[kNumberDigits + 1];
  std::snprintf(number, sizeof number, "%0*llu", kNumberDigits,
                static_cast<unsigned long long>(last_number));
  return log.string() + "." + number;
}

std::vector<std::filesystem::path> AuditParts(const std::filesystem::path& log) {
  std::vector<std::filesystem::path> parts;
  const std::string prefix = log.filename().string() + ".";
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(log.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() != prefix.size() + kNumberDigits || !name.starts_with(prefix)) continue;
    if (!std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                     [](char c) { return c >= '0' && c <= '9'; })) {
      continue;
    }
    parts.push_back(entry.path());
  }
  std::sort(parts.begin(), parts.end());
  parts.push_back(log);
  return parts;
}

}  // namespace gnomon::query

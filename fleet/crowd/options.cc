#include "fleet/crowd/options.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "base/file.h"

namespace gnomon::fleet {
namespace {

constexpr uint32_t kMostDevices = 100'000;

bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Errors never repeat what may be a token in the wrong place.
Status SetToken(const std::string& department, const std::string& token,
                std::map<std::string, std::string>* tokens) {
  if (!IsCode(department)) return InvalidArgument("the department is no code (a-z, 0-9, -)");
  if (token.empty()) return InvalidArgument(department + ": its token is missing");
  if (!tokens->emplace(department, token).second) {
    return InvalidArgument(department + ": has two tokens");
  }
  return Status::Ok();
}

}  // namespace

Status FleetOptions::Validate() const {
  if (departments.empty()) return InvalidArgument("--department: at least one is needed");
  std::set<std::string> codes;
  for (const DepartmentOptions& department : departments) {
    if (!codes.insert(department.code).second) {
      return InvalidArgument("--department: " + department.code + " is given twice");
    }
    if (!tokens.contains(department.code)) {
      return InvalidArgument("--token-for, --tokens: there is no token for " + department.code);
    }
  }
  if (days < 1 || days > 1000) return InvalidArgument("--days: must be 1 to 1000");
  if (from < 1) return InvalidArgument("--from: must be after 1970-01-01");
  if (threads < 1 || threads > 64) return InvalidArgument("--threads: must be 1 to 64");
  return Status::Ok();
}

Result<DepartmentOptions> ParseDepartment(std::string_view text) {
  const Status wrong = InvalidArgument("--department " + std::string(text) +
                                       ": write it as code:devices:habit, for example "
                                       "finance:24:heavy");
  const size_t first = text.find(':');
  const size_t second = first == text.npos ? text.npos : text.find(':', first + 1);
  if (second == text.npos) return wrong;
  DepartmentOptions department;
  department.code = text.substr(0, first);
  if (!IsCode(department.code)) return wrong;
  const std::string_view number = text.substr(first + 1, second - first - 1);
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), department.devices);
  if (error != std::errc() || end != number.data() + number.size() || department.devices == 0 ||
      department.devices > kMostDevices) {
    return wrong;
  }
  Result<Habit> habit = ParseHabit(text.substr(second + 1));
  if (!habit.ok()) return habit.status().WithContext("--department " + std::string(text));
  department.habit = *habit;
  return department;
}

Status AddToken(std::string_view text, std::map<std::string, std::string>* tokens) {
  const size_t at = text.find('=');
  if (at == text.npos) return InvalidArgument("--token-for: write it as department=TOKEN");
  return SetToken(std::string(text.substr(0, at)), std::string(text.substr(at + 1)), tokens)
      .WithContext("--token-for");
}

Status ReadTokens(const std::filesystem::path& file, std::map<std::string, std::string>* tokens) {
  GNOMON_ASSIGN_OR_RETURN(std::string content, ReadFile(file, 1u << 20));
  std::istringstream lines(content);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string department, token, more;
    words >> department >> token >> more;
    if (department.empty() || department[0] == '#') continue;
    Status status = more.empty() ? SetToken(department, token, tokens)
                                 : InvalidArgument("more than a department and a token");
    if (!status.ok()) return status.WithContext(file.string() + ":" + std::to_string(number));
  }
  return Status::Ok();
}

}  // namespace gnomon::fleet

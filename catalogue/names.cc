#include "catalogue/names.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>

namespace gnomon::catalogue {
namespace {

template <typename T>
using Named = std::pair<std::string_view, T>;

constexpr Named<v1::Category> kCategories[] = {
    {"chat", v1::CATEGORY_CHAT},
    {"api", v1::CATEGORY_API},
    {"code", v1::CATEGORY_CODE},
    {"search", v1::CATEGORY_SEARCH},
    {"writing", v1::CATEGORY_WRITING},
    {"image", v1::CATEGORY_IMAGE},
    {"video", v1::CATEGORY_VIDEO},
    {"audio", v1::CATEGORY_AUDIO},
    {"translation", v1::CATEGORY_TRANSLATION},
    {"agent", v1::CATEGORY_AGENT},
    {"office", v1::CATEGORY_OFFICE},
    {"local", v1::CATEGORY_LOCAL},
};
constexpr Named<v1::Surface> kSurfaces[] = {
    {"web", v1::SURFACE_WEB},
    {"api", v1::SURFACE_API},
    {"editor", v1::SURFACE_EDITOR},
    {"desktop_app", v1::SURFACE_DESKTOP_APP},
    {"local_model", v1::SURFACE_LOCAL_MODEL},
};
constexpr Named<v1::HostRole> kRoles[] = {
    {"use", v1::HOST_ROLE_USE},
    {"files", v1::HOST_ROLE_FILES},
    {"support", v1::HOST_ROLE_SUPPORT},
    {"sign_in", v1::HOST_ROLE_SIGN_IN},
    {"telemetry", v1::HOST_ROLE_TELEMETRY},
};

template <typename T, size_t N>
std::string_view NameIn(const Named<T> (&table)[N], T value) {
  for (const auto& [name, known] : table) {
    if (known == value) return name;
  }
  return "unspecified";
}

template <typename T, size_t N>
T ValueIn(const Named<T> (&table)[N], std::string_view wanted) {
  for (const auto& [name, value] : table) {
    if (name == wanted) return value;
  }
  return T{};
}

template <typename T, size_t N>
std::string ListOf(const Named<T> (&table)[N]) {
  std::string names;
  for (const auto& entry : table) {
    if (!names.empty()) names += ", ";
    names += entry.first;
  }
  return names;
}

}  // namespace

std::string_view CategoryName(v1::Category category) {
  return NameIn(kCategories, category);
}
std::string_view SurfaceName(v1::Surface surface) {
  return NameIn(kSurfaces, surface);
}
std::string_view RoleName(v1::HostRole role) {
  return NameIn(kRoles, role);
}
v1::Category ParseCategory(std::string_view name) {
  return ValueIn(kCategories, name);
}
v1::Surface ParseSurface(std::string_view name) {
  return ValueIn(kSurfaces, name);
}
v1::HostRole ParseRole(std::string_view name) {
  return ValueIn(kRoles, name);
}
std::string CategoryNames() {
  return ListOf(kCategories);
}
std::string SurfaceNames() {
  return ListOf(kSurfaces);
}
std::string RoleNames() {
  return ListOf(kRoles);
}

std::optional<int32_t> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](size_t at, size_t width) {
    unsigned value = 0;
    const char* end = text.data() + at + width;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && stop == end ? static_cast<int>(value) : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 2000 || year > 2199 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::string DateText(int32_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

}  // namespace gnomon::catalogue

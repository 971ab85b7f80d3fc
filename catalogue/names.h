// How the enumerations and dates of the catalogue are written in YAML and printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gnomon/v1/catalogue.pb.h"

namespace gnomon::catalogue {

// "chat", "desktop_app", "sign_in"; "unspecified" for a value without a name.
std::string_view CategoryName(v1::Category category);
std::string_view SurfaceName(v1::Surface surface);
std::string_view RoleName(v1::HostRole role);

// UNSPECIFIED where there is none with this name.
v1::Category ParseCategory(std::string_view name);
v1::Surface ParseSurface(std::string_view name);
v1::HostRole ParseRole(std::string_view name);

// "chat, api, code, ..." for error messages.
std::string CategoryNames();
std::string SurfaceNames();
std::string RoleNames();

// "2026-11-23" <-> days since 1970-01-01. Nothing for what is no date of the years 2000 to 2199.
std::optional<int32_t> ParseDate(std::string_view text);
std::string DateText(int32_t days);

}  // namespace gnomon::catalogue

// The shape of an identity: what may stand in a client certificate's subject.
// docs/formats/enrolment.md, "Certificates".
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::pki {

inline constexpr std::string_view kDeviceOrganisation = "gnomon device";
inline constexpr std::string_view kOperatorOrganisation = "gnomon operator";
inline constexpr std::string_view kServerOrganisation = "gnomon collector";
inline constexpr std::string_view kAuthorityOrganisation = "gnomon authority";

// kInvalidArgument where the name or scope is not of the shape that its kind demands.
Status CheckIdentity(const Identity& identity);

}  // namespace gnomon::pki

// libpcap's data link numbers (DLT_*) and ours.
#pragma once

#include <string_view>

#include "agent/capture/frame.h"
#include "base/status.h"

namespace gnomon::capture {

// The link type of a libpcap handle's pcap_datalink(). kInvalidArgument names a type that is not
// decoded; `source` (file or interface) begins the message.
Result<LinkType> LinkTypeFromPcap(int dlt, std::string_view source);

}  // namespace gnomon::capture

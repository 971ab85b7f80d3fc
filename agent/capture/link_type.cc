#include "agent/capture/link_type.h"

#include <pcap.h>

#include <string>

namespace gnomon::capture {

Result<LinkType> LinkTypeFromPcap(int dlt, std::string_view source) {
  switch (dlt) {
    case DLT_EN10MB:
      return LinkType::kEthernet;
    case DLT_LINUX_SLL:
      return LinkType::kLinuxSll;
    case DLT_LINUX_SLL2:
      return LinkType::kLinuxSll2;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return LinkType::kRawIp;
    case DLT_NULL:
      return LinkType::kNull;
    case DLT_LOOP:
      return LinkType::kLoop;
    default:
      break;
  }
  const char* name = pcap_datalink_val_to_name(dlt);
  const char* description = pcap_datalink_val_to_description(dlt);
  std::string message(source);
  message += ": link type " + (name != nullptr ? std::string(name) : std::to_string(dlt));
  if (description != nullptr) message += std::string(" (") + description + ")";
  message +=
      " is not supported; Ethernet, Linux cooked, raw IP, null and loop are (pcap-linktype(7))";
  return InvalidArgument(std::move(message));
}

}  // namespace gnomon::capture

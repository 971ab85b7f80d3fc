#include "agent/capture/vpn_interface.h"

#include <charconv>
#include <filesystem>

#include "base/file.h"

namespace gnomon::capture {
namespace {

// linux/if_arp.h.
constexpr int kPpp = 512;
constexpr int kTunnel = 768;  // IP in IP, and VTI for IPsec
constexpr int kTunnel6 = 769;
constexpr int kSit = 776;
constexpr int kGre = 778;
constexpr int kGre6 = 823;
constexpr int kNoLinkLayer = 65534;  // tun, WireGuard, xfrm; modems too

constexpr size_t kMaxFile = 4096;  // a page is all that sysfs gives

bool HasLine(std::string_view text, std::string_view line) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (text.substr(0, end) == line) return true;
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

bool IsVpn(const InterfaceTraits& traits) {
  if (traits.has_tun_flags || HasLine(traits.uevent, "DEVTYPE=wireguard")) return true;
  int type = 0;
  std::from_chars(traits.type.data(), traits.type.data() + traits.type.size(), type);
  switch (type) {
    case kPpp:
    case kTunnel:
    case kTunnel6:
    case kSit:
    case kGre:
    case kGre6:
      return true;
    case kNoLinkLayer:
      return traits.is_virtual;
    default:
      return false;
  }
}

bool IsVpnInterface(const std::string& name, const std::string& root) {
  // An interface's name is no path (dev_valid_name() in net/core/dev.c).
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    return false;
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(root) / name;
  const auto text = [&](const char* file) {
    Result<std::string> read = ReadFile(folder / file, kMaxFile);
    return read.ok() ? std::move(read).value() : std::string();
  };
  const std::string type = text("type");
  const std::string uevent = text("uevent");
  std::error_code error;
  InterfaceTraits traits{type, uevent};
  traits.has_tun_flags = fs::exists(folder / "tun_flags", error);
  // /sys/devices/virtual/net/NAME has no `device`, and a card's or modem's folder has.
  traits.is_virtual = !fs::exists(folder / "device", error);
  return !type.empty() && IsVpn(traits);
}

}  // namespace gnomon::capture

// Which devices are let in, asked by every service that a laptop calls. collector/enrol/registry.h
// answers.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "pki/authority.h"

namespace gnomon::access {

// Of an account's key (collector/ingest/account.h): tells whether a laptop shows the key that it
// showed first.
using AccountDigest = std::array<uint8_t, 32>;

// Threads: safe.
class DeviceDirectory {
 public:
  virtual ~DeviceDirectory() = default;
  // kPermissionDenied with one sentence: not registered (any more), revoked, or of another
  // department by now.
  virtual Status Admit(const pki::Identity& device) = 0;
  // The first digest that a device shows is kept; kPermissionDenied for any other after it.
  virtual Status CheckAccount(const std::string& device, const AccountDigest& digest) = 0;
};

}  // namespace gnomon::access

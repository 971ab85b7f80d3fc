// Devices: who is let in, renewed, listed, revoked, forgotten.
#include <algorithm>

#include "collector/enrol/registry_impl.h"
#include "pki/hex.h"

namespace gnomon::enrol {
namespace {

constexpr size_t kShortestPrefix = 8;
constexpr size_t kNameDigits = 32;

constexpr char kDeviceColumns[] =
    "SELECT name, department, ends_us, revoked, day, agent_version, catalogue_version,"
    "       capture_running FROM devices LEFT JOIN health ON device = name ";

v1::Device DeviceOf(const Statement& row) {
  v1::Device device;
  device.set_name(row.Text(0));
  device.set_department(row.Text(1));
  device.set_certificate_ends(row.Int(2) / kSecondUs);
  device.set_revoked(row.Int(3) != 0);
  if (!row.IsNull(4)) {
    device.set_health_day(static_cast<int32_t>(row.Int(4)));
    device.set_agent_version(row.Text(5));
    device.set_catalogue_version(static_cast<uint64_t>(row.Int(6)));
    device.set_capture_running(row.Int(7) != 0);
  }
  return device;
}

// The one device whose name begins with `prefix`. Under the registry's lock.
Result<v1::Device> FindOne(Database& database, const std::string& prefix) {
  if (prefix.size() < kShortestPrefix ||
      !pki::IsHex(prefix, std::min(prefix.size(), kNameDigits))) {
    return InvalidArgument("a device's name is 32 hex digits; the first 8 or more of them do");
  }
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare(std::string(kDeviceColumns) +
                       "WHERE name >= ?1 AND name < ?1 || 'g' ORDER BY name LIMIT 2"));
  GNOMON_ASSIGN_OR_RETURN(const bool found, rows.Bind(1, prefix).Step());
  if (!found) return NotFound("there is no device whose name begins with " + prefix);
  v1::Device device = DeviceOf(rows);
  GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
  if (more) return Conflict("more than one device's name begins with " + prefix);
  return device;
}

Status NotRegistered() {
  return PermissionDenied("this laptop is not registered here (any more): enrol it again");
}
Status WasRevoked() {
  return PermissionDenied("this laptop was revoked here; ask IT");
}

}  // namespace

Result<std::map<std::string, uint32_t>> Registry::DevicesByDepartment() {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows,
      impl_->database.Prepare(
          "SELECT department, COUNT(*) FROM devices WHERE revoked = 0 GROUP BY department"));
  std::map<std::string, uint32_t> devices;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return devices;
    devices[rows.Text(0)] = static_cast<uint32_t>(rows.Int(1));
  }
}

Result<bool> Registry::Known(const std::string& device) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(Statement find,
                          impl_->database.Prepare("SELECT 1 FROM devices WHERE name = ?1"));
  return find.Bind(1, device).Step();
}

Status Registry::Admit(const pki::Identity& device) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement find,
      impl_->database.Prepare("SELECT department, revoked FROM devices WHERE name = ?1"));
  GNOMON_ASSIGN_OR_RETURN(const bool known, find.Bind(1, device.name).Step());
  if (!known) return NotRegistered();
  if (find.Int(1) != 0) return WasRevoked();
  if (find.Text(0) != device.scope) {
    return PermissionDenied("this laptop has joined another department since");
  }
  return Status::Ok();
}

Status Registry::CheckAccount(const std::string& device, const access::AccountDigest& digest) {
  const std::lock_guard lock(impl_->mutex);
  Database& database = impl_->database;
  GNOMON_ASSIGN_OR_RETURN(Statement find,
                          database.Prepare("SELECT account FROM devices WHERE name = ?1"));
  GNOMON_ASSIGN_OR_RETURN(const bool known, find.Bind(1, device).Step());
  if (!known) return NotRegistered();
  const bool first = find.IsNull(0);
  const std::string kept = find.Text(0);
  find.Reset();
  if (!first) {
    return std::string_view(kept) ==
                   std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())
               ? Status::Ok()
               : PermissionDenied("the account's key is not the one that this laptop showed first");
  }
  GNOMON_ASSIGN_OR_RETURN(
      Statement keep,
      database.Prepare("UPDATE devices SET account = ?2 WHERE name = ?1 AND account IS NULL"));
  return keep.Bind(1, device).BindBlob(2, std::span<const uint8_t>(digest)).Run();
}

Status Registry::Renew(const pki::Identity& device, TimeUs ends) {
  GNOMON_RETURN_IF_ERROR(Admit(device));
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(Statement renew,
                          impl_->database.Prepare("UPDATE devices SET ends_us = MAX(ends_us, ?2) "
                                                  "WHERE name = ?1 AND revoked = 0"));
  GNOMON_RETURN_IF_ERROR(renew.Bind(1, device.name).Bind(2, ends).Run());
  return impl_->database.Changes() == 1 ? Status::Ok() : WasRevoked();
}

Result<std::vector<v1::Device>> Registry::Devices(const std::string& department,
                                                  const std::string& after, size_t limit) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement rows, impl_->database.Prepare(std::string(kDeviceColumns) +
                                              "WHERE name > ?1 AND (?2 = '' OR department = ?2) "
                                              "ORDER BY name LIMIT ?3"));
  rows.Bind(1, after).Bind(2, department).Bind(3, static_cast<int64_t>(limit));
  std::vector<v1::Device> devices;
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return devices;
    devices.push_back(DeviceOf(rows));
  }
}

Result<v1::Device> Registry::RevokeDevice(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(v1::Device device, FindOne(impl_->database, name));
  GNOMON_ASSIGN_OR_RETURN(
      Statement revoke, impl_->database.Prepare("UPDATE devices SET revoked = 1 WHERE name = ?1"));
  GNOMON_RETURN_IF_ERROR(revoke.Bind(1, device.name()).Run());
  device.set_revoked(true);
  return device;
}

Result<v1::Device> Registry::ForgetDevice(const std::string& name) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(v1::Device device, FindOne(impl_->database, name));
  GNOMON_ASSIGN_OR_RETURN(Statement forget,
                          impl_->database.Prepare("DELETE FROM devices WHERE name = ?1"));
  GNOMON_RETURN_IF_ERROR(forget.Bind(1, device.name()).Run());
  return device;
}

Result<uint32_t> Registry::OpenTokens(const std::string& department, TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement count,
      impl_->database.Prepare("SELECT COUNT(*) FROM tokens WHERE department = ?1 AND revoked = 0 "
                              "AND used < uses AND expires_us > ?2"));
  GNOMON_ASSIGN_OR_RETURN(const bool row, count.Bind(1, department).Bind(2, now).Step());
  if (!row) return Internal("a count without a row");
  return static_cast<uint32_t>(count.Int(0));
}

Result<uint32_t> Registry::DevicesEnded(TimeUs now) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement count,
      impl_->database.Prepare("SELECT COUNT(*) FROM devices WHERE revoked = 0 AND ends_us <= ?1"));
  GNOMON_ASSIGN_OR_RETURN(const bool row, count.Bind(1, now).Step());
  if (!row) return Internal("a count without a row");
  return static_cast<uint32_t>(count.Int(0));
}

}  // namespace gnomon::enrol

// The last health report of each device.
#include "collector/enrol/registry_impl.h"

namespace gnomon::enrol {
namespace {

// What a laptop that is not one's own build may send: a value outside the enumeration says nothing.
int64_t InEnumeration(bool known, int value) {
  return known ? value : 0;
}

// A report is text and numbers from a laptop: what does not look like a version is not kept.
std::string VersionOf(const std::string& text) {
  const bool fits = !text.empty() && text.size() <= 32 &&
                    text.find_first_not_of(
                        "0123456789abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+-~") == std::string::npos;
  return fits ? text : "unknown";
}

int64_t Clamp(uint64_t value) {
  return value > INT64_MAX ? INT64_MAX : static_cast<int64_t>(value);
}

}  // namespace

Status Registry::RecordHealth(const std::string& device, const v1::HealthReport& report,
                              Day today) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement upsert, impl_->database.Prepare(
                            "INSERT OR REPLACE INTO health SELECT name, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                            "       ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20 "
                            "FROM devices WHERE name = ?1"));
  GNOMON_RETURN_IF_ERROR(upsert.Bind(1, device)
                             .Bind(2, static_cast<int64_t>(today))
                             .Bind(3, VersionOf(report.agent_version()))
                             .Bind(4, Clamp(report.catalogue_version()))
                             .Bind(5, Clamp(report.frames_dropped_kernel()))
                             .Bind(6, Clamp(report.frames_dropped_interface()))
                             .Bind(7, static_cast<int64_t>(report.batches_quarantined()))
                             .Bind(8, static_cast<int64_t>(report.capture_running()))
                             .Bind(9, Clamp(report.flows_encrypted_dns()))
                             .Bind(10, Clamp(report.flows_tunnelled()))
                             .Bind(11, static_cast<int64_t>(report.vpn_seen()))
                             .Bind(12, Clamp(report.flows_ech_without_dns()))
                             .Bind(13, Clamp(report.flows_without_name()))
                             .Bind(14, Clamp(report.flows_mid_stream()))
                             .Bind(15, Clamp(report.flows_hello_unreadable()))
                             .Bind(16, Clamp(report.flows_udp_unnamed()))
                             .Bind(17, InEnumeration(v1::Part_IsValid(report.flows_unattributed()),
                                             report.flows_unattributed()))
                             .Bind(18, InEnumeration(v1::ClientLookups_IsValid(report.client_lookups()),
                                             report.client_lookups()))
                             .Bind(19, Clamp(report.batches_dropped()))
                             .Bind(20, static_cast<int64_t>(report.spools_damaged()))
                             .Run());
  return impl_->database.Changes() == 1 ? Status::Ok()
                                        : NotFound("this laptop is not enrolled here");
}

Result<v1::HealthSummary> Registry::Health(Day today) {
  const std::lock_guard lock(impl_->mutex);
  GNOMON_ASSIGN_OR_RETURN(
      Statement sums,
      impl_->database.Prepare(
          "SELECT COUNT(day), COUNT(*) - COUNT(day), COUNT(*) FILTER (WHERE capture_running = 0),"
          "       COUNT(*) FILTER (WHERE dropped_kernel > 0), COUNT(*) FILTER (WHERE quarantined > "
          "0),"
          // 0: from before version 2, or UNSPECIFIED; every agent since says what it may look at.
          "       COUNT(*) FILTER (WHERE client_lookups > 0),"
          "       COUNT(*) FILTER (WHERE vpn_seen > 0 OR tunnelled > 0),"
          "       COUNT(*) FILTER (WHERE encrypted_dns > 0),"
          "       COUNT(*) FILTER (WHERE ech_without_dns > 0),"
          "       COUNT(*) FILTER (WHERE unattributed = ?2),"
          "       COUNT(*) FILTER (WHERE client_lookups > 0 AND client_lookups < ?3),"
          "       COUNT(*) FILTER (WHERE dropped > 0 OR spools_damaged > 0) "
          "FROM devices LEFT JOIN health ON device = name AND day > ?1 WHERE revoked = 0"));
  GNOMON_ASSIGN_OR_RETURN(
      Statement versions,
      impl_->database.Prepare("SELECT agent_version, catalogue_version, COUNT(*) FROM health "
                              "WHERE day > ?1 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"));
  const int64_t before = today - 7;
  v1::HealthSummary summary;
  GNOMON_ASSIGN_OR_RETURN(const bool row, sums.Bind(1, before)
                                              .Bind(2, static_cast<int64_t>(v1::PART_MOST))
                                              .Bind(3, static_cast<int64_t>(
                                                           v1::CLIENT_LOOKUPS_EVERY_USER))
                                              .Step());
  if (!row) return Internal("a count without a row");
  summary.set_devices(static_cast<uint32_t>(sums.Int(0)));
  summary.set_devices_silent(static_cast<uint32_t>(sums.Int(1)));
  summary.set_devices_without_capture(static_cast<uint32_t>(sums.Int(2)));
  summary.set_devices_with_kernel_drops(static_cast<uint32_t>(sums.Int(3)));
  summary.set_devices_with_quarantine(static_cast<uint32_t>(sums.Int(4)));
  summary.set_devices_with_coverage(static_cast<uint32_t>(sums.Int(5)));
  summary.set_devices_with_vpn(static_cast<uint32_t>(sums.Int(6)));
  summary.set_devices_with_encrypted_dns(static_cast<uint32_t>(sums.Int(7)));
  summary.set_devices_with_ech_without_dns(static_cast<uint32_t>(sums.Int(8)));
  summary.set_devices_mostly_unattributed(static_cast<uint32_t>(sums.Int(9)));
  summary.set_devices_without_client_lookups(static_cast<uint32_t>(sums.Int(10)));
  summary.set_devices_with_loss(static_cast<uint32_t>(sums.Int(11)));
  versions.Bind(1, before);
  for (;;) {
    GNOMON_ASSIGN_OR_RETURN(const bool more, versions.Step());
    if (!more) return summary;
    v1::HealthSummary::Version* version = summary.add_versions();
    version->set_agent_version(versions.Text(0));
    version->set_catalogue_version(static_cast<uint64_t>(versions.Int(1)));
    version->set_devices(static_cast<uint32_t>(versions.Int(2)));
  }
}

}  // namespace gnomon::enrol

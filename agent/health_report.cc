#include "agent/health_report.h"

#include <algorithm>
#include <bit>

#include "base/version.h"

namespace gnomon::agent {
namespace {

// Flows that may have been anything. `not_tls` is left out: that is another protocol, and in clear.
uint64_t Unattributed(const classify::Coverage& c) {
  return c.ambiguous + c.hello_without_name + c.ech_without_dns + c.mid_stream +
         c.hello_incomplete + c.malformed_hello + c.udp_443;
}

v1::Part PartOf(uint64_t part, uint64_t whole) {
  if (whole == 0) return v1::PART_UNSPECIFIED;
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return share < 0.01 ? v1::PART_NONE : share < 0.5 ? v1::PART_SOME : v1::PART_MOST;
}

v1::ClientLookups LookupsOf(classify::LookupReach reach) {
  switch (reach) {
    case classify::LookupReach::kOwnUser:
      return v1::CLIENT_LOOKUPS_OWN_USER;
    case classify::LookupReach::kEveryUser:
      return v1::CLIENT_LOOKUPS_EVERY_USER;
    case classify::LookupReach::kNone:
      break;
  }
  return v1::CLIENT_LOOKUPS_NONE;
}

}  // namespace

v1::HealthReport MakeHealthReport(const HealthInputs& inputs) {
  const classify::Coverage& coverage = inputs.coverage;
  v1::HealthReport report;
  report.set_agent_version(kVersion);
  report.set_catalogue_version(inputs.catalogue_version);
  report.set_frames_received(std::bit_floor(inputs.capture.received));
  report.set_frames_dropped_kernel(std::bit_floor(inputs.capture.dropped_kernel));
  report.set_frames_dropped_interface(std::bit_floor(inputs.capture.dropped_interface));
  report.set_batches_quarantined(
      static_cast<uint32_t>(std::min<uint64_t>(inputs.batches_quarantined, UINT32_MAX)));
  report.set_batches_dropped(std::bit_floor(inputs.batches_dropped));
  report.set_spools_damaged(static_cast<uint32_t>(inputs.spools_damaged));
  report.set_capture_running(inputs.capture_running);
  report.set_flows_encrypted_dns(std::bit_floor(coverage.doh + coverage.dot + coverage.doq));
  report.set_flows_tunnelled(std::bit_floor(coverage.tunnels));
  report.set_vpn_seen(inputs.vpn_interface_seen || inputs.decode.esp > 0);
  report.set_flows_ech_without_dns(std::bit_floor(coverage.ech_without_dns));
  report.set_flows_without_name(std::bit_floor(coverage.hello_without_name));
  report.set_flows_mid_stream(std::bit_floor(coverage.mid_stream));
  report.set_flows_hello_unreadable(
      std::bit_floor(coverage.hello_incomplete + coverage.malformed_hello));
  report.set_flows_udp_unnamed(std::bit_floor(coverage.udp_443));
  report.set_flows_unattributed(PartOf(Unattributed(coverage), coverage.flows + coverage.udp_443));
  report.set_client_lookups(LookupsOf(inputs.reach));
  return report;
}

}  // namespace gnomon::agent

// What the running agent says of itself to `gnomon-agent status`: counts of the machinery, never of
// use. One small JSON file in the state folder, replaced atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "agent/capture/source.h"
#include "agent/classify/classifier.h"
#include "agent/decode/frame_decoder.h"
#include "base/clock.h"
#include "base/status.h"

namespace gnomon::agent {

struct RunningStatus {
  TimeUs written = 0;
  int64_t pid = 0;
  uint64_t interfaces = 0;
  uint64_t vpn_interfaces = 0;  // of them
  uint64_t catalogue_version = 0;
  uint64_t release = 0;      // signed release of the catalogue; 0: not signed
  int64_t expires = 0;       // of the release, Unix seconds
  std::string not_collecting;  // why; empty where it collects
  capture::CaptureStats capture;
  capture::FilterStats filter;
  decode::DecodeCounters decode;
  classify::Coverage coverage;
  classify::ClientLookups lookups;
};

Status WriteStatusFile(const std::filesystem::path& file, const RunningStatus& status);

// The counters as name -> count, in the order in which the stages stand: `status`, `inspect` and the
// file above all show the same list. F: void(const char* group, const char* name, uint64_t count).
template <typename F>
void ForEachCounter(const capture::CaptureStats& capture, const decode::DecodeCounters& decode,
                    const classify::Coverage& coverage, const classify::ClientLookups& lookups,
                    F&& visit) {
  visit("capture", "received", capture.received);
  visit("capture", "dropped_kernel", capture.dropped_kernel);
  visit("capture", "dropped_interface", capture.dropped_interface);
  visit("decode", "frames", decode.frames);
  visit("decode", "packets", decode.packets);
  visit("decode", "not_ip", decode.not_ip);
  visit("decode", "not_tcp_or_udp", decode.not_tcp_or_udp);
  visit("decode", "esp", decode.esp);
  visit("decode", "fragments_held", decode.fragments_held);
  visit("decode", "fragments_dropped", decode.fragments_dropped);
  visit("decode", "truncated", decode.truncated);
  visit("decode", "malformed", decode.malformed);
  visit("decode", "too_deep", decode.too_deep);
  visit("decode", "datagrams_reassembled", decode.datagrams.reassembled);
  visit("decode", "datagrams_given_up", decode.datagrams.given_up);
  visit("coverage", "flows", coverage.flows);
  visit("coverage", "named", coverage.named);
  visit("coverage", "resolved", coverage.resolved);
  visit("coverage", "ambiguous", coverage.ambiguous);
  visit("coverage", "hello_without_name", coverage.hello_without_name);
  visit("coverage", "ech_without_dns", coverage.ech_without_dns);
  visit("coverage", "mid_stream", coverage.mid_stream);
  visit("coverage", "not_tls", coverage.not_tls);
  visit("coverage", "hello_incomplete", coverage.hello_incomplete);
  visit("coverage", "malformed_hello", coverage.malformed_hello);
  visit("coverage", "udp_443", coverage.udp_443);
  visit("coverage", "flows_evicted", coverage.flows_evicted);
  visit("coverage", "doh", coverage.doh);
  visit("coverage", "dot", coverage.dot);
  visit("coverage", "doq", coverage.doq);
  visit("coverage", "tunnels", coverage.tunnels);
  visit("coverage", "dns_answers", coverage.dns_answers);
  visit("coverage", "dns_malformed", coverage.dns_malformed);
  visit("coverage", "loopback", coverage.loopback);
  visit("coverage", "relayed", coverage.relayed);
  visit("coverage", "local_models", coverage.local_models);
  visit("coverage", "local_refused", coverage.local_refused);
  visit("clients", "by_socket", coverage.client_by_socket);
  visit("clients", "by_fingerprint", coverage.client_by_fingerprint);
  visit("clients", "unknown", coverage.client_unknown);
  visit("clients", "lookups", lookups.asked);
  visit("clients", "lookups_cached", lookups.cached);
  visit("clients", "lookups_no_socket", lookups.no_socket);
  visit("clients", "lookups_gave_up", lookups.gave_up);
}

// The same for the kernel filter; nothing where there is none.
template <typename F>
void ForEachCounter(const capture::FilterStats& filter, F&& visit) {
  if (!filter.in_use && filter.refused == 0) return;
  visit("filter", "rules", filter.rules);
  visit("filter", "programs", filter.programs);
  visit("filter", "everything", filter.everything);
  visit("filter", "refused", filter.refused);
}

}  // namespace gnomon::agent

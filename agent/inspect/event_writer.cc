#include "agent/inspect/event_writer.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "agent/status_file.h"

namespace gnomon::inspect {
namespace {

using Json = nlohmann::ordered_json;

// Unix seconds with microseconds. A double holds both exactly enough until the year 2100.
double Seconds(TimeUs time) { return static_cast<double>(time) / kSecondUs; }

std::string Clock(TimeUs time) {
  const std::time_t seconds = static_cast<std::time_t>(time / kSecondUs);
  std::tm tm{};
  localtime_r(&seconds, &tm);
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec,
                static_cast<int>(time % kSecondUs / 1000));
  return text;
}

std::string Text(const decode::IpAddress& address) {
  char text[46];
  return std::string(text, decode::FormatAddress(address, text));
}

std::string Size(uint64_t bytes) {
  char text[32];
  if (bytes < 1'000'000) {
    std::snprintf(text, sizeof text, "%.0f kB", static_cast<double>(bytes) / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  }
  return text;
}

std::string Length(TimeUs from, TimeUs to) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", Seconds(to - from));
  return text;
}

// "1 turn", "2 turns"
std::string Counted(uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

Json OrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string(text)); }

}  // namespace

std::string_view EvidenceName(v1::Evidence evidence) {
  switch (evidence) {
    case v1::EVIDENCE_NAMED: return "named";
    case v1::EVIDENCE_RESOLVED: return "resolved";
    case v1::EVIDENCE_LOCAL: return "local";
    default: return "unknown";
  }
}

std::string_view ClientName(v1::Client client) {
  switch (client) {
    case v1::CLIENT_BROWSER: return "browser";
    case v1::CLIENT_EDITOR: return "editor";
    case v1::CLIENT_TERMINAL: return "terminal";
    case v1::CLIENT_SCRIPT_RUNTIME: return "script runtime";
    case v1::CLIENT_DESKTOP_APP: return "desktop app";
    default: return "unknown";
  }
}

EventWriter::EventWriter(std::shared_ptr<const catalogue::Table> table, Format format, bool colour,
                         bool flush_each, std::FILE* out)
    : table_(std::move(table)),
      format_(format),
      colour_(colour),
      flush_each_(flush_each),
      out_(out) {}

std::string_view EventWriter::ServiceId(catalogue::ServiceIndex index) const {
  if (index == catalogue::kNoService) return {};
  return table_->service(index).id();
}

void EventWriter::Write(const std::string& line) {
  if (!writable_) return;
  if (std::fputs(line.c_str(), out_) < 0 || (flush_each_ && std::fflush(out_) != 0)) {
    writable_ = false;
  }
}

void EventWriter::TableRow(TimeUs time, std::string_view event, std::string_view service,
                           std::string_view host, const std::string& detail) {
  char row[512];
  if (!header_written_) {
    header_written_ = true;
    std::snprintf(row, sizeof row, "%s%-12s  %-6s  %-18s  %-38s  %s%s\n", colour_ ? "\033[1m" : "",
                  "TIME", "EVENT", "SERVICE", "HOST", "DETAIL", colour_ ? "\033[0m" : "");
    Write(row);
  }
  const char* tint = "";
  if (colour_) {
    tint = event == "turn" ? "\033[32m" : event == "upload" ? "\033[33m"
           : event == "visit" ? "\033[36m" : "\033[2m";
  }
  std::snprintf(row, sizeof row, "%s%-12s  %-6.*s  %-18.*s  %-38.*s  %s%s\n", tint,
                Clock(time).c_str(), static_cast<int>(event.size()), event.data(),
                static_cast<int>(service.size()), service.data(), static_cast<int>(host.size()),
                host.data(), detail.c_str(), colour_ ? "\033[0m" : "");
  Write(row);
}

void EventWriter::Consume(const classify::Sighting& sighting) {
  if (sighting.kind != classify::SightingKind::kName) return;
  const std::string_view service = ServiceId(sighting.match.service);
  const classify::FiveTuple& tuple = sighting.tuple;
  const bool udp = tuple.transport == decode::Transport::kUdp;
  if (format_ == Format::kTable) {
    std::string detail(classify::ViaName(sighting.via));
    detail += " to " + Text(tuple.server) + " port " + std::to_string(tuple.server_port);
    if (sighting.evidence != v1::EVIDENCE_NAMED) {
      detail += ", " + std::string(EvidenceName(sighting.evidence));
    }
    if (sighting.client_by != classify::ClientBy::kNobody) {
      detail += ", " + std::string(ClientName(sighting.client)) + " by " +
                std::string(classify::ClientByName(sighting.client_by));
    }
    TableRow(sighting.time, "name", service.empty() ? "-" : service, sighting.host, detail);
    return;
  }
  Json json;
  json["type"] = "name";
  json["t"] = Seconds(sighting.time);
  json["proto"] = udp ? "udp" : "tcp";
  json["src"] = Text(tuple.client);
  json["sport"] = tuple.client_port;
  json["dst"] = Text(tuple.server);
  json["dport"] = tuple.server_port;
  json["via"] = classify::ViaName(sighting.via);
  json["name"] = std::string(sighting.host);
  json["ech"] = sighting.ech;
  json["service"] = OrNull(service);
  json["evidence"] = EvidenceName(sighting.evidence);
  json["client"] = ClientName(sighting.client);
  json["client_by"] = OrNull(classify::ClientByName(sighting.client_by));
  Write(json.dump() + "\n");
}

void EventWriter::Consume(const sessionise::SessionEvent& event) {
  if (const auto* turn = std::get_if<sessionise::Turn>(&event)) {
    const std::string_view service = ServiceId(turn->service);
    if (format_ == Format::kTable) {
      TableRow(turn->start, "turn", service, turn->host,
               "answer after " + Length(turn->start, turn->first) + ", for " +
                   Length(turn->first, turn->last));
      return;
    }
    Json json;
    json["type"] = "turn";
    json["t"] = Seconds(turn->start);
    json["t_first"] = Seconds(turn->first);
    json["t_last"] = Seconds(turn->last);
    json["host"] = turn->host;
    json["service"] = service;
    json["client"] = ClientName(turn->client);
    json["via"] = classify::ViaName(turn->via);
    Write(json.dump() + "\n");
  } else if (const auto* upload = std::get_if<sessionise::Upload>(&event)) {
    const std::string_view service = ServiceId(upload->service);
    if (format_ == Format::kTable) {
      TableRow(upload->start, "upload", service, upload->host,
               Size(upload->bytes) + " in " + Length(upload->start, upload->end));
      return;
    }
    Json json;
    json["type"] = "upload";
    json["t"] = Seconds(upload->start);
    json["t_end"] = Seconds(upload->end);
    json["host"] = upload->host;
    json["service"] = service;
    json["bytes"] = upload->bytes;
    Write(json.dump() + "\n");
  } else if (const auto* visit = std::get_if<sessionise::Visit>(&event)) {
    if (!visit->final) return;
    const std::string_view service = ServiceId(visit->service);
    if (format_ == Format::kTable) {
      TableRow(visit->start, "visit", service, visit->host,
               Counted(visit->turns, "turn") + ", " +
                   Length(visit->start, visit->end) + ", " + Size(visit->bytes_up) + " up, " +
                   Size(visit->bytes_down) + " down");
      return;
    }
    Json json;
    json["type"] = "visit";
    json["t"] = Seconds(visit->start);
    json["t_end"] = Seconds(visit->end);
    json["host"] = visit->host;
    json["service"] = service;
    json["client"] = ClientName(visit->client);
    json["turns"] = visit->turns;
    Write(json.dump() + "\n");
  }
}

void EventWriter::Coverage(const capture::CaptureStats& capture, const agent::Pipeline& pipeline,
                           const capture::FilterStats& filter) {
  const sessionise::SessionCounters& sessions = pipeline.session_counters();
  if (format_ == Format::kJsonLines) {
    Json json;
    json["type"] = "coverage";
    const auto add = [&](const char* group, const char* name, uint64_t count) {
      json[group][name] = count;
    };
    agent::ForEachCounter(capture, pipeline.decode_counters(), pipeline.coverage(),
                          pipeline.client_lookups(), add);
    agent::ForEachCounter(filter, add);
    json["sessions"] = {{"visits", sessions.visits},
                        {"turns", sessions.turns},
                        {"turns_relayed", sessions.turns_relayed},
                        {"uploads", sessions.uploads}};
    Write(json.dump() + "\n");
  } else {
    // People want to know what was missed; zeros say nothing.
    std::string text = "\nSeen: " + Counted(sessions.visits, "visit") + ", " +
                       Counted(sessions.turns, "turn") + " and " +
                       Counted(sessions.uploads, "upload") +
                       " (estimates from sizes and times).\nCoverage:";
    const auto add = [&](const char* group, const char* name, uint64_t count) {
      if (count == 0) return;
      text += "\n  " + std::string(group) + "." + name + " " + std::to_string(count);
    };
    agent::ForEachCounter(capture, pipeline.decode_counters(), pipeline.coverage(),
                          pipeline.client_lookups(), add);
    agent::ForEachCounter(filter, add);
    Write(text + "\n");
  }
  if (writable_ && std::fflush(out_) != 0) writable_ = false;
}

}  // namespace gnomon::inspect

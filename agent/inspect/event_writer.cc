#include "agent/inspect/event_writer.h"

#include <nlohmann/json.hpp>

#include "agent/inspect/words.h"
#include "agent/status_file.h"

namespace gnomon::inspect {
namespace {

using Json = nlohmann::ordered_json;

// Unix seconds with microseconds. A double holds both exactly enough until the year 2100.
double Seconds(TimeUs time) { return static_cast<double>(time) / kSecondUs; }

std::string Text(const decode::IpAddress& address) {
  char text[46];
  return std::string(text, decode::FormatAddress(address, text));
}

Json OrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string(text)); }

}  // namespace

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
                ClockText(time).c_str(), static_cast<int>(event.size()), event.data(),
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
               TurnDetail(*turn));
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
    json["automated"] = turn->automated;
    Write(json.dump() + "\n");
  } else if (const auto* upload = std::get_if<sessionise::Upload>(&event)) {
    const std::string_view service = ServiceId(upload->service);
    if (format_ == Format::kTable) {
      TableRow(upload->start, "upload", service, upload->host,
               UploadDetail(*upload));
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
               VisitDetail(*visit));
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
    std::string text = "\nSeen: " + CountText(sessions.visits, "visit") + ", " +
                       CountText(sessions.turns, "turn") + " and " +
                       CountText(sessions.uploads, "upload") +
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

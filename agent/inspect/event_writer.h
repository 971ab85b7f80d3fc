// What `inspect` prints: one line an event, as a table for people or JSON lines for programs
// (docs/formats/inspect.md). It shows hosts and addresses, which is why it only ever prints locally.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "agent/capture/source.h"
#include "agent/classify/sighting.h"
#include "agent/pipeline.h"
#include "agent/sessionise/events.h"
#include "catalogue/table.h"

namespace gnomon::inspect {

enum class Format { kTable, kJsonLines };

// Threads: one. Lines go to `out` at once where `flush_each` is set (live), else as the stream fills.
class EventWriter : public classify::SightingSink, public sessionise::SessionSink {
 public:
  EventWriter(std::shared_ptr<const catalogue::Table> table, Format format, bool colour,
              bool flush_each, std::FILE* out);

  void Consume(const classify::Sighting& sighting) override;         // names
  void Consume(const sessionise::SessionEvent& event) override;      // turns, uploads, visits
  // The last line: what was and was not seen.
  void Coverage(const capture::CaptureStats& capture, const agent::Pipeline& pipeline,
                const capture::FilterStats& filter = {});

  // False once the reader has gone (a closed pipe): there is no one to go on for.
  bool writable() const { return writable_; }

 private:
  void Write(const std::string& line);
  std::string_view ServiceId(catalogue::ServiceIndex index) const;
  void TableRow(TimeUs time, std::string_view event, std::string_view service,
                std::string_view host, const std::string& detail);

  std::shared_ptr<const catalogue::Table> table_;
  const Format format_;
  const bool colour_;
  const bool flush_each_;
  std::FILE* const out_;
  bool header_written_ = false;
  bool writable_ = true;
};

}  // namespace gnomon::inspect

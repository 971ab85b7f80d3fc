// Hosts outside the catalogue whose traffic looks like prompts and streamed answers, for the person
// at this laptop. Nothing of it is kept, sent or written by itself: it is gone when the command
// ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/classify/unknown_hosts.h"
#include "agent/sessionise/events.h"
#include "base/status.h"
#include "catalogue/table.h"

namespace gnomon::suggest {

// Hosts that are followed at one time. A browser meets hundreds; those without a turn make room.
inline constexpr size_t kMaxHosts = 256;

struct Candidate {
  std::string host;
  uint64_t turns = 0;
  uint64_t uploads = 0;
  TimeUs answering = 0;   // time with an answer arriving
  bool named_so = false;  // a word of its name speaks of AI
};

// Does a part of the name speak of AI: "ai", "gpt", "llm", "copilot", ...? Whole parts between dots
// and hyphens, and a few longer words anywhere in one. A hint, no proof.
bool NameSpeaksOfAi(std::string_view host);

class Candidates : public classify::UnknownHosts, public sessionise::SessionSink {
 public:
  // `known` with kMaxHosts services more, which stand for hosts that it does not know.
  static Result<std::shared_ptr<const catalogue::Table>> WithPlaces(
      const std::shared_ptr<const catalogue::Table>& known);

  // `table` is WithPlaces()'s.
  explicit Candidates(std::shared_ptr<const catalogue::Table> table);

  catalogue::ServiceIndex Place(std::string_view host) override;
  void Consume(const sessionise::SessionEvent& event) override;

  // Those to show: two turns or more, or one where the name speaks of AI as well. Most turns first.
  std::vector<Candidate> Likely() const;
  uint64_t hosts_seen() const { return hosts_seen_; }    // outside the catalogue
  uint64_t hosts_left_out() const { return left_out_; }  // no room was left for them

 private:
  struct Slot {
    Candidate candidate;
    uint64_t stamp = 0;  // of its last flow; 0: free
  };
  Slot* SlotOf(catalogue::ServiceIndex service);

  std::shared_ptr<const catalogue::Table> table_;
  std::vector<catalogue::ServiceIndex> services_;  // of each slot
  std::map<catalogue::ServiceIndex, size_t> slot_of_;
  std::vector<Slot> slots_;
  std::map<std::string, size_t, std::less<>> by_host_;
  uint64_t stamps_ = 0;
  uint64_t hosts_seen_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace gnomon::suggest

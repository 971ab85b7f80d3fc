// gnomon-agent suggest: services that the catalogue does not know, for the person at this laptop.
// Shown here, written only where that person says so, and forgotten.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "agent/capture/source.h"
#include "agent/commands/commands.h"
#include "agent/commands/listen.h"
#include "agent/pipeline.h"
#include "agent/suggest/candidates.h"
#include "base/file.h"
#include "base/terminal.h"
#include "base/text_table.h"

namespace gnomon::agent {
namespace {

using suggest::Candidate;
using suggest::Candidates;

std::string Seconds(TimeUs time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f s", static_cast<double>(time) / kSecondUs);
  return text;
}

std::string Why(const Candidate& candidate) {
  return candidate.named_so ? "answers like a chat, and its name says AI" : "answers like a chat";
}

void Print(const std::vector<Candidate>& likely, const Candidates& candidates, bool json) {
  if (json) {
    nlohmann::ordered_json out = {{"candidates", nlohmann::json::array()},
                                  {"hosts_seen", candidates.hosts_seen()},
                                  {"hosts_left_out", candidates.hosts_left_out()}};
    for (const Candidate& each : likely) {
      out["candidates"].push_back(
          {{"host", each.host},
           {"turns", each.turns},
           {"answering_seconds", static_cast<double>(each.answering) / kSecondUs},
           {"uploads", each.uploads},
           {"name_speaks_of_ai", each.named_so}});
    }
    std::printf("%s\n", out.dump(1).c_str());
    return;
  }
  using Align = TextTable::Align;
  if (!likely.empty()) {
    TextTable table({{"HOST"},
                     {"TURNS", Align::kRight},
                     {"ANSWERING", Align::kRight},
                     {"UPLOADS", Align::kRight},
                     {"WHY"}});
    for (const Candidate& each : likely) {
      table.AddRow({each.host, GroupedDigits(each.turns), Seconds(each.answering),
                    GroupedDigits(each.uploads), Why(each)});
    }
    std::printf("%s\n", table.Render(terminal::WantsColour(stdout)).c_str());
  }
  std::printf("%zu of %llu hosts outside the catalogue look like AI services.", likely.size(),
              static_cast<unsigned long long>(candidates.hosts_seen()));
  if (candidates.hosts_left_out() > 0) {
    std::printf(" %llu more were not looked at: too many at a time.",
                static_cast<unsigned long long>(candidates.hosts_left_out()));
  }
  std::printf(
      "\nThis is a guess from sizes and times: documents that others edit look like it too. "
      "Nothing of it\n"
      "was kept or sent.\n");
}

// Those that the person at the terminal says yes to.
std::vector<std::string> Ask(const std::vector<Candidate>& likely, const std::string& file) {
  std::vector<std::string> chosen;
  for (const Candidate& each : likely) {
    std::fprintf(stderr, "Write %s to %s? [y/N] ", each.host.c_str(), file.c_str());
    std::string answer;
    if (!std::getline(std::cin, answer)) break;
    if (answer == "y" || answer == "Y" || answer == "yes") chosen.push_back(each.host);
  }
  return chosen;
}

Result<std::vector<std::string>> Choose(const std::vector<Candidate>& likely,
                                        const SuggestArguments& arguments) {
  if (arguments.hosts.empty()) {
    if (terminal::IsTerminal(stdin)) return Ask(likely, arguments.output);
    return InvalidArgument("--output: name what to write with --host, or answer on a terminal");
  }
  for (const std::string& host : arguments.hosts) {
    const bool there = std::any_of(likely.begin(), likely.end(),
                                   [&](const Candidate& each) { return each.host == host; });
    if (!there) return NotFound("--host: " + host + " is not among the hosts above");
  }
  return arguments.hosts;
}

Status Export(const std::vector<Candidate>& likely, const SuggestArguments& arguments) {
  GNOMON_ASSIGN_OR_RETURN(const std::vector<std::string> chosen, Choose(likely, arguments));
  std::string text =
      "# Hosts that look like AI services, chosen by the person who met them. One a line, nothing "
      "else is\n"
      "# in here. To draft a rule of the catalogue: gnomon catalogue add --from " +
      arguments.output + "\n";
  for (const std::string& host : chosen) text += host + "\n";
  GNOMON_RETURN_IF_ERROR(WriteFileAtomically(arguments.output, text, 0600));
  std::fprintf(stderr, "%zu written to %s. It is yours to pass on.\n", chosen.size(),
               arguments.output.c_str());
  return Status::Ok();
}

Status ReadFiles(const SuggestArguments& arguments, Pipeline& pipeline) {
  for (const std::string& file : arguments.files) {
    GNOMON_ASSIGN_OR_RETURN(auto source, capture::OpenFile(file));
    for (;;) {
      GNOMON_ASSIGN_OR_RETURN(const size_t frames, source->Poll(pipeline, 1024));
      if (frames == 0) break;
    }
  }
  pipeline.Finish();
  return Status::Ok();
}

Status Suggest(const Config& config, const SuggestArguments& arguments) {
  GNOMON_ASSIGN_OR_RETURN(const ReleasesInUse releases, OpenReleases(config));
  if (releases.table() == nullptr) return FailedPrecondition(releases.reason());
  GNOMON_ASSIGN_OR_RETURN(const auto table, Candidates::WithPlaces(releases.table()));
  Candidates candidates(table);
  PipelineOptions options = PipelineOptionsOf(config);
  options.classifier.unknown_hosts = &candidates;
  // Without the kind of client: a program's answers look like prompts and answers too easily.
  options.classifier.client_fingerprints = false;
  Pipeline pipeline(table, options, nullptr, candidates);
  if (arguments.files.empty()) {
    // All packets: what is not in the catalogue is what the kernel's filter would hold back.
    GNOMON_RETURN_IF_ERROR(
        Listen(config, arguments.interfaces, false, pipeline, [] { return true; }).status());
  } else {
    GNOMON_RETURN_IF_ERROR(ReadFiles(arguments, pipeline));
  }
  const std::vector<Candidate> likely = candidates.Likely();
  Print(likely, candidates, arguments.json);
  return arguments.output.empty() ? Status::Ok() : Export(likely, arguments);
}

}  // namespace

int RunSuggest(const Config& config, const SuggestArguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const Status status = Suggest(config, arguments);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace gnomon::agent

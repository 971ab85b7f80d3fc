// What `inspect` shows of a capture file, with every frame and with those alone that a kernel
// filter lets through: the filter must cost no name, turn, upload or visit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/capture/kernel_filter.h"
#include "agent/inspect/event_writer.h"
#include "agent/live_filter.h"
#include "catalogue/locate.h"

namespace gnomon::inspect {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Stands where the kernel does: runs the program of the moment on each frame, cuts off what it does
// not keep, and gets the next program `lag` after the set has changed.
class FilteredSink : public capture::FrameSink {
 public:
  FilteredSink(agent::Pipeline& pipeline, TimeUs lag) : pipeline_(pipeline), lag_(lag) {}

  void Consume(const capture::Frame& frame) override {
    ++frames_;
    if (program_.empty() || (pending_ && frame.time >= due_)) Compile(frame.link);
    const auto* code = reinterpret_cast<const bpf_insn*>(program_.data());
    // The kernel has the whole frame; these captures were trimmed, what is missing was ciphertext.
    whole_.assign(frame.bytes.begin(), frame.bytes.end());
    whole_.resize(std::max<size_t>(frame.wire_length, whole_.size()), 0xc3);
    const auto length = static_cast<unsigned>(whole_.size());
    const uint32_t keep = bpf_filter(code, whole_.data(), length, length);
    if (keep > 0) {
      ++passed_;
      capture::Frame cut = frame;
      cut.bytes = frame.bytes.first(std::min<size_t>(keep, frame.bytes.size()));
      pipeline_.Consume(cut);
    } else if (frame.time > pipeline_.last_time() + kSecondUs) {
      pipeline_.Tick(frame.time);  // as the agent's timer does
    }
    if (!pending_ && pipeline_.interests().generation() != generation_) {
      pending_ = true;
      due_ = frame.time + lag_;
    }
  }
  size_t frames() const { return frames_; }
  size_t passed() const { return passed_; }

 private:
  void Compile(capture::LinkType link) {
    generation_ = pipeline_.interests().generation();
    pending_ = false;
    auto program =
        capture::CompileFilter(agent::FilterSetOf(pipeline_.interests()), {.link = link});
    ASSERT_TRUE(program.ok()) << program.status().message();
    program_ = *program;
  }

  agent::Pipeline& pipeline_;
  TimeUs lag_;
  capture::BpfProgram program_;
  std::vector<uint8_t> whole_;
  uint64_t generation_ = 0;
  bool pending_ = false;
  TimeUs due_ = 0;
  size_t frames_ = 0;
  size_t passed_ = 0;
};

struct Shown {
  std::vector<Json> events;
  Json coverage;
  size_t frames = 0;
  size_t passed = 0;
};

Shown Show(const fs::path& file, std::shared_ptr<const catalogue::Table> table,
           std::optional<TimeUs> lag) {
  Shown shown;
  auto source = capture::OpenFile(file.string());
  if (!source.ok()) return shown;  // one of the hostile ones
  char* text = nullptr;
  size_t length = 0;
  std::FILE* out = open_memstream(&text, &length);
  {
    EventWriter writer(table, Format::kJsonLines, false, false, out);
    agent::PipelineOptions options;
    options.classifier.all_names = true;
    if (lag) options.classifier.idle = classify::kFilteredIdle;
    agent::Pipeline pipeline(table, options, &writer, writer);
    FilteredSink filtered(pipeline, lag.value_or(0));
    capture::FrameSink& sink = lag ? static_cast<capture::FrameSink&>(filtered) : pipeline;
    for (;;) {
      const Result<size_t> frames = (*source)->Poll(sink, 1024);
      if (!frames.ok() || *frames == 0) break;
    }
    pipeline.Finish();
    writer.Coverage({}, pipeline);
    shown.frames = filtered.frames();
    shown.passed = filtered.passed();
  }
  std::fclose(out);
  std::string_view lines(text, length);
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    shown.events.push_back(Json::parse(lines.substr(0, end)));
    lines.remove_prefix(end + 1);
  }
  std::free(text);
  shown.coverage = shown.events.back()["coverage"];
  shown.events.pop_back();
  // A turn is told once its silence is over, by the next tick: later or earlier than a name nearby.
  std::sort(shown.events.begin(), shown.events.end(), [](const Json& a, const Json& b) {
    return std::pair(a["t"].get<double>(), a.dump()) < std::pair(b["t"].get<double>(), b.dump());
  });
  return shown;
}

class FilteredCapture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto table = catalogue::Table::Load(catalogue::DefaultCatalogue().string());
    ASSERT_TRUE(table.ok()) << table.status().message();
    table_ = *table;
    for (const char* folder : {"captures", "made"}) {
      for (const auto& entry : fs::directory_iterator(fs::path(GNOMON_TEST_DATA) / folder)) {
        const std::string extension = entry.path().extension();
        if (extension == ".pcap" || extension == ".pcapng") files_.push_back(entry.path());
      }
    }
    ASSERT_GT(files_.size(), 40u);
  }
  std::shared_ptr<const catalogue::Table> table_;
  std::vector<fs::path> files_;
};

// What a model server on the laptop says before the filter knows of it is cut to its first words. Its
// first answer, and the silence by which a gateway is told from a server that thinks, may be lost.
bool HasLocalModels(const fs::path& file) {
  return file.filename() == "local.pcap";
}

// The ring hands frames over after batch_ms, at most twice that, and the timers of a kernel that
// ticks 250 times a second round up to the next 4 ms.
constexpr TimeUs kUsualLag = 2 * 12'000;

TEST_F(FilteredCapture, EventsOfEveryCaptureAreThoseOfAllItsFrames) {
  size_t frames = 0, passed = 0;
  for (const fs::path& file : files_) {
    const Shown all = Show(file, table_, std::nullopt);
    for (const TimeUs lag : {TimeUs{0}, TimeUs{5'000}, kUsualLag}) {
      // A gateway on the laptop hands prompts on within milliseconds: see the next test.
      if (lag == kUsualLag && HasLocalModels(file)) continue;
      const Shown filtered = Show(file, table_, lag);
      EXPECT_EQ(filtered.events, all.events) << file << " after " << lag << " us";
      EXPECT_EQ(filtered.coverage, all.coverage) << file << " after " << lag << " us";
      frames += filtered.frames;
      passed += filtered.passed;
    }
  }
  EXPECT_GT(frames, 3u * 30'000);
  EXPECT_LT(passed, frames * 3 / 4);  // of captures that hold little else
}

// A machine that is busy elsewhere hands over late: bytes and turns of a connection's first moments
// may be missing then, never a name or a visit.
TEST_F(FilteredCapture, NoNameAndNoVisitIsLostHoweverLateTheFilterFollows) {
  const auto of = [](const Shown& shown, std::string_view type, const char* key) {
    std::vector<std::string> found;
    for (const Json& event : shown.events) {
      if (event["type"] == type) found.push_back(event[key].get<std::string>());
    }
    return found;
  };
  for (const fs::path& file : files_) {
    const Shown all = Show(file, table_, std::nullopt);
    for (const TimeUs lag : {TimeUs{50'000}, TimeUs{250'000}}) {
      const Shown late = Show(file, table_, lag);
      EXPECT_EQ(of(late, "name", "name"), of(all, "name", "name")) << file;
      if (HasLocalModels(file)) {
        EXPECT_THAT(of(late, "visit", "host"), ::testing::IsSupersetOf(of(all, "visit", "host")));
      } else {
        EXPECT_EQ(of(late, "visit", "host"), of(all, "visit", "host")) << file;
      }
    }
  }
}

}  // namespace
}  // namespace gnomon::inspect

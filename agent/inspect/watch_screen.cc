#include "agent/inspect/watch_screen.h"

#include <algorithm>
#include <cstdio>

#include "agent/inspect/words.h"
#include "base/text_table.h"

namespace gnomon::inspect {
namespace {

constexpr const char* kReset = "\033[0m";
constexpr const char* kBold = "\033[1m";
constexpr const char* kDim = "\033[2m";
constexpr const char* kGreen = "\033[32m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kCyan = "\033[36m";
constexpr const char* kReverse = "\033[7m";

// A line under construction, which knows how many columns it has left.
class Line {
 public:
  Line(int columns, bool colour, bool unicode)
      : left_(static_cast<size_t>(std::max(columns, 1))), colour_(colour), unicode_(unicode) {}

  void Add(std::string_view text, size_t width, const char* style = "") {
    width = std::min(width, left_);
    if (width == 0) return;
    const bool styled = colour_ && *style != '\0';
    if (styled) text_ += style;
    text_ += FitToWidth(text, width, unicode_ ? "…" : "~");
    if (styled) text_ += kReset;
    left_ -= width;
  }
  void Add(std::string_view text, const char* style = "") { Add(text, DisplayWidth(text), style); }
  void AddRight(std::string_view text, size_t width, const char* style = "") {
    const size_t used = DisplayWidth(text);
    if (used < width) Add("", width - used);
    Add(text, std::min(used, width), style);
  }
  void Rule(bool unicode) {
    std::string rule;
    for (size_t i = 0; i < left_; ++i) rule += unicode ? "\xe2\x94\x80" : "-";
    Add(rule, left_, kDim);
  }
  size_t left() const { return left_; }
  std::string Done() {
    Add("", left_);
    return std::move(text_);
  }

 private:
  std::string text_;
  size_t left_;
  const bool colour_;
  const bool unicode_;
};

std::string Spark(const std::vector<uint64_t>& values, bool unicode) {
  static constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr const char* kAscii[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
  const uint64_t most = std::max<uint64_t>(1, *std::max_element(values.begin(), values.end()));
  std::string text;
  for (const uint64_t value : values) {
    const uint64_t level = value == 0 ? 0 : 1 + value * 7 / most;
    text += (unicode ? kBlocks : kAscii)[level];
  }
  return text;
}

std::string ClientsOf(const WatchRow& row) {
  const std::string name =
      row.client == v1::CLIENT_UNKNOWN ? "-" : std::string(ClientName(row.client));
  int more = -1;
  for (uint32_t bits = row.clients; bits != 0; bits &= bits - 1) ++more;
  return more > 0 ? name + " +" + std::to_string(more) : name;
}

std::string ShortTime(TimeUs time) {
  char text[32];
  const TimeUs seconds = time / kSecondUs;
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%d s", static_cast<int>(seconds));
  } else if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%d:%02d m", static_cast<int>(seconds / 60),
                  static_cast<int>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d h", static_cast<int>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60));
  }
  return text;
}

enum class Cell { kService, kNow, kClient, kTurns, kAuto, kUploads, kVisits, kActive, kUp, kDown };

struct Column {
  Cell cell;
  const char* title;
  size_t width;
  bool right;
  int keep;  // the lower, the later it goes where there is no room
};

constexpr Column kColumns[] = {
    {Cell::kService, "SERVICE", 18, false, 0}, {Cell::kNow, "NOW", 11, false, 1},
    {Cell::kClient, "CLIENT", 17, false, 8},   {Cell::kTurns, "TURNS", 5, true, 2},
    {Cell::kAuto, "AUTO", 4, true, 6},
    {Cell::kUploads, "UPL", 3, true, 5},       {Cell::kVisits, "VISITS", 6, true, 9},
    {Cell::kActive, "ACTIVE", 7, true, 7},     {Cell::kUp, "UP", 8, true, 4},
    {Cell::kDown, "DOWN", 8, true, 3},
};
constexpr size_t kSparkAtLeast = 12;

// The columns that fit beside a sparkline, in their order.
std::vector<Column> Fitting(size_t width) {
  std::vector<Column> columns(std::begin(kColumns), std::end(kColumns));
  const auto needed = [&] {
    size_t sum = kSparkAtLeast;
    for (const Column& column : columns) sum += column.width + 1;
    return sum;
  };
  while (columns.size() > 1 && needed() > width) {
    columns.erase(
        std::max_element(columns.begin(), columns.end(),
                         [](const Column& a, const Column& b) { return a.keep < b.keep; }));
  }
  return columns;
}

class Renderer {
 public:
  Renderer(const WatchState& state, const WatchFrame& frame, WatchSize size)
      : state_(state), frame_(frame), size_(size), columns_(Fitting(Width())) {}

  std::vector<std::string> Run() {
    const int height = std::max(size_.rows, 1);
    const std::vector<const WatchRow*> rows = state_.Rows(frame_.sort);
    // Title, head, keys; then coverage, then a log of at least three, and rows for all the rest.
    const bool coverage = height >= 8;
    int left = height - 3 - (coverage ? 2 : 0);
    int log = left >= 6 ? std::max(4, left - static_cast<int>(rows.size())) : 0;
    log = std::min(log, left - 2);
    const int table = std::max(left - std::max(log, 0), 0);

    Title();
    Head();
    Table(rows, table);
    if (log > 0) Log(log);
    if (coverage) Coverage();
    Keys();
    lines_.resize(static_cast<size_t>(height), Blank());
    return std::move(lines_);
  }

 private:
  size_t Width() const { return static_cast<size_t>(std::max(size_.columns, 1)); }
  Line NewLine() const { return Line(size_.columns, frame_.colour, frame_.unicode); }
  std::string Blank() const { return NewLine().Done(); }
  const char* Dot() const { return frame_.unicode ? "●" : "*"; }
  const char* Ring() const { return frame_.unicode ? "○" : "o"; }

  void Title() {
    Line line = NewLine();
    line.Add(" gnomon ", kReverse);
    line.Add(" " + frame_.source, kBold);
    line.Add("  " + ShortTime(state_.now() - state_.since()));
    const std::string counts = CountText(state_.Rows(frame_.sort).size(), "service") + ", " +
                               CountText(state_.turns(), "turn") + ", " +
                               CountText(state_.uploads(), "upload");
    const std::string mark = frame_.paused  ? " PAUSED"
                             : frame_.ended ? " END"
                             : frame_.live  ? std::string(" ") + Dot() + " live"
                                            : std::string(" ") + Dot() + " replay";
    const size_t marked = DisplayWidth(mark);
    if (line.left() > marked) {
      line.AddRight(line.left() > counts.size() + marked + 1 ? counts : "", line.left() - marked);
    }
    line.Add(mark, frame_.paused ? kYellow : frame_.ended ? kDim : kGreen);
    lines_.push_back(line.Done());
  }

  void Head() {
    Line line = NewLine();
    for (const Column& column : columns_) {
      column.right ? line.AddRight(column.title, column.width, kDim)
                   : line.Add(column.title, column.width, kDim);
      line.Add(" ");
    }
    const size_t buckets = std::min(line.left(), kBuckets);
    line.AddRight("LAST " + ShortTime(static_cast<TimeUs>(buckets) * kBucketUs), line.left(), kDim);
    lines_.push_back(line.Done());
  }

  void Table(const std::vector<const WatchRow*>& rows, int room) {
    const int all = static_cast<int>(rows.size());
    const bool more = all > room;
    const int shown = more ? std::max(room - 1, 0) : all;
    for (int i = 0; i < shown; ++i) Row(*rows[static_cast<size_t>(i)]);
    if (more && room > 0)
      Say("and " + CountText(static_cast<uint64_t>(all - shown), "more service"));
    if (all == 0 && room > 1) {
      lines_.push_back(Blank());
      Say(frame_.ended ? "No AI service was used here."
                       : "Waiting for the first connection to an AI service.");
    }
    const size_t until = 2 + static_cast<size_t>(room);
    while (lines_.size() < until) lines_.push_back(Blank());
  }

  void Say(const std::string& text) {
    Line line = NewLine();
    line.Add(" " + text, kDim);
    lines_.push_back(line.Done());
  }

  void Row(const WatchRow& row) {
    Activity activity = state_.ActivityOf(row);
    if (frame_.ended && activity == Activity::kStreaming) activity = Activity::kOpen;
    const char* tint = activity == Activity::kStreaming ? kGreen
                       : activity == Activity::kIdle    ? kDim
                                                        : "";
    Line line = NewLine();
    for (const Column& column : columns_) {
      switch (column.cell) {
        case Cell::kService: {
          line.Add(row.name, column.width,
                   activity == Activity::kStreaming ? kBold
                   : activity == Activity::kIdle    ? kDim
                                                    : "");
          break;
        }
        case Cell::kNow:
          line.Add(Now(row, activity), column.width, tint);
          break;
        case Cell::kClient:
          line.Add(ClientsOf(row), column.width, tint);
          break;
        case Cell::kTurns:
          Number(line, row.turns, column.width, tint);
          break;
        case Cell::kAuto:
          line.AddRight(row.automated == 0
                            ? "-"
                            : std::to_string(100 * row.automated / row.turns) + "%",
                        column.width, row.automated == 0 ? kDim : tint);
          break;
        case Cell::kUploads:
          Number(line, row.uploads, column.width, tint);
          break;
        case Cell::kVisits:
          Number(line, row.visits, column.width, tint);
          break;
        case Cell::kActive:
          line.AddRight(ShortTime(row.answering), column.width, tint);
          break;
        case Cell::kUp:
          line.AddRight(SizeText(row.bytes_up), column.width, tint);
          break;
        case Cell::kDown:
          line.AddRight(SizeText(row.bytes_down), column.width, tint);
          break;
      }
      line.Add(" ");
    }
    const size_t buckets = std::min(line.left(), kBuckets);
    if (buckets > 0) {
      line.AddRight(Spark(state_.History(row, buckets), frame_.unicode), line.left(),
                    activity == Activity::kStreaming ? kGreen : kCyan);
    }
    lines_.push_back(line.Done());
  }

  static void Number(Line& line, uint64_t number, size_t width, const char* tint) {
    // Zeros would only hide the numbers.
    line.AddRight(number == 0 ? "-" : std::to_string(number), width, number == 0 ? kDim : tint);
  }

  std::string Now(const WatchRow& row, Activity activity) const {
    if (activity == Activity::kIdle) return std::string(Ring()) + " idle";
    if (activity == Activity::kOpen) {
      return std::string(Ring()) + " " + ShortTime(state_.now() - row.last_data);
    }
    return std::string(Dot()) + " " + SizeText(state_.RateOf(row)) + "/s";
  }

  void Log(int room) {
    Line head = NewLine();
    head.Add(frame_.unicode ? "── events " : "-- events ", kDim);
    head.Rule(frame_.unicode);
    lines_.push_back(head.Done());
    const std::deque<WatchEvent>& events = state_.events();
    const size_t shown = std::min(events.size(), static_cast<size_t>(room - 1));
    // The newest first: the eye need not look for it.
    for (size_t i = 0; i < shown; ++i) Event(events[events.size() - 1 - i]);
    for (size_t i = shown; i + 1 < static_cast<size_t>(room); ++i) lines_.push_back(Blank());
  }

  void Event(const WatchEvent& event) {
    const bool turn = event.kind == WatchEventKind::kTurn;
    const bool upload = event.kind == WatchEventKind::kUpload;
    Line line = NewLine();
    line.Add(ClockText(event.time, false), kDim);
    line.Add("  ");
    line.Add(turn     ? "turn"
             : upload ? "upload"
                      : "visit",
             7,
             turn     ? kGreen
             : upload ? kYellow
                      : kCyan);
    line.Add(event.service, 18);
    line.Add(" ");
    if (line.left() > 75) {
      line.Add(event.host, 30, kDim);
      line.Add(" ");
    }
    line.Add(event.detail);
    lines_.push_back(line.Done());
  }

  void Coverage() {
    const classify::Coverage& c = frame_.coverage;
    const uint64_t unseen = c.ambiguous + c.hello_without_name + c.mid_stream + c.not_tls +
                            c.hello_incomplete + c.malformed_hello;
    const uint64_t drops = frame_.capture.dropped_kernel + frame_.capture.dropped_interface;
    const std::string dropped =
        std::to_string(drops) + " of " + CountText(frame_.capture.received, "frame") + " dropped ";
    Line head = NewLine();
    head.Add(frame_.unicode ? "── coverage: " : "-- coverage: ", kDim);
    head.Add(dropped, drops > 0 ? kYellow : kDim);
    head.Rule(frame_.unicode);
    lines_.push_back(head.Done());
    Line line = NewLine();
    line.Add(CountText(c.flows, "flow") + ": " + std::to_string(c.named) + " named, " +
             std::to_string(c.resolved) + " by DNS, ");
    line.Add(std::to_string(unseen) + " without a name", unseen > 0 ? kYellow : "");
    if (c.udp_443 > 0) line.Add(", " + std::to_string(c.udp_443) + " UDP unread", kYellow);
    lines_.push_back(line.Done());
  }

  void Keys() {
    Line line = NewLine();
    const auto key = [&](const char* name, const std::string& does) {
      line.Add(std::string(" ") + name + " ", kReverse);
      line.Add(" " + does + "  ");
    };
    key("q", "quit");
    key("p", frame_.paused ? "go on" : "pause");
    key("s", std::string("sort: ") + SortName(frame_.sort));
    const std::string_view note = "estimates from sizes and times";
    if (line.left() > note.size()) line.AddRight(note, line.left(), kDim);
    lines_.push_back(line.Done());
  }

  const WatchState& state_;
  const WatchFrame& frame_;
  const WatchSize size_;
  const std::vector<Column> columns_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> RenderWatch(const WatchState& state, const WatchFrame& frame,
                                     WatchSize size) {
  return Renderer(state, frame, size).Run();
}

}  // namespace gnomon::inspect

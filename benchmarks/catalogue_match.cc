// One host name against the catalogue that ships: the rolling-hash table beside the plain way, an
// unordered_set of the suffixes tried label by label, and beside a set of regular
// expressions (RE2::Set, where the library is there). "per_host" is the time of one name,
// "bytes" the memory that each way holds once built, counted by the allocator.
#include <benchmark/benchmark.h>

#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <unordered_set>
#include <vector>

#include "catalogue/compile.h"
#include "catalogue/table.h"

#ifdef GNOMON_HAVE_RE2
#include <re2/re2.h>
#include <re2/set.h>
#endif

namespace {

using gnomon::catalogue::Table;

// What `build` makes, and the bytes that the heap grew by. Nothing else allocates meanwhile.
template <typename T>
struct Measured {
  T value;
  size_t bytes;
};
template <typename Build>
auto Measure(Build build) {
  malloc_trim(0);
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  auto value = build();
  const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
  return Measured<decltype(value)>{std::move(value), after - before};
}

const gnomon::v1::Catalogue& RealCatalogue() {
  static const gnomon::v1::Catalogue catalogue = [] {
    auto compiled = gnomon::catalogue::CompileFolder(GNOMON_SOURCE_DIR "/rules");
    if (!compiled.ok()) {
      std::cerr << compiled.status().message() << '\n';
      std::exit(1);
    }
    return *std::move(compiled);
  }();
  return catalogue;
}

// With the names, vendors and sources of the services, which the other two do not hold.
const Measured<std::shared_ptr<const Table>>& RealTable() {
  static const auto table = [] {
    const auto& catalogue = RealCatalogue();
    return Measure([&] { return *Table::Build(catalogue); });
  }();
  return table;
}

struct TextHash {
  using is_transparent = void;  // a string_view is looked up without a copy
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Set = std::unordered_set<std::string, TextHash, std::equal_to<>>;
const Measured<Set>& RealSet() {
  static const auto set = [] {
    const auto& catalogue = RealCatalogue();
    return Measure([&] {
      Set suffixes;
      for (const auto& service : catalogue.services()) {
        for (const auto& host : service.hosts()) suffixes.insert(host.suffix());
      }
      return suffixes;
    });
  }();
  return set;
}

// The first column of rules/cases/NAME: names that match, and names that nearly do.
std::vector<std::string> Cases(const char* name) {
  std::ifstream in(std::string(GNOMON_SOURCE_DIR "/rules/cases/") + name);
  std::vector<std::string> hosts;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') hosts.push_back(line.substr(0, line.find('\t')));
  }
  if (hosts.empty()) std::exit(1);
  return hosts;
}

// Most names a laptop meets are of this kind: several labels, nothing near the catalogue.
std::vector<std::string> Ordinary() {
  return {"www.wikipedia.org",
          "upload.wikimedia.org",
          "rr3---sn-aigl6nsk.googlevideo.com",
          "static.xx.fbcdn.net",
          "e4578.dscb.akamaiedge.net",
          "outlook.office365.com",
          "gateway.icloud.com",
          "events.data.microsoft.com",
          "www.bbc.co.uk",
          "firefox.settings.services.mozilla.com",
          "ocsp.digicert.com",
          "intranet.company.example"};
}

bool InSet(const Set& set, std::string_view host) {
  for (;;) {
    if (set.contains(host)) return true;
    const size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
}

void Report(benchmark::State& state, size_t hosts, size_t bytes) {
  const auto items = static_cast<double>(state.iterations() * hosts);
  state.SetItemsProcessed(static_cast<int64_t>(items));
  state.counters["per_host"] =
      benchmark::Counter(items, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes"] = static_cast<double>(bytes);
}

void RunTable(benchmark::State& state, const std::vector<std::string>& hosts) {
  const auto& [table, bytes] = RealTable();
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(table->Find(host));
  }
  Report(state, hosts.size(), bytes);
}

void RunSet(benchmark::State& state, const std::vector<std::string>& hosts) {
  const auto& [set, bytes] = RealSet();
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(InSet(set, host));
  }
  Report(state, hosts.size(), bytes);
}

#ifdef GNOMON_HAVE_RE2
// One expression a rule, anchored at both ends; all of them compiled into one automaton, whose
// states are made while it matches. So each list of names is matched once before the clock runs,
// and the memory is what the set holds after that.
const Measured<std::unique_ptr<re2::RE2::Set>>& RealExpressions() {
  static const auto expressions = [] {
    const auto& catalogue = RealCatalogue();
    return Measure([&] {
      RE2::Options options;
      options.set_max_mem(256 << 20);
      auto set = std::make_unique<re2::RE2::Set>(options, RE2::ANCHOR_BOTH);
      for (const auto& service : catalogue.services()) {
        for (const auto& host : service.hosts()) {
          const std::string name = RE2::QuoteMeta(host.suffix());
          std::string error;
          if (set->Add(host.exact() ? name : "(?:.*\\.)?" + name, &error) < 0) {
            std::cerr << error << '\n';
            std::exit(1);
          }
        }
      }
      if (!set->Compile()) std::exit(1);
      return set;
    });
  }();
  return expressions;
}

void RunExpressions(benchmark::State& state, const std::vector<std::string>& hosts) {
  const auto& [set, compiled] = RealExpressions();
  std::vector<int> matched;
  const auto warm = Measure([&] {
    size_t hits = 0;
    for (const std::string& host : hosts) hits += set->Match(host, &matched) ? 1 : 0;
    return hits;
  });
  static size_t states = 0;  // of all the lists so far
  states += warm.bytes;
  const size_t bytes = compiled + states;
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(set->Match(host, &matched));
  }
  Report(state, hosts.size(), bytes);
}
#endif

std::vector<std::string> ManyLabels() {
  // 127 labels of one byte: the most labels that a name may have.
  std::string host = "a";
  while (host.size() + 2 <= 253) host += ".a";
  return {host};
}

void RegisterAll() {
  const std::pair<const char*, std::vector<std::string>> groups[] = {
      {"Hit", Cases("match.tsv")},
      {"LookAlike", Cases("nomatch.tsv")},
      {"OrdinaryMiss", Ordinary()},
      {"ManyLabels", ManyLabels()},
  };
  for (const auto& [name, hosts] : groups) {
    const auto add = [&](const char* way,
                         void (*run)(benchmark::State&, const std::vector<std::string>&)) {
      benchmark::RegisterBenchmark(
          (std::string(way) + name).c_str(),
          [run, hosts = hosts](benchmark::State& state) { run(state, hosts); });
    };
    add("Table", RunTable);
    add("Set", RunSet);
#ifdef GNOMON_HAVE_RE2
    add("Re2Set", RunExpressions);
#endif
  }
}

[[maybe_unused]] const bool kRegistered = (RegisterAll(), true);

}  // namespace

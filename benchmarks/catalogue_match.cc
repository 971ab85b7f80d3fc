// One host name against the catalogue that ships: the rolling-hash table beside the plain way, an
// unordered_set<string_view> of the suffixes tried label by label. Items a second are names a
// second.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <unordered_set>
#include <vector>

#include "catalogue/compile.h"
#include "catalogue/table.h"

namespace {

using gnomon::catalogue::Table;

const Table& RealTable() {
  static const std::shared_ptr<const Table> table = [] {
    const auto catalogue = gnomon::catalogue::CompileFolder(GNOMON_SOURCE_DIR "/rules");
    if (!catalogue.ok()) {
      std::cerr << catalogue.status().message() << '\n';
      std::exit(1);
    }
    return *Table::Build(*catalogue);
  }();
  return *table;
}

const std::unordered_set<std::string_view>& RealSet() {
  static const std::unordered_set<std::string_view> set = [] {
    std::unordered_set<std::string_view> suffixes;
    for (size_t i = 0; i < RealTable().service_count(); ++i) {
      const auto& service = RealTable().service(static_cast<gnomon::catalogue::ServiceIndex>(i));
      for (const auto& host : service.hosts()) suffixes.insert(host.suffix());
    }
    return suffixes;
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

bool InSet(const std::unordered_set<std::string_view>& set, std::string_view host) {
  for (;;) {
    if (set.contains(host)) return true;
    const size_t dot = host.find('.');
    if (dot == std::string_view::npos) return false;
    host.remove_prefix(dot + 1);
  }
}

void RunTable(benchmark::State& state, const std::vector<std::string>& hosts) {
  const Table& table = RealTable();
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(table.Find(host));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * hosts.size()));
}

void RunSet(benchmark::State& state, const std::vector<std::string>& hosts) {
  const auto& set = RealSet();
  for (auto _ : state) {
    for (const std::string& host : hosts) benchmark::DoNotOptimize(InSet(set, host));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * hosts.size()));
}

void TableHit(benchmark::State& state) {
  RunTable(state, Cases("match.tsv"));
}
void SetHit(benchmark::State& state) {
  RunSet(state, Cases("match.tsv"));
}
void TableLookAlike(benchmark::State& state) {
  RunTable(state, Cases("nomatch.tsv"));
}
void SetLookAlike(benchmark::State& state) {
  RunSet(state, Cases("nomatch.tsv"));
}
void TableOrdinaryMiss(benchmark::State& state) {
  RunTable(state, Ordinary());
}
void SetOrdinaryMiss(benchmark::State& state) {
  RunSet(state, Ordinary());
}
// 127 labels of one byte: the most labels that a name may have.
void TableManyLabels(benchmark::State& state) {
  std::string host = "a";
  while (host.size() + 2 <= 253) host += ".a";
  RunTable(state, {host});
}
void SetManyLabels(benchmark::State& state) {
  std::string host = "a";
  while (host.size() + 2 <= 253) host += ".a";
  RunSet(state, {host});
}
BENCHMARK(TableHit);
BENCHMARK(SetHit);
BENCHMARK(TableLookAlike);
BENCHMARK(SetLookAlike);
BENCHMARK(TableOrdinaryMiss);
BENCHMARK(SetOrdinaryMiss);
BENCHMARK(TableManyLabels);
BENCHMARK(SetManyLabels);

}  // namespace

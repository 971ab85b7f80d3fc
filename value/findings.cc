#include "value/findings.h"

#include <algorithm>
#include <utility>

#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

Figures ThresholdsOf(const Rule& rule) {
  Figures figures;
  for (const auto& [name, threshold] : rule.thresholds) figures[name] = Count(threshold.value);
  return figures;
}

v1::Finding Write(const Rule& rule, const Found& found, Language language) {
  Figures all = ThresholdsOf(rule);
  v1::Finding finding;
  finding.set_rule(rule.id);
  finding.set_title(rule.name.in(language));
  finding.set_because(Fill(rule.because.in(language), all, language));
  for (const Wording& wording : rule.could_be_wrong) {
    finding.add_could_be_wrong(Fill(wording.in(language), all, language));
  }
  finding.set_advice(Fill(rule.advice.in(language), all, language));
  finding.set_department(found.department);
  finding.set_service(found.service);
  for (const std::string& source : found.sources) finding.add_sources(source);
  for (const auto& [name, figure] : found.figures) {
    all[name] = figure;
    (*finding.mutable_figures())[name] = figure;
  }
  for (const Wording& wording : rule.says) {
    std::string sentence = Fill(wording.in(language), all, language);
    if (!sentence.empty()) finding.add_says(std::move(sentence));
  }
  return finding;
}

}  // namespace

std::vector<v1::Finding> FindAll(const Facts& facts, const Rulebook& book, Language language) {
  std::vector<v1::Finding> findings;
  for (const RuleCode& code : AllRules()) {
    std::vector<Found> found = code.find(facts, book, language);
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.weight > b.weight; });
    for (const Found& each : found) {
      findings.push_back(Write(book.rule(code.id), each, language));
    }
  }
  return findings;
}

}  // namespace gnomon::value

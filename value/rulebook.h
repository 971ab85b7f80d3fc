// The findings' rules as data: thresholds with their reasons, sentences in each language, the
// effects that estimates rest on. docs/value-model.md has the evidence; rules/value/findings.yaml
// is the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "gnomon/v1/catalogue.pb.h"
#include "value/figure.h"

namespace gnomon::value {

struct Wording {
  std::string english;
  std::string chinese;
  const std::string& in(Language language) const {
    return language == Language::kChinese ? chinese : english;
  }
};

struct Threshold {
  uint32_t value = 0;
  uint32_t min = 0;
  uint32_t max = 0;
  std::string why;
};

struct Rule {
  std::string id;
  Wording name;
  std::map<std::string, Threshold, std::less<>> thresholds;
  std::vector<Wording> says;  // shown where all figures in them are known; the first one must be
  Wording because;
  std::vector<Wording> could_be_wrong;
  Wording advice;

  // One that the rule's code needs; Parse() holds that it is there.
  uint32_t at(std::string_view threshold) const { return thresholds.find(threshold)->second.value; }
};

// Minutes saved for each minute of work with a tool, after published studies.
struct Effect {
  std::string id;
  std::vector<v1::Category> categories;
  double low = 0;
  double mid = 0;
  double high = 0;
  std::vector<std::string> sources;
};

// What a policy changes: {rule, threshold, value}.
struct ThresholdChange {
  std::string rule;
  std::string threshold;
  uint32_t value = 0;
};

class Rulebook {
 public:
  // Errors name file, line and key: a rule or threshold that the program needs and is not there,
  // one that it does not know, a sentence with a figure that the rule does not have, a language
  // left out.
  static Result<Rulebook> Parse(const std::string& yaml, const std::string& origin);
  static Result<Rulebook> Load(const std::filesystem::path& file);
  // Where the file lies when nobody names one: ../share/gnomon/findings.yaml from the running
  // program.
  static std::filesystem::path DefaultFile();

  // kInvalidArgument for an unknown rule or threshold, or a value out of its range: nothing is
  // changed.
  Status Change(const std::vector<ThresholdChange>& changes);

  const std::vector<Rule>& rules() const { return rules_; }
  const Rule& rule(std::string_view id) const;        // one that the program needs: always there
  const Effect* effect(v1::Category category) const;  // null: no study gives an estimate

 private:
  std::vector<Rule> rules_;
  std::vector<Effect> effects_;
};

// "{department} uses {service}" -> the sentence, or empty where a figure in it is not known.
std::string Fill(const std::string& text, const Figures& figures, Language language);
// The names in braces.
std::vector<std::string> NamesIn(const std::string& text);

}  // namespace gnomon::value

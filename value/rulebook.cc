#include "value/rulebook.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/shared_file.h"
#include "base/yaml.h"
#include "catalogue/names.h"
#include "value/rules/rule.h"

namespace gnomon::value {
namespace {

constexpr size_t kFileLimit = 1u << 20;

Status Wrong(const std::string& origin, const YAML::Node& node, const std::string& what) {
  return InvalidArgument(YamlPosition(origin, node) + ": " + what);
}

const RuleCode* CodeOf(std::string_view id) {
  for (const RuleCode& code : AllRules()) {
    if (code.id == id) return &code;
  }
  return nullptr;
}

Result<Wording> ReadWording(const YAML::Node& node, const std::string& origin) {
  Wording wording;
  YamlFields fields(node, origin);
  for (const char* key : {"en", "zh"}) fields.Require(key);
  fields.String("en", &wording.english);
  fields.String("zh", &wording.chinese);
  if (wording.english.empty()) fields.Fail("en", "is empty");
  if (wording.chinese.empty()) fields.Fail("zh", "is empty");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  return wording;
}

Status ReadWordings(const YAML::Node& list, const std::string& origin, const char* key,
                    std::vector<Wording>* out) {
  if (!list.IsSequence()) return Wrong(origin, list, std::string(key) + ": expected a list");
  for (const YAML::Node& entry : list) {
    GNOMON_ASSIGN_OR_RETURN(Wording wording, ReadWording(entry, origin));
    out->push_back(std::move(wording));
  }
  return Status::Ok();
}

Result<Threshold> ReadThreshold(const YAML::Node& node, const std::string& origin) {
  Threshold threshold;
  YamlFields fields(node, origin);
  uint64_t value = 0, min = 0, max = 0;
  for (const char* key : {"value", "min", "max", "why"}) fields.Require(key);
  fields.Uint("min", &min, 0, 1'000'000);
  fields.Uint("max", &max, 0, 1'000'000);
  fields.Uint("value", &value, min, max);
  fields.String("why", &threshold.why);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  threshold.value = static_cast<uint32_t>(value);
  threshold.min = static_cast<uint32_t>(min);
  threshold.max = static_cast<uint32_t>(max);
  return threshold;
}

// Each name in braces is one that the code fills in.
Status CheckNames(const Rule& rule, const RuleCode& code, const std::string& where) {
  const auto check = [&](const Wording& wording, bool figures) -> Status {
    for (const std::string* text : {&wording.english, &wording.chinese}) {
      for (const std::string& name : NamesIn(*text)) {
        if (rule.thresholds.contains(name)) continue;
        if (figures &&
            std::find(code.figures.begin(), code.figures.end(), name) != code.figures.end())
          continue;
        return InvalidArgument(where + ": {" + name + "} is no " +
                               (figures ? "figure or threshold" : "threshold") + " of " + rule.id);
      }
    }
    return Status::Ok();
  };
  for (const Wording& sentence : rule.says) GNOMON_RETURN_IF_ERROR(check(sentence, true));
  for (const Wording& sentence : rule.could_be_wrong)
    GNOMON_RETURN_IF_ERROR(check(sentence, false));
  GNOMON_RETURN_IF_ERROR(check(rule.because, false));
  GNOMON_RETURN_IF_ERROR(check(rule.advice, false));
  return Status::Ok();
}

Status ReadThresholds(const YAML::Node& node, const std::string& origin, const RuleCode& code,
                      Rule* rule) {
  if (!node.IsMap()) return Wrong(origin, node, "thresholds: expected a mapping");
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    if (std::find(code.thresholds.begin(), code.thresholds.end(), name) == code.thresholds.end()) {
      return Wrong(origin, entry.first, "thresholds: " + rule->id + " has no threshold " + name);
    }
    auto threshold = ReadThreshold(entry.second, origin);
    if (!threshold.ok()) return threshold.status();
    rule->thresholds[name] = *threshold;
  }
  for (const std::string_view name : code.thresholds) {
    if (!rule->thresholds.contains(name)) {
      return Wrong(origin, node, "thresholds: " + std::string(name) + " is missing");
    }
  }
  return Status::Ok();
}

Result<Rule> ReadRule(const YAML::Node& node, const std::string& origin) {
  Rule rule;
  YamlFields fields(node, origin);
  for (const char* key :
       {"id", "name", "thresholds", "says", "because", "could_be_wrong", "advice"}) {
    fields.Require(key);
  }
  fields.String("id", &rule.id);
  const YAML::Node name = fields.Child("name"), thresholds = fields.Child("thresholds"),
                   says = fields.Child("says"), because = fields.Child("because"),
                   wrong = fields.Child("could_be_wrong"), advice = fields.Child("advice");
  const RuleCode* code = CodeOf(rule.id);
  if (code == nullptr) fields.Fail("id", "there is no rule " + rule.id);
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  GNOMON_ASSIGN_OR_RETURN(rule.name, ReadWording(name, origin));
  GNOMON_RETURN_IF_ERROR(ReadThresholds(thresholds, origin, *code, &rule));
  GNOMON_RETURN_IF_ERROR(ReadWordings(says, origin, "says", &rule.says));
  GNOMON_ASSIGN_OR_RETURN(rule.because, ReadWording(because, origin));
  GNOMON_RETURN_IF_ERROR(ReadWordings(wrong, origin, "could_be_wrong", &rule.could_be_wrong));
  GNOMON_ASSIGN_OR_RETURN(rule.advice, ReadWording(advice, origin));
  if (rule.says.empty()) return Wrong(origin, says, "says: needs a sentence");
  GNOMON_RETURN_IF_ERROR(CheckNames(rule, *code, YamlPosition(origin, node)));
  return rule;
}

Result<Effect> ReadEffect(const YAML::Node& node, const std::string& origin) {
  Effect effect;
  YamlFields fields(node, origin);
  for (const char* key : {"id", "categories", "low", "mid", "high", "sources"}) fields.Require(key);
  std::vector<std::string> categories;
  fields.String("id", &effect.id);
  fields.Strings("categories", &categories);
  // Nobody saves more than ten minutes in one, or loses more than one.
  fields.Number("low", &effect.low, -1, 10);
  fields.Number("mid", &effect.mid, effect.low, 10);
  fields.Number("high", &effect.high, effect.mid, 10);
  fields.Strings("sources", &effect.sources);
  for (const std::string& category : categories) {
    effect.categories.push_back(catalogue::ParseCategory(category));
    if (effect.categories.back() == v1::CATEGORY_UNSPECIFIED) {
      fields.Fail("categories", category + ": expected " + catalogue::CategoryNames());
    }
  }
  if (effect.sources.empty()) fields.Fail("sources", "an estimate needs a source");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  return effect;
}

Status CheckAllThere(const std::vector<Rule>& rules, const std::string& origin) {
  std::set<std::string_view> seen;
  for (const Rule& rule : rules) {
    if (!seen.insert(rule.id).second)
      return InvalidArgument(origin + ": findings: " + rule.id + " is written twice");
  }
  for (const RuleCode& code : AllRules()) {
    if (!seen.contains(code.id)) {
      return InvalidArgument(origin + ": findings: " + std::string(code.id) + " is missing");
    }
  }
  return Status::Ok();
}

Status CheckOneEffectEach(const std::vector<Effect>& effects, const std::string& origin) {
  std::set<v1::Category> seen;
  for (const Effect& effect : effects) {
    for (const v1::Category category : effect.categories) {
      if (!seen.insert(category).second) {
        return InvalidArgument(origin + ": effects: " + effect.id + ": another one has " +
                               std::string(catalogue::CategoryName(category)) + " already");
      }
    }
  }
  return Status::Ok();
}

}  // namespace

Result<Rulebook> Rulebook::Parse(const std::string& yaml, const std::string& origin) {
  GNOMON_ASSIGN_OR_RETURN(const YAML::Node root, ParseYaml(yaml, origin));
  Rulebook book;
  YamlFields fields(root, origin);
  for (const char* key : {"effects", "findings"}) fields.Require(key);
  const YAML::Node effects = fields.Child("effects"), findings = fields.Child("findings");
  GNOMON_RETURN_IF_ERROR(fields.Finish());
  if (!effects.IsSequence()) return Wrong(origin, effects, "effects: expected a list");
  if (!findings.IsSequence()) return Wrong(origin, findings, "findings: expected a list");
  for (const YAML::Node& node : effects) {
    GNOMON_ASSIGN_OR_RETURN(Effect effect, ReadEffect(node, origin));
    book.effects_.push_back(std::move(effect));
  }
  for (const YAML::Node& node : findings) {
    GNOMON_ASSIGN_OR_RETURN(Rule rule, ReadRule(node, origin));
    book.rules_.push_back(std::move(rule));
  }
  GNOMON_RETURN_IF_ERROR(CheckOneEffectEach(book.effects_, origin));
  GNOMON_RETURN_IF_ERROR(CheckAllThere(book.rules_, origin));
  return book;
}

Result<Rulebook> Rulebook::Load(const std::filesystem::path& file) {
  GNOMON_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kFileLimit));
  return Parse(text, file.string());
}

std::filesystem::path Rulebook::DefaultFile() {
  return SharedFile("findings.yaml");
}

Status Rulebook::Change(const std::vector<ThresholdChange>& changes) {
  std::vector<Rule> changed = rules_;
  for (const ThresholdChange& change : changes) {
    const auto rule = std::find_if(changed.begin(), changed.end(),
                                   [&](const Rule& each) { return each.id == change.rule; });
    if (rule == changed.end()) return InvalidArgument("there is no finding " + change.rule);
    const auto threshold = rule->thresholds.find(change.threshold);
    if (threshold == rule->thresholds.end()) {
      return InvalidArgument(change.rule + " has no threshold " + change.threshold);
    }
    Threshold& at = threshold->second;
    if (change.value < at.min || change.value > at.max) {
      return InvalidArgument(change.rule + ": " + change.threshold + ": expected from " +
                             std::to_string(at.min) + " to " + std::to_string(at.max));
    }
    at.value = change.value;
  }
  rules_ = std::move(changed);
  return Status::Ok();
}

const Rule& Rulebook::rule(std::string_view id) const {
  return *std::find_if(rules_.begin(), rules_.end(),
                       [&](const Rule& each) { return each.id == id; });
}

const Effect* Rulebook::effect(v1::Category category) const {
  for (const Effect& effect : effects_) {
    if (std::find(effect.categories.begin(), effect.categories.end(), category) !=
        effect.categories.end()) {
      return &effect;
    }
  }
  return nullptr;
}

std::vector<std::string> NamesIn(const std::string& text) {
  std::vector<std::string> names;
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    names.push_back(text.substr(open + 1, close - open - 1));
  }
  return names;
}

std::string Fill(const std::string& text, const Figures& figures, Language language) {
  std::string filled;
  size_t from = 0;
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', from)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    const auto figure = figures.find(text.substr(open + 1, close - open - 1));
    if (figure == figures.end()) return {};
    filled.append(text, from, open - from);
    filled += Read(figure->second, language);
    from = close + 1;
  }
  return filled.append(text, from);
}

}  // namespace gnomon::value

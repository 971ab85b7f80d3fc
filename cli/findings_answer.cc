#include "cli/findings_answer.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/wrapped.h"

namespace gnomon::cli {
namespace {

using Json = nlohmann::ordered_json;

// The words around findings; what is in them comes from the collector in the same language.
struct Words {
  const char *title, *none, *because, *wrong, *advice, *sources, *no_policy, *no_finance, *hidden;
};
const Words kEnglish = {
    "Findings for ",
    "Nothing to report for ",
    "Rule",
    "Could be wrong",
    "What to do",
    "Estimated after",
    "There is no policy: what is sanctioned and how many people work where is not known.",
    "Finance's file is not given: no budgets, costs and spend.",
    "Findings rest on numbers that are shown; groups under the floor have none."};
const Words kChinese = {"价值发现：",
                        "无可报告的发现：",
                        "规则",
                        "可能的偏差",
                        "建议",
                        "估算依据",
                        "没有策略：无法得知哪些服务已获批准以及各部门人数。",
                        "未提供财务文件：没有预算、成本与支出。",
                        "发现仅基于可公开的数字；低于下限的群组没有发现。"};

Json FigureJson(const v1::Figure& figure) {
  switch (figure.kind_case()) {
    case v1::Figure::kText:
      return figure.text();
    case v1::Figure::kCount:
      return figure.count();
    case v1::Figure::kEstimate:
      return {{"about", figure.estimate().value()}};
    case v1::Figure::kPercent:
      if (figure.percent().over_90()) return {{"percent", ">90"}};
      return {{"percent", figure.percent().value()}};
    case v1::Figure::kMoney:
      return {{"amount", figure.money().amount()}, {"currency", figure.money().currency()}};
    case v1::Figure::kRange:
      return {{"low", figure.range().low()},
              {"mid", figure.range().mid()},
              {"high", figure.range().high()},
              {"unit", figure.range().unit()}};
    case v1::Figure::KIND_NOT_SET:
      break;
  }
  return nullptr;
}

template <typename Range>
Json List(const Range& range) {
  return std::vector<std::string>(range.begin(), range.end());
}

std::string RenderJson(const v1::FindingsAnswer& answer) {
  Json json = {{"month", answer.scope().month()},
               {"floor", answer.scope().floor()},
               {"policy_known", answer.policy_known()},
               {"finance_known", answer.finance_known()},
               {"findings", Json::array()}};
  for (const v1::Finding& finding : answer.findings()) {
    Json each = {{"rule", finding.rule()}, {"title", finding.title()}};
    if (!finding.department().empty()) each["department"] = finding.department();
    if (!finding.service().empty()) each["service"] = finding.service();
    each["says"] = List(finding.says());
    // A map of protobuf has no order of its own.
    for (const auto& [name, figure] :
         std::map<std::string, v1::Figure>(finding.figures().begin(), finding.figures().end())) {
      each["figures"][name] = FigureJson(figure);
    }
    each["because"] = finding.because();
    each["could_be_wrong"] = List(finding.could_be_wrong());
    each["advice"] = finding.advice();
    each["sources"] = List(finding.sources());
    json["findings"].push_back(std::move(each));
  }
  json["notes"] = List(answer.scope().notes());
  return json.dump(1) + "\n";
}

// Beside each finding, in both formats for people.
std::vector<std::pair<const char*, std::string>> About(const v1::Finding& finding,
                                                       const Words& words) {
  std::vector<std::pair<const char*, std::string>> about = {{words.because, finding.because()}};
  for (const std::string& each : finding.could_be_wrong()) about.emplace_back(words.wrong, each);
  about.emplace_back(words.advice, finding.advice());
  for (const std::string& each : finding.sources()) about.emplace_back(words.sources, each);
  return about;
}

std::vector<std::string> Closing(const v1::FindingsAnswer& answer, const Words& words) {
  std::vector<std::string> closing = {words.hidden};
  if (!answer.policy_known()) closing.emplace_back(words.no_policy);
  if (!answer.finance_known()) closing.emplace_back(words.no_finance);
  return closing;
}

// Those of one rule stand together, and what is the same for all of them once.
std::vector<std::vector<const v1::Finding*>> ByRule(const v1::FindingsAnswer& answer) {
  std::vector<std::vector<const v1::Finding*>> groups;
  for (const v1::Finding& finding : answer.findings()) {
    if (groups.empty() || groups.back().front()->rule() != finding.rule()) groups.emplace_back();
    groups.back().push_back(&finding);
  }
  return groups;
}

std::vector<std::pair<const char*, std::string>> AboutAll(
    const std::vector<const v1::Finding*>& group, const Words& words) {
  std::vector<std::pair<const char*, std::string>> about;
  for (const v1::Finding* finding : group) {
    for (auto& each : About(*finding, words)) {
      if (std::find(about.begin(), about.end(), each) == about.end())
        about.push_back(std::move(each));
    }
  }
  return about;
}

std::string RenderText(const v1::FindingsAnswer& answer, const Words& words, bool colour) {
  const char* bold = colour ? "\033[1m" : "";
  const char* dim = colour ? "\033[2m" : "";
  const char* plain = colour ? "\033[0m" : "";
  std::string text =
      (answer.findings().empty() ? words.none : words.title) + answer.scope().month() + "\n";
  for (const auto& group : ByRule(answer)) {
    text += "\n" + std::string(bold) + group.front()->title() + plain + "\n";
    for (const v1::Finding* finding : group) {
      bool first = true;
      for (const std::string& sentence : finding->says()) {
        text += first ? Wrapped("* " + sentence, "  ") : Wrapped(sentence, "    ");
        first = false;
      }
    }
    for (const auto& [what, words_of_it] : AboutAll(group, words)) {
      text += dim + Wrapped(std::string(what) + ": " + words_of_it, "    ") + plain;
    }
  }
  text += "\n";
  for (const std::string& line : Closing(answer, words)) text += Wrapped(line);
  return text;
}

std::string RenderMarkdown(const v1::FindingsAnswer& answer, const Words& words) {
  std::string text =
      "# " + ((answer.findings().empty() ? words.none : words.title) + answer.scope().month()) +
      "\n";
  for (const auto& group : ByRule(answer)) {
    text += "\n## " + group.front()->title() + "\n";
    for (const v1::Finding* finding : group) {
      text += "\n";
      for (const std::string& sentence : finding->says()) text += sentence + "\n";
    }
    text += "\n";
    for (const auto& [what, words_of_it] : AboutAll(group, words)) {
      text += "- *" + std::string(what) + "*: " + words_of_it + "\n";
    }
  }
  for (const std::string& line : Closing(answer, words)) text += "\n" + line + "\n";
  return text;
}

}  // namespace

std::string Render(const v1::FindingsAnswer& answer, FindingsFormat format, bool chinese,
                   bool colour) {
  const Words& words = chinese ? kChinese : kEnglish;
  if (format == FindingsFormat::kJson) return RenderJson(answer);
  return format == FindingsFormat::kMarkdown ? RenderMarkdown(answer, words)
                                             : RenderText(answer, words, colour);
}

}  // namespace gnomon::cli

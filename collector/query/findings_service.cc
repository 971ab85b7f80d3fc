#include "collector/query/findings_service.h"

#include <algorithm>
#include <utility>

#include "collector/access/caller.h"
#include "collector/query/scope.h"
#include "value/findings.h"
#include "wire/tls.h"

namespace gnomon::query {
namespace {

Result<value::Language> LanguageOf(const std::string& text) {
  if (text.empty() || text == "en") return value::Language::kEnglish;
  if (text == "zh") return value::Language::kChinese;
  return InvalidArgument("language: expected en or zh, not \"" + text + "\"");
}

const char* OrganisationName(value::Language language) {
  return language == value::Language::kChinese ? "全公司" : "the organisation";
}

}  // namespace

grpc::Status FindingsService::Ask(grpc::ServerContext* context,
                                  const v1::FindingsQuestion* question,
                                  v1::FindingsAnswer* answer) {
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(caller.status());
  return wire::ToGrpc(Answer(*caller, *question, *answer));
}

Status FindingsService::Answer(const pki::Identity& caller, const v1::FindingsQuestion& question,
                               v1::FindingsAnswer& answer) {
  GNOMON_RETURN_IF_ERROR(
      access::CheckOperator(caller, {access::kAdministrator, access::kAnalyst, access::kAuditor}));
  const Status outcome = Fill(question, answer);
  const Status written = audit_.Append({clock_.Now(), caller.name, caller.scope, "findings",
                                        question.month(), question.department(), outcome});
  const Status& status = written.ok() ? outcome : written;
  if (!status.ok()) answer.Clear();
  return status;
}

Status FindingsService::Fill(const v1::FindingsQuestion& question, v1::FindingsAnswer& answer) {
  GNOMON_ASSIGN_OR_RETURN(const Month month, ParseMonth(question.month()));
  GNOMON_ASSIGN_OR_RETURN(const value::Language language, LanguageOf(question.language()));
  GNOMON_ASSIGN_OR_RETURN(FactReader::Read read, facts_.Month(month, ToLocal(clock_.Now()).day));
  const auto& departments = read.facts.departments;
  const std::string& only = question.department();
  if (!only.empty() && std::none_of(departments.begin(), departments.end(),
                                    [&](const auto& each) { return each.code == only; })) {
    return NotFound("there is no department \"" + only +
                    "\"; `gnomon departments` lists those that there are");
  }
  read.facts.organisation.name = OrganisationName(language);
  FillScope(month, month.End(), read.facts.floor, *answer.mutable_scope());
  for (v1::Finding& finding : value::FindAll(read.facts, rulebook_, language)) {
    if (only.empty() || finding.department() == only) *answer.add_findings() = std::move(finding);
  }
  answer.set_policy_known(read.policy_known);
  answer.set_finance_known(read.finance_known);
  return Status::Ok();
}

}  // namespace gnomon::query

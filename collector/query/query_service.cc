#include "collector/query/query_service.h"

#include <algorithm>
#include <vector>

#include "collector/access/caller.h"
#include "collector/query/answers.h"
#include "collector/query/scope.h"
#include "wire/tls.h"

namespace gnomon::query {
namespace {

Status MayAsk(const pki::Identity& caller) {
  return access::CheckOperator(
      caller, {access::kAdministrator, access::kIt, access::kAnalyst, access::kAuditor});
}

}  // namespace

grpc::Status QueryService::Departments(grpc::ServerContext* context,
                                       const v1::DepartmentsQuestion* question,
                                       v1::DepartmentsAnswer* answer) {
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(Refuse(caller.status(), "departments"));
  return wire::ToGrpc(AnswerDepartments(*caller, *question, *answer));
}

grpc::Status QueryService::Services(grpc::ServerContext* context,
                                    const v1::ServicesQuestion* question,
                                    v1::ServicesAnswer* answer) {
  const auto caller = callers_.Identify(*context);
  if (!caller.ok()) return wire::ToGrpc(Refuse(caller.status(), "services"));
  return wire::ToGrpc(AnswerServices(*caller, *question, *answer));
}

Status QueryService::Write(const pki::Identity& caller, const char* question,
                           const std::string& month, const std::string& department,
                           const Status& outcome) {
  // A laptop that calls where operators do is named by what it is, not by its name.
  const bool person = caller.kind == pki::Identity::Kind::kOperator;
  return audit_.Append({clock_.Now(), person ? caller.name : "", person ? caller.scope : "device",
                        question, month, department, outcome});
}

Status QueryService::Refuse(const Status& refusal, const char* question) {
  // Who tries too often is not given the pen.
  if (refusal.code() == StatusCode::kResourceExhausted) return refusal;
  const Status written = audit_.Append({clock_.Now(), "", "", question, "", "", refusal});
  return written.ok() ? refusal : written;
}

Status QueryService::AnswerDepartments(const pki::Identity& caller,
                                       const v1::DepartmentsQuestion& question,
                                       v1::DepartmentsAnswer& answer) {
  const Status outcome = [&]() -> Status {
    GNOMON_RETURN_IF_ERROR(MayAsk(caller));
    GNOMON_ASSIGN_OR_RETURN(const auto enrolled, registry_.DevicesByDepartment());
    const auto organisation = policy_.Now();
    GNOMON_ASSIGN_OR_RETURN(
        const cube::ReleasedCube cube,
        Read(question.month(), enrolled, organisation->floor(), *answer.mutable_scope()));
    FillDepartments(cube, enrolled, *organisation, answer);
    return Status::Ok();
  }();
  const Status written = Write(caller, "departments", question.month(), "", outcome);
  const Status& status = written.ok() ? outcome : written;
  if (!status.ok()) answer.Clear();
  return status;
}

Status QueryService::AnswerServices(const pki::Identity& caller,
                                    const v1::ServicesQuestion& question,
                                    v1::ServicesAnswer& answer) {
  const Status outcome = [&]() -> Status {
    GNOMON_RETURN_IF_ERROR(MayAsk(caller));
    GNOMON_ASSIGN_OR_RETURN(const auto enrolled, registry_.DevicesByDepartment());
    const auto organisation = policy_.Now();
    GNOMON_ASSIGN_OR_RETURN(
        const cube::ReleasedCube cube,
        Read(question.month(), enrolled, organisation->floor(), *answer.mutable_scope()));
    return FillServices(cube, question.department(), *organisation, answer);
  }();
  const Status written =
      Write(caller, "services", question.month(), question.department(), outcome);
  const Status& status = written.ok() ? outcome : written;
  if (!status.ok()) answer.Clear();
  return status;
}

Result<cube::ReleasedCube> QueryService::Read(const std::string& text,
                                              const std::map<std::string, uint32_t>& enrolled,
                                              uint32_t floor, v1::Scope& scope) {
  GNOMON_ASSIGN_OR_RETURN(const Month month, ParseMonth(text));
  const Day today = ToLocal(clock_.Now()).day;
  if (month.First() > today) return InvalidArgument(text + " has not begun yet");
  // Today's numbers grow by the minute: who asked twice would see what came in between.
  const Day end = std::min(month.End(), today);
  FillScope(month, end, cubes_.FloorWith(floor), scope);
  std::vector<std::string> departments;
  for (const auto& [department, devices] : enrolled) departments.push_back(department);
  return cubes_.Read(month.First(), end, departments, floor);
}

}  // namespace gnomon::query

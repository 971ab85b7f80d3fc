// The Query service: typed questions from operators, answered from released cubes only.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/cube/cube_source.h"
#include "collector/enrol/registry.h"
#include "collector/organisation/policy_in_force.h"
#include "collector/query/audit_log.h"
#include "gnomon/v1/query.grpc.pb.h"
#include "pki/authority.h"

namespace gnomon::query {

// A store is deliberately not among what it is given.
class QueryService final : public v1::Query::Service {
 public:
  // All must outlive the service.
  QueryService(const cube::CubeSource& cubes, const organisation::PolicyInForce& policy,
               enrol::Registry& registry, AuditLog& audit, access::Callers& callers,
               const Clock& clock)
      : cubes_(cubes),
        policy_(policy),
        registry_(registry),
        audit_(audit),
        callers_(callers),
        clock_(clock) {}

  grpc::Status Departments(grpc::ServerContext* context, const v1::DepartmentsQuestion* question,
                           v1::DepartmentsAnswer* answer) override;
  grpc::Status Services(grpc::ServerContext* context, const v1::ServicesQuestion* question,
                        v1::ServicesAnswer* answer) override;

  // The same for a caller whose certificate was read: the audit line is on the disk when it
  // returns. An answer beside an error is empty.
  Status AnswerDepartments(const pki::Identity& caller, const v1::DepartmentsQuestion& question,
                           v1::DepartmentsAnswer& answer);
  Status AnswerServices(const pki::Identity& caller, const v1::ServicesQuestion& question,
                        v1::ServicesAnswer& answer);

 private:
  // Into the audit log: an answer or a refusal.
  Status Write(const pki::Identity& caller, const char* question, const std::string& month,
               const std::string& department, const Status& outcome);
  // Of a caller who is nobody; returns what the caller is told.
  Status Refuse(const Status& refusal, const char* question);
  // The cube of a month and what the answer says about itself.
  Result<cube::ReleasedCube> Read(const std::string& month,
                                  const std::map<std::string, uint32_t>& enrolled, uint32_t floor,
                                  v1::Scope& scope);

  const cube::CubeSource& cubes_;
  const organisation::PolicyInForce& policy_;
  enrol::Registry& registry_;
  AuditLog& audit_;
  access::Callers& callers_;
  const Clock& clock_;
};

}  // namespace gnomon::query

// What operators do to tokens, devices and operators goes into the same audit log as their
// questions.
#pragma once

#include "base/clock.h"
#include "collector/access/operator_log.h"
#include "collector/query/audit_log.h"

namespace gnomon::query {

class OperatorAudit final : public access::OperatorLog {
 public:
  // Both must outlive this.
  OperatorAudit(AuditLog& audit, const Clock& clock) : audit_(audit), clock_(clock) {}

  Status Write(const Result<pki::Identity>& caller, const access::OperatorAction& action,
               const Status& outcome) override {
    AuditEntry entry;
    entry.time = clock_.Now();
    if (caller.ok()) {
      // A laptop that calls where operators do is named by what it is, not by its name.
      const bool person = caller->kind == pki::Identity::Kind::kOperator;
      entry.operator_name = person ? caller->name : "";
      entry.role = person ? caller->scope : "device";
    }
    entry.question = std::string(action.action);
    entry.department = action.department;
    entry.subject = action.subject;
    entry.outcome = outcome;
    return audit_.Append(entry);
  }

 private:
  AuditLog& audit_;
  const Clock& clock_;
};

}  // namespace gnomon::query

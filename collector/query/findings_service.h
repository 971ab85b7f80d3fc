// The Findings service: where unofficial AI use creates value, from released numbers only
// (value/findings.h).
#pragma once

#include "base/clock.h"
#include "collector/access/callers.h"
#include "collector/query/audit_log.h"
#include "collector/query/fact_reader.h"
#include "gnomon/v1/findings.grpc.pb.h"
#include "pki/authority.h"
#include "value/rulebook.h"

namespace gnomon::query {

class FindingsService final : public v1::Findings::Service {
 public:
  // All must outlive the service.
  FindingsService(const FactReader& facts, const value::Rulebook& rulebook, AuditLog& audit,
                  access::Callers& callers, const Clock& clock)
      : facts_(facts), rulebook_(rulebook), audit_(audit), callers_(callers), clock_(clock) {}

  grpc::Status Ask(grpc::ServerContext* context, const v1::FindingsQuestion* question,
                   v1::FindingsAnswer* answer) override;

  // The same for a caller who is known: the audit line is on the disk when it returns. An answer
  // beside an error is empty.
  Status Answer(const pki::Identity& caller, const v1::FindingsQuestion& question,
                v1::FindingsAnswer& answer);

 private:
  Status Fill(const v1::FindingsQuestion& question, v1::FindingsAnswer& answer);

  const FactReader& facts_;
  const value::Rulebook& rulebook_;
  AuditLog& audit_;
  access::Callers& callers_;
  const Clock& clock_;
};

}  // namespace gnomon::query

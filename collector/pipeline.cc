#include "collector/pipeline.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "base/file.h"
#include "base/log.h"
#include "catalogue/locate.h"
#include "collector/access/callers.h"
#include "collector/access/open_streams.h"
#include "collector/access/operators.h"
#include "collector/access/operators_service.h"
#include "collector/cube/cube_source.h"
#include "collector/enrol/devices_service.h"
#include "collector/enrol/enrolment_service.h"
#include "collector/enrol/health_service.h"
#include "collector/enrol/registry.h"
#include "collector/enrol/tokens_service.h"
#include "collector/ingest/committer.h"
#include "collector/ingest/ingest_service.h"
#include "collector/ingest/quota.h"
#include "collector/init.h"
#include "collector/organisation/finance_in_force.h"
#include "collector/organisation/policy_in_force.h"
#include "collector/organisation/services_in_force.h"
#include "collector/query/audit_log.h"
#include "collector/query/audit_service.h"
#include "collector/query/fact_reader.h"
#include "collector/query/findings_service.h"
#include "collector/query/operator_audit.h"
#include "collector/query/query_service.h"
#include "collector/releases/release_service.h"
#include "collector/store/sqlite_store.h"
#include "wire/acceptor.h"
#include "wire/limits.h"
#include "wire/tls.h"

namespace gnomon::collector {
namespace {

constexpr size_t kKeyFileLimit = 64u << 10;
// How often the server's certificate is looked at, for one that was exchanged.
constexpr unsigned kRefreshSeconds = 2;
// The authority is the one thing that cannot be renewed in place: say so a year ahead.
constexpr TimeUs kAuthorityWarningUs = 365 * 86'400 * kSecondUs;
// A commit takes tens of milliseconds, so what is under way is done long before.
constexpr auto kGrace = std::chrono::seconds(3);

Result<pki::Authority> LoadAuthority(const Config& config) {
  const DataFolder files(config.data);
  if (!std::filesystem::exists(files.authority_key)) {
    return FailedPrecondition(
        config.data.string() +
        " holds no collector yet; make one with: gnomon-collector init --data " +
        config.data.string());
  }
  GNOMON_ASSIGN_OR_RETURN(std::string certificate, ReadFile(files.authority, kKeyFileLimit));
  GNOMON_ASSIGN_OR_RETURN(std::string key, ReadFile(files.authority_key, kKeyFileLimit));
  return pki::Authority::Load(std::move(certificate), std::move(key));
}

}  // namespace

// Members in the order of the data; they go in the opposite order.
class Pipeline::Impl {
 public:
  Impl(const Config& config_in, const Clock& clock_in, pki::Authority authority_in,
       TimeUs authority_ends_in, std::unique_ptr<store::Store> store_in,
       std::unique_ptr<enrol::Registry> registry_in,
       std::unique_ptr<access::Operators> operators_in, std::unique_ptr<query::AuditLog> audit_in,
       value::Rulebook rulebook_in)
      : config(config_in),
        clock(clock_in),
        authority(std::move(authority_in)),
        authority_ends(authority_ends_in),
        store(std::move(store_in)),
        registry(std::move(registry_in)),
        operators(std::move(operators_in)),
        audit(std::move(audit_in)),
        operator_audit(*audit, clock),
        callers(*operators, {operators.get()}, clock),
        committer(*store, clock),
        published(DataFolder(config.data).releases),
        policy(published, config.policy),
        services(published,
                 config.catalogue.empty() ? catalogue::DefaultCatalogue() : config.catalogue),
        finance(config.finance),
        rulebook(std::move(rulebook_in)),
        cubes(*store, config.floor),
        facts(cubes, *registry, policy, services, finance),
        ingest({committer, *registry, streams, quota, clock, store->Epoch()}),
        enrolment(*registry, authority,
                  static_cast<TimeUs>(config.device_certificates_s) * kSecondUs, clock),
        tokens(*registry, authority, callers, streams, operator_audit, clock),
        devices(*registry, callers, streams, operator_audit, clock),
        operators_service(*operators, authority.certificate_pem(), callers, operator_audit, clock),
        health(*registry, callers, authority_ends, clock),
        query(cubes, policy, *registry, *audit, callers, clock),
        findings(facts, rulebook, *audit, callers, clock),
        audit_service(DataFolder(config.data).audit, callers, operator_audit),
        releases(published, *registry) {}

  Status Listen() {
    GNOMON_ASSIGN_OR_RETURN(const auto address, SplitAddress(config.listen));
    auto listening = wire::Acceptor::Listen(address.first, address.second, config.connections);
    if (!listening.ok()) return listening.status().WithContext("cannot listen on " + config.listen);
    acceptor = std::move(*listening);
    const DataFolder files(config.data);
    grpc::ServerBuilder builder;
    wire::Apply(wire::ServerLimits(), builder);
    auto connections = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        wire::ServeFrom(files.server, files.authority, kRefreshSeconds));
    builder.RegisterService(&ingest);
    builder.RegisterService(&enrolment);
    builder.RegisterService(&tokens);
    builder.RegisterService(&devices);
    builder.RegisterService(&operators_service);
    builder.RegisterService(&health);
    builder.RegisterService(&query);
    builder.RegisterService(&findings);
    builder.RegisterService(&audit_service);
    builder.RegisterService(&releases);
    server = builder.BuildAndStart();
    if (!server) return Internal("gRPC cannot start");
    acceptor->Start(std::move(connections));
    return Status::Ok();
  }

  // The server's certificate while it runs, and a warning about what cannot be renewed.
  Status KeepCertificates() {
    const TimeUs now = clock.Now();
    GNOMON_ASSIGN_OR_RETURN(const bool renewed, RenewServer(config, authority, now));
    if (renewed) log::Info("server_certificate_renewed");
    if (authority_ends < now + kAuthorityWarningUs) {
      log::Warning("authority_ends", {{"day", FormatDay(ToLocal(authority_ends).day)}});
    }
    return Status::Ok();
  }

  void Stop() {
    if (acceptor) acceptor->Stop();
    if (server) {
      server->Shutdown(std::chrono::system_clock::now() + kGrace);
      server->Wait();
      server.reset();
    }
    committer.Stop();
  }

  const Config config;
  const Clock& clock;
  const pki::Authority authority;
  const TimeUs authority_ends;
  const std::unique_ptr<store::Store> store;
  const std::unique_ptr<enrol::Registry> registry;
  const std::unique_ptr<access::Operators> operators;
  const std::unique_ptr<query::AuditLog> audit;
  query::OperatorAudit operator_audit;
  access::Callers callers;
  access::OpenStreams streams;
  ingest::Quota quota;
  ingest::Committer committer;
  const releases::Published published;
  const organisation::PolicyInForce policy;
  const organisation::ServicesInForce services;
  const organisation::FinanceInForce finance;
  const value::Rulebook rulebook;
  const cube::CubeSource cubes;
  const query::FactReader facts;
  ingest::IngestService ingest;
  enrol::EnrolmentService enrolment;
  enrol::TokensService tokens;
  enrol::DevicesService devices;
  access::OperatorsService operators_service;
  enrol::HealthService health;
  query::QueryService query;
  query::FindingsService findings;
  query::AuditService audit_service;
  releases::ReleaseService releases;
  std::unique_ptr<wire::Acceptor> acceptor;  // outlives the server
  std::unique_ptr<grpc::Server> server;
};

Pipeline::Pipeline(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pipeline::~Pipeline() {
  Stop();
}

Result<std::unique_ptr<Pipeline>> Pipeline::Start(const Config& config, const Clock& clock) {
  GNOMON_RETURN_IF_ERROR(Validate(config));
  const DataFolder files(config.data);
  GNOMON_ASSIGN_OR_RETURN(pki::Authority authority, LoadAuthority(config));
  GNOMON_ASSIGN_OR_RETURN(std::unique_ptr<store::Store> store,
                          store::SqliteStore::Open(files.usage));
  GNOMON_ASSIGN_OR_RETURN(auto registry, enrol::Registry::Open(files.registry));
  GNOMON_ASSIGN_OR_RETURN(auto operators, access::Operators::Open(files.operators));
  GNOMON_ASSIGN_OR_RETURN(auto audit, query::AuditLog::Open(files.audit));
  GNOMON_ASSIGN_OR_RETURN(value::Rulebook rulebook,
                          value::Rulebook::Load(value::Rulebook::DefaultFile()));
  GNOMON_ASSIGN_OR_RETURN(const TimeUs ends, pki::NotAfter(authority.certificate_pem()));
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::make_unique<Impl>(
      config, clock, std::move(authority), ends, std::move(store), std::move(registry),
      std::move(operators), std::move(audit), std::move(rulebook))));
  GNOMON_RETURN_IF_ERROR(pipeline->impl_->policy.Check());
  GNOMON_RETURN_IF_ERROR(pipeline->impl_->finance.Check());
  GNOMON_RETURN_IF_ERROR(pipeline->Expire());
  GNOMON_RETURN_IF_ERROR(pipeline->impl_->Listen());
  return pipeline;
}

int Pipeline::port() const {
  return impl_->acceptor->port();
}

Status Pipeline::Expire() {
  const TimeUs now = impl_->clock.Now();
  GNOMON_RETURN_IF_ERROR(impl_->KeepCertificates());
  GNOMON_RETURN_IF_ERROR(impl_->store->Expire(ToLocal(now).day));
  GNOMON_RETURN_IF_ERROR(impl_->operators->Expire(now));
  return impl_->registry->Expire(now);
}

void Pipeline::Stop() {
  impl_->Stop();
}

}  // namespace gnomon::collector

#include "collector/enrol/devices_service.h"

#include "base/log.h"
#include "collector/access/audited_call.h"
#include "base/code.h"

namespace gnomon::enrol {
namespace {

// About 120 bytes each: an answer stays far under the largest message.
constexpr size_t kPage = 5000;

// What an operator typed as a name; the registry says what is wrong with it.
std::string Shortened(const std::string& typed) {
  return typed.substr(0, 32);
}

}  // namespace

grpc::Status DevicesService::List(grpc::ServerContext* context,
                                  const v1::ListDevicesRequest* request,
                                  v1::ListDevicesResponse* response) {
  return access::AuditedCall(
      callers_, log_, *context, {access::kAdministrator, access::kIt},
      {"devices.list", "", IsCode(request->department()) ? request->department() : ""},
      response, [&](access::OperatorAction&) -> Status {
        GNOMON_ASSIGN_OR_RETURN(
            auto devices, registry_.Devices(request->department(), request->after(), kPage + 1));
        if (devices.size() > kPage) {
          devices.pop_back();
          response->set_more(true);
        }
        for (v1::Device& device : devices) *response->add_devices() = std::move(device);
        return Status::Ok();
      });
}

grpc::Status DevicesService::Revoke(grpc::ServerContext* context,
                                    const v1::RevokeDeviceRequest* request,
                                    v1::RevokeDeviceResponse* response) {
  return access::AuditedCall(
      callers_, log_, *context, {access::kAdministrator, access::kIt},
      {"devices.revoke", Shortened(request->name()), ""}, response,
      [&](access::OperatorAction& action) -> Status {
        GNOMON_ASSIGN_OR_RETURN(const v1::Device device, registry_.RevokeDevice(request->name()));
        action.subject = device.name();
        action.department = device.department();
        const size_t cut = streams_.CutAll(device.name());
        GNOMON_ASSIGN_OR_RETURN(const uint32_t tokens,
                                registry_.OpenTokens(device.department(), clock_.Now()));
        *response->mutable_device() = device;
        response->set_open_tokens(tokens);
        log::Info("device_revoked", {{"streams_cut", cut}});
        return Status::Ok();
      });
}

grpc::Status DevicesService::Forget(grpc::ServerContext* context,
                                    const v1::ForgetDeviceRequest* request,
                                    v1::ForgetDeviceResponse* response) {
  return access::AuditedCall(callers_, log_, *context, {access::kAdministrator, access::kIt},
                             {"devices.forget", Shortened(request->name()), ""}, response,
                             [&](access::OperatorAction& action) -> Status {
                               GNOMON_ASSIGN_OR_RETURN(const v1::Device device,
                                                       registry_.ForgetDevice(request->name()));
                               action.subject = device.name();
                               action.department = device.department();
                               streams_.CutAll(device.name());
                               *response->mutable_device() = device;
                               log::Info("device_forgotten");
                               return Status::Ok();
                             });
}

}  // namespace gnomon::enrol

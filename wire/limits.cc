#include "wire/limits.h"

#include <grpcpp/resource_quota.h>

namespace gnomon::wire {

void Apply(const ServerLimits& limits, grpc::ServerBuilder& builder) {
  const auto milliseconds = [&](const char* name, ServerLimits::Milliseconds value) {
    builder.AddChannelArgument(name, static_cast<int>(value.count()));
  };
  milliseconds(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits.handshake);
  milliseconds(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.idle);
  milliseconds(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits.age);
  milliseconds(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits.age_grace);
  milliseconds(GRPC_ARG_KEEPALIVE_TIME_MS, limits.keepalive);
  milliseconds(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits.keepalive_timeout);
  milliseconds(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, limits.ping_interval);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, limits.ping_strikes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.metadata_bytes);
  builder.SetMaxReceiveMessageSize(limits.message_bytes);
  builder.SetResourceQuota(
      grpc::ResourceQuota().SetMaxThreads(limits.threads).Resize(limits.buffer_bytes));
}

}  // namespace gnomon::wire

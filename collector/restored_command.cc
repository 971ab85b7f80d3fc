#include "collector/restored_command.h"

#include "collector/config.h"
#include "collector/query/audit_log.h"
#include "collector/store/sqlite_store.h"

namespace gnomon::collector {

Status MarkRestored(const std::filesystem::path& data, TimeUs now) {
  const DataFolder files(data);
  if (!std::filesystem::exists(files.usage)) {
    return FailedPrecondition(data.string() +
                              " holds no store (usage.db): put the backup there first");
  }
  GNOMON_ASSIGN_OR_RETURN(auto store, store::SqliteStore::Open(files.usage));
  GNOMON_RETURN_IF_ERROR(store->BeginEpoch(static_cast<uint64_t>(now / kSecondUs)));
  GNOMON_ASSIGN_OR_RETURN(auto audit, query::AuditLog::Open(files.audit));
  query::AuditEntry entry;
  entry.time = now;
  entry.role = "server";
  entry.question = "store.restored";
  return audit->Append(entry);
}

}  // namespace gnomon::collector

#include "agent/spool/purge.h"

#include <string>
#include <vector>

#include "agent/spool/schema.h"

namespace gnomon::spool {

Status PurgeUsage(Database& database, Day today) {
  GNOMON_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  GNOMON_RETURN_IF_ERROR(
      database.Execute("DELETE FROM day_sums; DELETE FROM history; DELETE FROM batches;"));
  for (const char* counter : {"sent", "quarantined", "dropped"}) {
    GNOMON_RETURN_IF_ERROR(SetNumber(database, counter, 0));
  }
  // What today was, and the week and month before, is not known any more: their flags may be set already.
  GNOMON_RETURN_IF_ERROR(SetNumber(database, "known_from", today + 1));
  return transaction.Commit();
}

Status CutFile(Database& database) {
  GNOMON_RETURN_IF_ERROR(database.Execute("VACUUM"));
  return database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

Status RemoveSetAside(const std::filesystem::path& file) {
  const std::string prefix = file.filename().string() + ".damaged-";
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path(), error)) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  }
  for (const auto& path : found) {
    if (!error) std::filesystem::remove(path, error);
  }
  return error ? Internal("cannot be deleted: " + error.message()) : Status::Ok();
}

}  // namespace gnomon::spool

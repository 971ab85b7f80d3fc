// Which catalogue and policy this agent works with: a catalogue that IT installed, or signed
// releases that the collector hands on and the agent believes only by its own root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "catalogue/table.h"
#include "gnomon/v1/policy.pb.h"
#include "gnomon/v1/releases.pb.h"
#include "policy/policy.h"
#include "trust/release_store.h"

namespace gnomon::agent {

// Threads: one at a time. Times are Unix seconds.
class ReleasesInUse {
 public:
  // Without a root, `catalogue` is a compiled catalogue and stays what it is until a restart.
  static Result<ReleasesInUse> Unsigned(const std::filesystem::path& catalogue);
  // With one: the release in `folder`, or else the one at `catalogue`, which is then taken up (a
  // compiled catalogue there is an error). Where the release is not to be believed any more there
  // is no table but a reason(), and the agent collects nothing until the collector has a newer one.
  // An error where the root or the folder cannot be read.
  static Result<ReleasesInUse> Signed(const std::filesystem::path& folder,
                                      const std::filesystem::path& root,
                                      const std::filesystem::path& catalogue, int64_t now);

  // policy::Default() where none was ever taken up.
  const v1::Policy& policy() const { return policy_; }
  bool has_policy() const { return policy_release_ != 0; }
  // Null where nothing may be collected.
  const std::shared_ptr<const catalogue::Table>& table() const { return table_; }
  bool is_signed() const { return store_.has_value(); }
  // Of the release; 0 where it is not signed.
  uint64_t release() const { return release_; }
  int64_t expires() const { return expires_; }
  // Why there is no table; empty where there is one.
  const std::string& reason() const { return reason_; }

  // Ends the use of releases that are over at `now`. True where that changed something.
  bool Check(int64_t now);
  // What to ask the collector for; nothing where nothing is signed.
  std::optional<v1::FetchReleasesRequest> Wanted() const;
  struct TakenUp {
    bool changed = false;  // table() or policy() is another one now
    Status refused;        // the first refusal; what was accepted before it is in use all the same
  };
  // Takes up what the collector sent, after verification: roots, then the policy, then the
  // catalogue.
  TakenUp TakeUp(const v1::FetchReleasesReply& reply, int64_t now);

 private:
  ReleasesInUse() = default;
  Status UseCurrent(int64_t now);
  Status UsePolicy(int64_t now);
  Status TakeUpPolicy(const std::string& release, int64_t now, bool* changed);
  Status TakeUpCatalogue(const std::string& release, int64_t now, bool* changed);
  // Makes it the one in use, if the body passes `check`; false where it was that and is believed.
  using BodyCheck = Status (*)(const std::string& body);
  Result<bool> Install(trust::Kind kind, const std::string& release, BodyCheck check, int64_t now);
  void Stop(std::string reason);

  std::optional<trust::ReleaseStore> store_;
  std::shared_ptr<const catalogue::Table> table_;
  // The last table there was, so that the next one keeps its numbers.
  std::shared_ptr<const catalogue::Table> last_table_;
  uint64_t release_ = 0;
  int64_t expires_ = 0;
  int64_t issued_ = 0;
  v1::Policy policy_ = policy::Default();
  uint64_t policy_release_ = 0;  // 0: none
  int64_t policy_expires_ = 0;
  std::string reason_;
};

}  // namespace gnomon::agent

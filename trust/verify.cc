#include "trust/verify.h"

#include <algorithm>
#include <set>

namespace gnomon::trust {
namespace {

Status TooFewSigners(const Release& release, Kind kind, const Root& root, size_t signers) {
  for (const Kind other : {Kind::kCatalogue, Kind::kPolicy, Kind::kRoot}) {
    if (other != kind && CountSigners(release, other, root) >= root.threshold) {
      return PermissionDenied("wrong-kind: signed as a " + std::string(KindName(other)) +
                              ", offered as a " + std::string(KindName(kind)));
    }
  }
  std::set<KeyId> keys;
  bool twice = false;
  size_t unknown = 0;
  for (const HeaderSignature& signature : release.signatures) {
    twice = !keys.insert(signature.key).second || twice;
    if (root.Find(signature.key) == nullptr) ++unknown;
  }
  std::string message = "signers: " + std::to_string(signers) + " of the " +
                        std::to_string(root.threshold) + " needed have signed it";
  if (twice) message += "; one key stands there twice and counts once";
  if (unknown > 0) message += "; " + std::to_string(unknown) + " unknown";
  return PermissionDenied(message);
}

Status CheckTimes(const Header& header, int64_t now) {
  if (header.kind != Kind::kRoot) {
    const bool sane = header.issued >= 0 && header.expires > header.issued;
    if (!sane || header.expires - header.issued > kMaxLifeSeconds) {
      return PermissionDenied("lives-too-long: a release is good for at most 35 days");
    }
  }
  if (header.issued > now && header.issued - now > kClockSkewSeconds) {
    return FailedPrecondition(
        "from-the-future: issued over a day after this machine's clock; one of the two is wrong");
  }
  if (Expired(header, now)) {
    return FailedPrecondition("expired: version " + std::to_string(header.version) +
                              " is no longer good; a newer one has to be signed");
  }
  return Status::Ok();
}

// From the release in use to this one without a gap, each header naming the one before.
Status CheckChain(const Release& release, const InUse& in_use) {
  const Header& header = release.header;
  const std::string ours = std::to_string(in_use.version);
  const std::string offered = std::to_string(header.version);
  if (header.version < in_use.version) {
    return Conflict("rollback: version " + offered + " is older than " + ours +
                    ", which is in use; an old body needs a new, higher version");
  }
  if (header.version == in_use.version) {
    return Conflict("fork: another version " + ours + " than the one in use has been signed");
  }
  if (header.version - in_use.version > release.history.size()) {
    return Conflict("fast-forward: version " + offered + " does not name every version since " +
                    ours);
  }
  Digest expected = in_use.header;
  uint64_t version = in_use.version;
  const size_t first = release.history.size() - (header.version - in_use.version);
  const auto follows = [&](const Header& next) {
    return next.version == version + 1 && next.previous == expected && next.kind == header.kind;
  };
  // The history begins with the release in use itself.
  if (release.history[first].digest() != in_use.header) {
    return Conflict("fork: the history holds another version " + ours + " than the one in use");
  }
  for (size_t i = first + 1; i <= release.history.size(); ++i) {
    const Header& next = i < release.history.size() ? release.history[i] : header;
    if (!follows(next)) {
      return Conflict("fast-forward: the history breaks after version " + std::to_string(version));
    }
    expected = next.digest();
    version = next.version;
  }
  return Status::Ok();
}

}  // namespace

bool Expired(const Header& header, int64_t now) {
  return header.kind != Kind::kRoot && now >= header.expires;
}

size_t CountSigners(const Release& release, Kind kind, const Root& root) {
  const std::string message = SignedBytes(kind, release.header);
  std::set<KeyId> valid;
  for (const HeaderSignature& signature : release.signatures) {
    const Signer* signer = root.Find(signature.key);
    if (signer != nullptr && signer->key.Verify(BytesOf(message), signature.signature)) {
      valid.insert(signature.key);
    }
  }
  return valid.size();
}

Result<Verified> Verify(Bytes bytes, Kind kind, const Root& root,
                        const std::optional<InUse>& in_use, int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(Release release, Release::Parse(bytes));
  const size_t signers = CountSigners(release, kind, root);
  if (signers < root.threshold) return TooFewSigners(release, kind, root, signers);
  const Header& header = release.header;
  if (header.kind != kind) {
    return PermissionDenied("wrong-kind: says to be a " + std::string(KindName(header.kind)));
  }
  if (Sha256(BytesOf(release.body)) != header.body) {
    return DataLoss("body: not the one that was signed");
  }
  if (in_use) now = std::max(now, in_use->issued);
  const bool same = in_use && header.digest() == in_use->header;
  if (in_use && !same) GNOMON_RETURN_IF_ERROR(CheckChain(release, *in_use));
  GNOMON_RETURN_IF_ERROR(CheckTimes(header, now));
  return Verified{std::move(release), same};
}

Result<Root> VerifyRoot(Bytes bytes, const Root& root, int64_t now) {
  GNOMON_ASSIGN_OR_RETURN(const Verified verified,
                          Verify(bytes, Kind::kRoot, root, std::nullopt, now));
  GNOMON_ASSIGN_OR_RETURN(Root next, Root::Parse(verified.release.body, "root release"));
  if (next.version != root.version + 1) {
    return Conflict("rollback: root " + std::to_string(next.version) + " does not follow root " +
                    std::to_string(root.version));
  }
  const size_t signers = CountSigners(verified.release, Kind::kRoot, next);
  if (signers < next.threshold) {
    return PermissionDenied("signers: " + std::to_string(signers) + " of the " +
                            std::to_string(next.threshold) + " of the new root have signed it");
  }
  return next;
}

}  // namespace gnomon::trust

// A release file from anywhere: parsed within its bounds, and never believed without signatures.
#include <cstdlib>

#include "trust/verify.h"

using namespace gnomon::trust;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Root root = [] {
    Root made;
    for (const char* owner : {"a", "b", "c"}) {
      made.signers.push_back({owner, SecretKey::Generate().public_key()});
    }
    return made;
  }();
  const gnomon::Bytes bytes(data, size);
  const auto release = Release::Parse(bytes);
  if (release.ok()) {
    const std::string again = release->Serialise();
    if (again.size() != size ||
        !std::equal(again.begin(), again.end(), data,
                    [](char c, uint8_t b) { return static_cast<uint8_t>(c) == b; })) {
      std::abort();
    }
  }
  if (Verify(bytes, Kind::kCatalogue, root, std::nullopt, 1'795'000'000).ok()) std::abort();
  return 0;
}

// Imitations of every name of the rules, made here: none may be recognised as what it imitates.
#include <gmock/gmock.h>

#include "catalogue/compile.h"
#include "catalogue/explain.h"
#include "catalogue/spelling.h"
#include "catalogue/table.h"

namespace gnomon::catalogue {
namespace {

// RFC 3492 section 6.3: the way back of what spelling.cc decodes.
std::string EncodePunycode(const std::u32string& label) {
  std::string out;
  for (const char32_t c : label) {
    if (c < 0x80) out += static_cast<char>(c);
  }
  const size_t basic = out.size();
  if (basic > 0) out += '-';
  uint32_t n = 128, delta = 0, bias = 72;
  for (size_t handled = basic; handled < label.size(); ++delta, ++n) {
    char32_t next = 0x10ffff;
    for (const char32_t c : label) next = c >= n && c < next ? c : next;
    delta += (next - n) * static_cast<uint32_t>(handled + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      uint32_t q = delta;
      for (uint32_t k = 36;; k += 36) {
        const uint32_t t = k <= bias ? 1 : std::min<uint32_t>(k - bias, 26);
        const uint32_t digit = q < t ? q : t + (q - t) % (36 - t);
        out += static_cast<char>(digit < 26 ? 'a' + digit : '0' + digit - 26);
        if (q < t) break;
        q = (q - t) / (36 - t);
      }
      uint32_t adapted = handled == basic ? delta / 700 : delta / 2;
      adapted += adapted / static_cast<uint32_t>(handled + 1);
      uint32_t k = 0;
      for (; adapted > 455; k += 36) adapted /= 35;
      bias = k + 36 * adapted / (adapted + 38);
      delta = 0;
      ++handled;
    }
  }
  return out;
}

struct Imitation {
  std::string host;
  bool reads_the_same = false;
};

char32_t Cyrillic(char c) {
  switch (c) {
    case 'a':
      return 0x0430;
    case 'c':
      return 0x0441;
    case 'e':
      return 0x0435;
    case 'i':
      return 0x0456;
    case 'o':
      return 0x043e;
    case 'p':
      return 0x0440;
    case 's':
      return 0x0455;
    case 'x':
      return 0x0445;
    case 'y':
      return 0x0443;
    default:
      return 0;
  }
}

// The start of the label that the owner of the name registered: what imitators change.
size_t NameStart(const std::string& suffix) {
  const size_t last = suffix.rfind('.');
  const size_t dot = suffix.rfind('.', last - 1);
  return dot == std::string::npos || last == 0 ? 0 : dot + 1;
}

std::vector<Imitation> Imitations(const std::string& suffix) {
  std::vector<Imitation> made;
  const size_t start = NameStart(suffix), end = suffix.rfind('.');
  const std::string before = suffix.substr(0, start), name = suffix.substr(start, end - start),
                    after = suffix.substr(end);
  for (size_t i = 0; i < name.size(); ++i) {
    std::string changed = name;
    if (const char32_t letter = Cyrillic(name[i]); letter != 0 && !name.starts_with("xn--")) {
      std::u32string label(name.begin(), name.end());
      label[i] = letter;
      made.push_back({before + "xn--" + EncodePunycode(label) + after, true});
    }
    if (name[i] == 'o' || name[i] == 'l') {
      changed[i] = name[i] == 'o' ? '0' : '1';
      made.push_back({before + changed + after, true});
    }
    if (name.size() > 1) {
      changed = name;
      changed.erase(i, 1);
      made.push_back({before + changed + after});
    }
    changed = name;
    changed.insert(i, 1, name[i]);
    made.push_back({before + changed + after});
  }
  for (const char* other : {".co", ".com.co", ".net.evil.example"}) {
    made.push_back({before + name + after + other});
  }
  made.push_back({suffix + ".evil.example"});
  made.push_back({suffix + "-login.example"});
  made.push_back({"evil" + suffix});
  made.push_back({"evil-" + suffix});
  made.push_back({before + name + "-" + after.substr(1) + ".example"});
  made.push_back({before + name + after.substr(1)});  // the dot left out
  return made;
}

TEST(Imitations, NoneIsRecognisedAsWhatItImitates) {
  const auto catalogue = CompileFolder(GNOMON_SOURCE_DIR "/rules");
  ASSERT_TRUE(catalogue.ok()) << catalogue.status().ToString();
  const auto table = *Table::Build(*catalogue);
  size_t made = 0, homographs = 0;
  for (const v1::Service& service : catalogue->services()) {
    for (const v1::Host& host : service.hosts()) {
      for (const Imitation& imitation : Imitations(host.suffix())) {
        ++made;
        const Match match = table->Find(imitation.host);
        EXPECT_NE(match.suffix, host.suffix()) << imitation.host;
        if (!imitation.reads_the_same) continue;
        ++homographs;
        // Not by another rule either: nobody owns a name that reads the same.
        EXPECT_FALSE(match) << imitation.host << " is recognised by " << match.suffix;
        EXPECT_EQ(Skeleton(imitation.host), Skeleton(host.suffix())) << imitation.host;
      }
    }
  }
  EXPECT_GT(made, 20'000u);
  EXPECT_GT(homographs, 3'000u);
}

TEST(Imitations, AHomographIsExplainedAsOne) {
  const auto catalogue = CompileFolder(GNOMON_SOURCE_DIR "/rules");
  ASSERT_TRUE(catalogue.ok());
  const auto table = *Table::Build(*catalogue);
  for (const char* host : {"xn--claud-3we.ai", "www.c1aude.ai", "xn--chatgt-frf.com"}) {
    EXPECT_EQ(FindNearMiss(*table, host).kind, NearMiss::Kind::kHomograph) << host;
    EXPECT_THAT(Explain(*table, host), ::testing::HasSubstr("reads the same as")) << host;
  }
}

}  // namespace
}  // namespace gnomon::catalogue

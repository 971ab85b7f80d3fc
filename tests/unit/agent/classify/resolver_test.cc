#include "agent/classify/resolver.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/classify/traffic.h"

namespace gnomon::classify {
namespace {

using test::V4;
using Verdict = Resolver::Verdict;

class ResolverTest : public ::testing::Test {
 protected:
  void Learn(const std::string& host, uint32_t ttl_seconds) { LearnAt(address, host, ttl_seconds); }
  void LearnAt(const decode::IpAddress& where, const std::string& host, uint32_t ttl_seconds) {
    decode::HostName name;
    ASSERT_TRUE(name.Assign({reinterpret_cast<const uint8_t*>(host.data()), host.size()}));
    resolver.Learn(where, name, table->Find(host), ttl_seconds, now);
  }
  Verdict Ask() { return resolver.Lookup(address, now).verdict; }
  std::string AskName() {
    const Resolver::Finding finding = resolver.Lookup(address, now);
    return finding.name == NamePool::kNone ? "" : std::string(names.View(finding.name));
  }
  void Pass(TimeUs seconds) { now += seconds * kSecondUs; }

  std::shared_ptr<const catalogue::Table> table = test::TestTable();
  KeyedHash hash{1, 2};
  NamePool names{64, hash};
  Resolver resolver{4, names, hash};
  decode::IpAddress address = V4(192, 0, 2, 1);
  TimeUs now = 5'000 * kSecondUs;
};

TEST_F(ResolverTest, AnAddressOfOneServiceIsResolvedToTheNameAskedFor) {
  EXPECT_EQ(Ask(), Verdict::kUnknown);
  Learn("www.chat.example", 300);
  EXPECT_EQ(Ask(), Verdict::kResolved);
  EXPECT_EQ(AskName(), "www.chat.example");
  EXPECT_EQ(resolver.Lookup(address, now).match.suffix, "chat.example");
}

TEST_F(ResolverTest, TheAnswerLivesForItsTtlAndAMinute) {
  Learn("chat.example", 300);
  Pass(359);
  EXPECT_EQ(Ask(), Verdict::kResolved);
  Pass(1);
  EXPECT_EQ(Ask(), Verdict::kUnknown);
}

TEST_F(ResolverTest, AnHourIsNotShortenedByALaterShortAnswer) {
  Learn("chat.example", 3600);
  Learn("chat.example", 1);
  Pass(1800);
  EXPECT_EQ(Ask(), Verdict::kResolved);
}

TEST_F(ResolverTest, AbsurdLivesAreCut) {
  Learn("chat.example", 0x80000001);  // RFC 2181: as zero
  Pass(60);
  EXPECT_EQ(Ask(), Verdict::kUnknown);
  Learn("chat.example", 0x7fffffff);
  Pass(Resolver::kMaxTtlSeconds + 60);
  EXPECT_EQ(Ask(), Verdict::kUnknown);
}

TEST_F(ResolverTest, TwoServicesAreAmbiguousUntilOneIsOver) {
  Learn("chat.example", 300);
  Learn("helper.example", 30);
  EXPECT_EQ(Ask(), Verdict::kAmbiguous);
  Pass(90);
  EXPECT_EQ(Ask(), Verdict::kResolved);
  EXPECT_EQ(AskName(), "chat.example");
}

TEST_F(ResolverTest, AThirdServiceIsRememberedAsOneTooMany) {
  Learn("chat.example", 10);
  Learn("helper.example", 10);
  Learn("third.example", 300);
  Pass(100);
  EXPECT_EQ(Ask(), Verdict::kAmbiguous) << "the third is alive, but its name was not kept";
  Learn("third.example", 300);
  Pass(261);
  EXPECT_EQ(Ask(), Verdict::kResolved);
  EXPECT_EQ(AskName(), "third.example");
}

TEST_F(ResolverTest, AHostOutsideTheCatalogueMakesTheAddressShared) {
  Learn("chat.example", 3600);
  Learn("blog.example", 60);
  EXPECT_EQ(Ask(), Verdict::kAmbiguous);
  Pass(120);
  EXPECT_EQ(Ask(), Verdict::kResolved);
}

TEST_F(ResolverTest, AHostOutsideTheCatalogueAloneSaysNothing) {
  Learn("blog.example", 3600);
  EXPECT_EQ(Ask(), Verdict::kUnknown);
}

TEST_F(ResolverTest, OnlyAHostWithRoleUseResolves) {
  Learn("cdn.chat.example", 300);
  EXPECT_EQ(Ask(), Verdict::kAmbiguous);
  Learn("chat.example", 300);
  Learn("cdn.chat.example", 300);
  EXPECT_EQ(Ask(), Verdict::kResolved);
  EXPECT_EQ(AskName(), "chat.example") << "not the name of the host without use";
}

TEST_F(ResolverTest, WhenFullTheAddressAnsweredLongestAgoGoes) {
  Learn("chat.example", 300);
  for (uint8_t i = 0; i < 4; ++i) LearnAt(V4(198, 51, 100, i), "chat.example", 300);
  EXPECT_EQ(resolver.size(), 4u);
  EXPECT_EQ(Ask(), Verdict::kUnknown);
}

TEST_F(ResolverTest, NamesAreGivenBackWithTheirAddresses) {
  for (int i = 0; i < 1000; ++i) {
    LearnAt(V4(198, 51, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)),
            "n" + std::to_string(i) + ".chat.example", 300);
    Learn("m" + std::to_string(i) + ".chat.example", 300);
  }
  EXPECT_EQ(AskName(), "m999.chat.example") << "the pool of 64 names never ran out";
}

TEST_F(ResolverTest, WithoutAPlaceForTheNameTheServiceStillResolves) {
  NamePool one(1, hash);
  Resolver small(4, one, hash);
  decode::HostName name;
  const std::string text = "a.chat.example";
  ASSERT_TRUE(name.Assign({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  ASSERT_NE(one.Acquire(name), NamePool::kNone);
  const std::string other = "b.chat.example";
  ASSERT_TRUE(name.Assign({reinterpret_cast<const uint8_t*>(other.data()), other.size()}));
  small.Learn(address, name, table->Find(other), 300, now);
  const Resolver::Finding finding = small.Lookup(address, now);
  EXPECT_EQ(finding.verdict, Verdict::kResolved);
  EXPECT_EQ(finding.name, NamePool::kNone);
  EXPECT_EQ(finding.match.suffix, "chat.example");
}

}  // namespace
}  // namespace gnomon::classify

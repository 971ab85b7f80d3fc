#include "collector/query/audit_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "collector/query/audit_log.h"
#include "tests/unit/collector/store/store_conformance.h"

namespace gnomon::query {
namespace {

std::string Text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class AuditReaderTest : public testing::Test {
 protected:
  void Append(int lines, const std::string& who = "ann", uint64_t part_bytes = AuditLog::kPartBytes) {
    auto log = AuditLog::Open(file_, part_bytes);
    ASSERT_TRUE(log.ok()) << log.status().message();
    for (int i = 0; i < lines; ++i) {
      ASSERT_TRUE((*log)
                      ->Append({1'795'435'200 * kSecondUs, who, "analyst", "services", "2026-11", "",
                                Status::Ok()})
                      .ok());
    }
  }
  void Put(const std::string& text) { std::ofstream(file_, std::ios::binary) << text; }
  std::vector<std::string> Findings(const std::optional<AuditHead>& seen = {}) {
    auto answer = VerifyAuditLog(file_, seen);
    EXPECT_TRUE(answer.ok());
    return {answer->findings().begin(), answer->findings().end()};
  }

  store::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "audit.jsonl";
};

TEST_F(AuditReaderTest, AnEmptyLogIsWhole) {
  EXPECT_TRUE(Findings().empty());
  Append(0);
  EXPECT_TRUE(Findings().empty());
}

TEST_F(AuditReaderTest, ALogOverRestartsIsWhole) {
  for (int i = 0; i < 3; ++i) Append(4);
  const auto answer = VerifyAuditLog(file_, {});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->lines(), 12u);
  EXPECT_EQ(answer->head().number(), 12u);
  EXPECT_TRUE(Findings().empty());
}

TEST_F(AuditReaderTest, EveryChangedByteShows) {
  Append(3);
  const std::string text = Text(file_);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 1;
    Put(changed);
    EXPECT_FALSE(Findings().empty()) << "byte " << i;
  }
}

TEST_F(AuditReaderTest, EveryCutShows) {
  Append(3);
  const std::string text = Text(file_);
  for (size_t size = 0; size < text.size(); ++size) {
    Put(text.substr(0, size));
    EXPECT_FALSE(Findings().empty()) << size << " bytes";
  }
}

TEST_F(AuditReaderTest, ALineTakenOutOrMovedShows) {
  Append(3);
  const std::string text = Text(file_);
  const size_t one = text.find('\n') + 1, two = text.find('\n', one) + 1;
  Put(text.substr(0, one) + text.substr(two));
  EXPECT_EQ(Findings(), (std::vector<std::string>{"line 2 missing"}));
  Put(text.substr(one, two - one) + text.substr(0, one) + text.substr(two));
  EXPECT_FALSE(Findings().empty());
}

TEST_F(AuditReaderTest, ALogThatGoesOnAfterACutSaysWhatIsMissing) {
  Append(5);
  const std::string text = Text(file_);
  Put(text.substr(0, text.find('\n') + 1));
  Append(1);
  const auto findings = Findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0], "lines 2 to 5 cut off before line 6");
}

TEST_F(AuditReaderTest, ALogThatWasRemovedSaysSo) {
  Append(5);
  std::filesystem::remove(file_);
  Append(1);
  EXPECT_EQ(Findings(), (std::vector<std::string>{"lines 1 to 5 cut off before line 6"}));
}

TEST_F(AuditReaderTest, ALineThatACrashCutShortIsNamedAndNothingIsBroken) {
  Append(2);
  std::ofstream(file_, std::ios::app) << R"({"n":3,"time":"2026)";
  Append(1);
  EXPECT_TRUE(Findings().empty());
  const auto page = ReadAuditPage(file_, {});
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->entries_size(), 4);
  EXPECT_EQ(page->entries(2).event(), "torn_line");
  EXPECT_EQ(page->entries(3).number(), 4u);
  std::string text = Text(file_);
  text.replace(text.find("2026\n"), 4, "2027");
  Put(text);
  EXPECT_FALSE(Findings().empty());
}

TEST_F(AuditReaderTest, ACrashBetweenLineAndHeadBreaksNothing) {
  Append(1);
  const std::string head = Text(HeadFile(file_));
  Append(1);
  std::ofstream(HeadFile(file_), std::ios::binary) << head;
  EXPECT_TRUE(Findings().empty());
  Append(1);
  EXPECT_TRUE(Findings().empty());
}

TEST_F(AuditReaderTest, ALogFromBeforeThereWasAChainIsTakenUp) {
  Put("{\"time\":\"2026-11-23T12:00:00Z\",\"operator\":\"old\"}\n");
  Append(2);
  EXPECT_TRUE(Findings().empty());
  std::string text = Text(file_);
  text[text.find("old")] = 'O';
  Put(text);
  EXPECT_FALSE(Findings().empty());
}

TEST_F(AuditReaderTest, ALogWrittenAnewShowsToWhomeverKeptAHead) {
  Append(3, "ann");
  const auto before = VerifyAuditLog(file_, {});
  ASSERT_TRUE(before.ok());
  const AuditHead seen{before->head().number(), before->head().chain()};
  EXPECT_TRUE(Findings(seen).empty());
  std::filesystem::remove(file_);
  std::filesystem::remove(HeadFile(file_));
  Append(4, "bob");
  EXPECT_TRUE(Findings().empty()) << "no one can tell from the file alone";
  EXPECT_EQ(Findings(seen).size(), 1u);
}

TEST_F(AuditReaderTest, TheChainGoesOnOverParts) {
  Append(40, "ann", 1024);
  EXPECT_GT(AuditParts(file_).size(), 3u);
  EXPECT_TRUE(Findings().empty());
  Append(2, "ann", 1024);
  EXPECT_TRUE(Findings().empty());
  std::filesystem::remove(AuditParts(file_)[1]);
  EXPECT_FALSE(Findings().empty());
}

TEST_F(AuditReaderTest, PagesGiveEachLineOnceAndFilter) {
  Append(kAuditPage, "ann", 64 << 10);
  Append(10, "bob", 64 << 10);
  v1::ListAuditRequest request;
  auto page = ReadAuditPage(file_, request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->entries_size(), kAuditPage);
  EXPECT_TRUE(page->more());
  request.set_after(page->last());
  page = ReadAuditPage(file_, request);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->entries_size(), 10);
  EXPECT_FALSE(page->more());
  request.set_after(0);
  request.set_operator_("bob");
  EXPECT_EQ(ReadAuditPage(file_, request)->entries_size(), 10);
  request.set_since("2026-11-24");
  EXPECT_EQ(ReadAuditPage(file_, request)->entries_size(), 0);
  request.set_since("yesterday");
  EXPECT_EQ(ReadAuditPage(file_, request).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(AuditReaderTest, TwoWritersKeepOneChain) {
  std::thread other([this] { Append(30, "bob", 2048); });
  Append(30, "ann", 2048);
  other.join();
  EXPECT_TRUE(Findings().empty());
  EXPECT_EQ(VerifyAuditLog(file_, {})->lines(), 60u);
}

}  // namespace
}  // namespace gnomon::query

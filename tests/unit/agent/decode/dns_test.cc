#include "agent/decode/dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/dns_builder.h"

namespace gnomon::decode {
namespace {

using testing::ByteVector;
using testing::DnsBuilder;
using testing::DnsNameBytes;
using testing::DnsPointer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kQuestionAt;
using testing::Put;
using testing::PutVector;

class Answers : public DnsAddressSink {
 public:
  explicit Answers(Bytes message) {
    const ByteVector exact(message.begin(), message.end());
    result_ = ParseDnsMessage(exact, *this);
  }
  void Consume(const DnsAddress& found) override {
    char address[46];
    FormatAddress(found.address, address);
    lines_.push_back(std::string(found.question.view()) + " " + address + " " +
                     std::to_string(found.ttl_seconds));
  }
  DnsResult result() const { return result_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  DnsResult result_;
  std::vector<std::string> lines_;
};

TEST(Dns, AddressOfTheQuestionIsGiven) {
  DnsBuilder message("chat.example.com");
  message.A("chat.example.com", 300, {192, 0, 2, 1}).A("chat.example.com", 200, {192, 0, 2, 2});
  const Answers answers(message.bytes());
  EXPECT_EQ(answers.result(), DnsResult::kAnswer);
  EXPECT_THAT(answers.lines(),
              ElementsAre("chat.example.com 192.0.2.1 300", "chat.example.com 192.0.2.2 200"));
}

TEST(Dns, Ipv6AddressBehindACompressedOwnerIsGiven) {
  DnsBuilder message("chat.example.com", 28);
  message.Answer(DnsPointer(kQuestionAt), 28, 60,
                 ByteVector{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 2001:db8::9 60"));
}

TEST(Dns, ChainOfCnamesKeepsTheQuestionAndTheSmallestTtl) {
  DnsBuilder message("chat.example.com");
  message.Cname("chat.example.com", 300, "edge.cdn.example")
      .Cname("edge.cdn.example", 20, "pop7.cdn.example")
      .A("pop7.cdn.example", 60, {192, 0, 2, 7});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.7 20"));
}

TEST(Dns, ChainInAnyOrderIsFollowed) {
  DnsBuilder message("chat.example.com");
  message.A("pop7.cdn.example", 60, {192, 0, 2, 7})
      .Cname("edge.cdn.example", 20, "pop7.cdn.example")
      .Cname("chat.example.com", 300, "edge.cdn.example");
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.7 20"));
}

TEST(Dns, TargetInsideTheQuestionsNameIsFollowed) {
  DnsBuilder message("chat.example.com");
  // "edge" and a pointer to "example.com" in the question.
  ByteVector target = {4, 'e', 'd', 'g', 'e'};
  Put(target, DnsPointer(kQuestionAt + 5));
  message.Answer(DnsPointer(kQuestionAt), 5, 90, target);
  message.A("edge.example.com", 30, {192, 0, 2, 8});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.8 30"));
}

TEST(Dns, AnswersThatTheQuestionDoesNotLeadToAreLeftOut) {
  DnsBuilder message("chat.example.com");
  message.A("bank.example", 300, {203, 0, 113, 1})
      .Cname("other.example", 300, "chat.example.com")
      .A("other.example", 300, {203, 0, 113, 2})
      .A("chat.example.com", 300, {192, 0, 2, 1});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.1 300"));
}

TEST(Dns, NamesAreComparedWithoutCase) {
  DnsBuilder message("cHaT.eXample.COM");
  message.Cname("CHAT.example.com", 50, "Edge.CDN.example")
      .A("eDGE.cdn.EXAMPLE", 60, {192, 0, 2, 3});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.3 50"));
}

TEST(Dns, HintsOfAnHttpsRecordAreGiven) {
  ByteVector data;
  Put(data, 1, 2);
  Put(data, DnsNameBytes(""));
  Put(data, 1, 2);  // alpn
  PutVector(data, ByteVector{2, 'h', '3'}, 2);
  Put(data, 4, 2);
  PutVector(data, ByteVector{192, 0, 2, 4, 192, 0, 2, 5}, 2);
  Put(data, 6, 2);
  PutVector(data, ByteVector{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6}, 2);
  DnsBuilder message("chat.example.com", 65);
  message.Answer(DnsPointer(kQuestionAt), 65, 40, data);
  EXPECT_THAT(Answers(message.bytes()).lines(),
              ElementsAre("chat.example.com 192.0.2.4 40", "chat.example.com 192.0.2.5 40",
                          "chat.example.com 2001:db8::6 40"));
}

TEST(Dns, HintsThatDoNotFillTheirParameterAreMalformed) {
  ByteVector data;
  Put(data, 1, 2);
  Put(data, DnsNameBytes(""));
  Put(data, 4, 2);
  PutVector(data, ByteVector{192, 0, 2}, 2);
  DnsBuilder message("chat.example.com", 65);
  message.Answer(DnsPointer(kQuestionAt), 65, 40, data);
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kMalformed);
}

TEST(Dns, QueriesErrorsAndOtherOperationsAreNoAnswer) {
  for (const uint16_t flags : {0x0100, 0x8183, 0x8182, 0xa800}) {
    DnsBuilder message("chat.example.com", 1, flags);
    message.A("chat.example.com", 300, {192, 0, 2, 1});
    const Answers answers(message.bytes());
    EXPECT_EQ(answers.result(), DnsResult::kNotAnswer);
    EXPECT_THAT(answers.lines(), IsEmpty());
  }
}

TEST(Dns, OtherThanOneQuestionIsNoAnswer) {
  DnsBuilder message("chat.example.com");
  message.A("chat.example.com", 300, {192, 0, 2, 1});
  message.bytes()[5] = 0;  // as multicast DNS does
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kNotAnswer);
  message.bytes()[5] = 2;
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kNotAnswer);
}

TEST(Dns, QuestionThatNoHostCanHaveIsNoAnswer) {
  DnsBuilder message("chat example.com");
  message.A("chat example.com", 300, {192, 0, 2, 1});
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kNotAnswer);
  // A dot inside a label is not the dot between two.
  DnsBuilder dotted("chatXexample.com");
  dotted.bytes()[kQuestionAt + 5] = '.';
  EXPECT_EQ(Answers(dotted.bytes()).result(), DnsResult::kNotAnswer);
}

TEST(Dns, RecordsOfAnotherClassAreLeftOut) {
  DnsBuilder message("chat.example.com");
  message.Answer(DnsPointer(kQuestionAt), 1, 300, ByteVector{192, 0, 2, 1}, 3);
  const Answers answers(message.bytes());
  EXPECT_EQ(answers.result(), DnsResult::kAnswer);
  EXPECT_THAT(answers.lines(), IsEmpty());
}

TEST(Dns, TtlWithItsTopBitSetIsZero) {
  DnsBuilder message("chat.example.com");
  message.A("chat.example.com", 0x80000001, {192, 0, 2, 1});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("chat.example.com 192.0.2.1 0"));
}

TEST(Dns, PointerToItselfOrForwardIsMalformed) {
  for (const int forward : {0, 2, 200}) {
    DnsBuilder message("chat.example.com");
    const auto here = static_cast<uint16_t>(message.size());
    message.Answer(DnsPointer(static_cast<uint16_t>(here + forward)), 1, 300,
                   ByteVector{192, 0, 2, 1});
    EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kMalformed);
  }
}

TEST(Dns, NameThatPointsBackIntoItselfIsMalformed) {
  DnsBuilder message("chat.example.com");
  const auto here = static_cast<uint16_t>(message.size());
  ByteVector owner = {1, 'a'};
  Put(owner, DnsPointer(here));
  message.Answer(owner, 1, 300, ByteVector{192, 0, 2, 1});
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kMalformed);
}

TEST(Dns, CnameLoopEnds) {
  DnsBuilder message("a.example");
  message.Cname("a.example", 300, "b.example")
      .Cname("b.example", 300, "a.example")
      .A("b.example", 10, {192, 0, 2, 1});
  const Answers answers(message.bytes());
  EXPECT_EQ(answers.result(), DnsResult::kAnswer);
  EXPECT_THAT(answers.lines(), ElementsAre("a.example 192.0.2.1 10"));
}

TEST(Dns, ChainIsFollowedToABound) {
  DnsBuilder message("h0.example");
  const auto host = [](int i) { return "h" + std::to_string(i) + ".example"; };
  for (int i = 0; i < 40; ++i) message.Cname(host(i), 300, host(i + 1));
  message.A(host(10), 300, {192, 0, 2, 10}).A(host(40), 300, {192, 0, 2, 40});
  EXPECT_THAT(Answers(message.bytes()).lines(), ElementsAre("h0.example 192.0.2.10 300"));
}

TEST(Dns, ThousandsOfAnswersAreCutToABound) {
  DnsBuilder message("chat.example.com");
  for (int i = 0; i < 4000; ++i) {
    message.Answer(DnsPointer(kQuestionAt), 1, 300, ByteVector{192, 0, 2, 1});
  }
  EXPECT_EQ(Answers(message.bytes()).lines().size(), 128u);
}

TEST(Dns, AddressOfTheWrongLengthIsMalformed) {
  DnsBuilder message("chat.example.com");
  message.A("chat.example.com", 300, {192, 0, 2, 1}).A("chat.example.com", 300, {192, 0, 2});
  const Answers answers(message.bytes());
  EXPECT_EQ(answers.result(), DnsResult::kMalformed);
  EXPECT_THAT(answers.lines(), IsEmpty());
}

TEST(Dns, BytesBehindACnamesTargetAreMalformed) {
  DnsBuilder message("chat.example.com");
  ByteVector target = DnsNameBytes("edge.example");
  target.push_back(0);
  message.Answer(DnsPointer(kQuestionAt), 5, 300, target);
  EXPECT_EQ(Answers(message.bytes()).result(), DnsResult::kMalformed);
}

TEST(Dns, NameOver255BytesIsMalformed) {
  std::string name;
  for (int i = 0; i < 4; ++i) name += std::string(62, 'a') + ".";
  DnsBuilder fits(name + "a");
  EXPECT_EQ(Answers(fits.bytes()).result(), DnsResult::kAnswer);
  DnsBuilder exceeds(name + "aaa");
  EXPECT_EQ(Answers(exceeds.bytes()).result(), DnsResult::kMalformed);
}

TEST(Dns, EveryCutMessageIsMalformedAndGivesNothing) {
  DnsBuilder message("chat.example.com");
  message.Cname("chat.example.com", 300, "edge.example").A("edge.example", 60, {192, 0, 2, 1});
  for (size_t length = 0; length < message.size(); ++length) {
    const Answers answers(Bytes(message.bytes()).first(length));
    ASSERT_EQ(answers.result(), DnsResult::kMalformed) << length;
    ASSERT_THAT(answers.lines(), IsEmpty());
  }
}

// Any bytes changed behind the question: the answers still speak of the question alone.
TEST(Dns, MutatedAnswersNeverNameAnotherQuestion) {
  std::mt19937 random(7);
  DnsBuilder original("chat.example.com");
  original.Cname("chat.example.com", 300, "edge.example")
      .Answer(DnsPointer(kQuestionAt), 5, 9, DnsPointer(kQuestionAt + 5))
      .A("edge.example", 60, {192, 0, 2, 1})
      .A("example.com", 60, {192, 0, 2, 2});
  const size_t question_end = kQuestionAt + DnsNameBytes("chat.example.com").size();
  for (int round = 0; round < 60000; ++round) {
    ByteVector bytes = original.bytes();
    for (int i = random() % 5; i >= 0; --i) {
      bytes[question_end + random() % (bytes.size() - question_end)] =
          static_cast<uint8_t>(random());
    }
    const Answers answers(bytes);
    for (const std::string& line : answers.lines()) {
      ASSERT_TRUE(line.starts_with("chat.example.com ")) << line;
    }
    ASSERT_TRUE(answers.result() == DnsResult::kAnswer || answers.lines().empty());
  }
}

}  // namespace
}  // namespace gnomon::decode

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/capture/source.h"
#include "tests/unit/agent/capture/kept_frames.h"
#include "tests/unit/agent/capture/pcap_file_builder.h"

namespace gnomon::capture {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace gnomon::testing;  // NOLINT: the builders

constexpr uint32_t kEthernet = 1;

std::unique_ptr<FrameSource> Open(const std::string& path) {
  Result<std::unique_ptr<FrameSource>> source = OpenFile(path);
  EXPECT_TRUE(source.ok()) << source.status().message();
  return source.ok() ? std::move(source).value() : nullptr;
}

Status OpenFails(const std::string& path) {
  const Result<std::unique_ptr<FrameSource>> source = OpenFile(path);
  EXPECT_FALSE(source.ok());
  return source.status();
}

TEST(FileSource, PcapFramesComeWithTimeAndLengths) {
  const TemporaryFile file(PcapHeader(kEthernet) + PcapRecord("first", 1700000000, 123456) +
                           PcapRecord("second", 1700000001, 7, 1500));
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  EXPECT_EQ(source->Poll(kept, 100).value(), 2u);
  EXPECT_EQ(source->Poll(kept, 100).value(), 0u);
  ASSERT_EQ(kept.frames().size(), 2u);
  EXPECT_EQ(kept.frames()[0].bytes, "first");
  EXPECT_EQ(kept.frames()[0].time, 1'700'000'000'123'456);
  EXPECT_EQ(kept.frames()[0].wire_length, 5u);
  EXPECT_EQ(kept.frames()[0].link, LinkType::kEthernet);
  EXPECT_EQ(kept.frames()[1].bytes, "second");
  EXPECT_EQ(kept.frames()[1].wire_length, 1500u);
  EXPECT_EQ(source->Stats().received, 2u);
  EXPECT_EQ(source->Stats().dropped_kernel, 0u);
  EXPECT_EQ(source->Stats().dropped_interface, 0u);
  EXPECT_EQ(source->fd(), -1);
  EXPECT_FALSE(source->live());
  EXPECT_EQ(source->name(), file.path());
}

TEST(FileSource, NanosecondFilesAreReadInMicroseconds) {
  const TemporaryFile file(PcapHeader(kEthernet, kNanoMagic) +
                           PcapRecord("frame", 1700000000, 123456789));
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  ASSERT_EQ(source->Poll(kept, 1).value(), 1u);
  EXPECT_EQ(kept.frames()[0].time, 1'700'000'000'123'456);
}

TEST(FileSource, PcapngIsRead) {
  const TemporaryFile file(PcapngHeader(113) + PcapngPacket("cooked", 1'700'000'000'000'042));
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  ASSERT_EQ(source->Poll(kept, 10).value(), 1u);
  EXPECT_EQ(kept.frames()[0].bytes, "cooked");
  EXPECT_EQ(kept.frames()[0].time, 1'700'000'000'000'042);
  EXPECT_EQ(kept.frames()[0].link, LinkType::kLinuxSll);
}

TEST(FileSource, TimeBeyondReasonIsClamped) {
  const TemporaryFile file(PcapngHeader(1) + PcapngPacket("far", UINT64_MAX) +
                           PcapngPacket("near", 5));
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  ASSERT_EQ(source->Poll(kept, 10).value(), 2u);
  EXPECT_GE(kept.frames()[0].time, 0);
  EXPECT_LT(kept.frames()[0].time, 253'402'300'800 * kSecondUs);
  EXPECT_EQ(kept.frames()[1].time, 5);
}

TEST(FileSource, PollDeliversNoMoreThanAsked) {
  std::string content = PcapHeader(kEthernet);
  for (int i = 0; i < 5; ++i) content += PcapRecord("frame", 1, 1);
  const TemporaryFile file(content);
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  EXPECT_EQ(source->Poll(kept, 0).value(), 0u);
  EXPECT_EQ(source->Poll(kept, 2).value(), 2u);
  EXPECT_EQ(source->Poll(kept, 2).value(), 2u);
  EXPECT_EQ(source->Poll(kept, 2).value(), 1u);
  EXPECT_EQ(source->Poll(kept, 2).value(), 0u);
  EXPECT_EQ(source->Stats().received, 5u);
}

// Cut at every byte of its last record, the file still gives all the records before.
TEST(FileSource, TruncatedFileGivesWhatCameBeforeThenDataLoss) {
  const std::string whole = PcapHeader(kEthernet) + PcapRecord("first", 1, 1);
  const std::string last = PcapRecord("second", 2, 2);
  for (size_t cut = 1; cut < last.size(); ++cut) {
    const TemporaryFile file(whole + last.substr(0, cut));
    const auto source = Open(file.path());
    ASSERT_NE(source, nullptr);
    KeptFrames kept;
    ASSERT_EQ(source->Poll(kept, 100).value(), 1u);
    for (int again = 0; again < 2; ++again) {
      const Result<size_t> end = source->Poll(kept, 100);
      ASSERT_FALSE(end.ok()) << cut;
      EXPECT_EQ(end.status().code(), StatusCode::kDataLoss);
      EXPECT_THAT(end.status().message(),
                  AllOf(HasSubstr(file.path()), HasSubstr("truncated"), HasSubstr("1 frame")));
    }
    EXPECT_EQ(kept.frames().size(), 1u);
    EXPECT_EQ(source->Stats().received, 1u);
  }
}

TEST(FileSource, RecordOfAbsurdLengthIsDataLoss) {
  const TemporaryFile file(
      PcapHeader(kEthernet) + PcapRecord("first", 1, 1) +
      PcapBytes().U32(2).U32(2).U32(0x7fffffff).U32(0x7fffffff).Text("x").bytes());
  const auto source = Open(file.path());
  ASSERT_NE(source, nullptr);
  KeptFrames kept;
  EXPECT_EQ(source->Poll(kept, 100).value(), 1u);
  EXPECT_EQ(source->Poll(kept, 100).status().code(), StatusCode::kDataLoss);
}

TEST(FileSource, MissingFileIsNamed) {
  const Status status = OpenFails("/nonexistent/capture.pcap");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("/nonexistent/capture.pcap"), HasSubstr("No such file")));
}

TEST(FileSource, UnreadableFileIsAPermissionError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TemporaryFile file(PcapHeader(kEthernet));
  ::chmod(file.path().c_str(), 0);
  EXPECT_EQ(OpenFails(file.path()).code(), StatusCode::kPermissionDenied);
}

TEST(FileSource, ACompressedFileSaysHowToReadIt) {
  const TemporaryFile file(std::string("\x1f\x8b\x08\x00rest of it", 14));
  const Status status = OpenFails(file.path());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("is compressed"), HasSubstr("gzip -dc")));
}

TEST(FileSource, FilesThatAreNoCaptureAreRefused) {
  for (const std::string& content :
       {std::string(), std::string("hello, this is a text and no capture"),
        std::string("\x1f\x8b\x08\x00gzip", 8), PcapHeader(kEthernet).substr(0, 20)}) {
    const TemporaryFile file(content);
    const Status status = OpenFails(file.path());
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(file.path()));
  }
  EXPECT_EQ(OpenFails("/").code(), StatusCode::kInvalidArgument);
}

TEST(FileSource, UnknownLinkTypeIsNamed) {
  const TemporaryFile file(PcapHeader(127));
  const Status status = OpenFails(file.path());
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), AllOf(HasSubstr(file.path()), HasSubstr("IEEE802_11_RADIO")));
}

TEST(FileSource, DashIsStandardInput) {
  const TemporaryFile file(PcapHeader(kEthernet) + PcapRecord("piped", 1, 1));
  EXPECT_EXIT(
      {
        const int fd = ::open(file.path().c_str(), O_RDONLY);
        ::dup2(fd, STDIN_FILENO);
        const auto source = Open("-");
        KeptFrames kept;
        const bool good = source != nullptr && source->Poll(kept, 10).value() == 1 &&
                          kept.frames()[0].bytes == "piped";
        ::_exit(good ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(FileSource, BrokenStandardInputIsNamed) {
  EXPECT_EXIT(
      {
        const int fd = ::open("/dev/null", O_RDONLY);
        ::dup2(fd, STDIN_FILENO);
        const Status status = OpenFails("-");
        ::_exit(status.message().find("standard input") == 0 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace gnomon::capture

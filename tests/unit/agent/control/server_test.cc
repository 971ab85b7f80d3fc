#include "agent/control/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <vector>

#include "agent/control/client.h"
#include "agent/control/message.h"
#include "agent/control/pause_file.h"

namespace gnomon::control {
namespace {

class ControlServerTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gnomon-control-XXXXXX";
    folder_ = mkdtemp(name);
    options_.socket = folder_ / "control.sock";
    options_.spool = folder_ / "spool.db";
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Start() {
    auto server = Server::Start(options_, [this](const v1::ControlRequest& request, Server::Answer answer) {
      ++served_;
      v1::ControlReply reply;
      reply.mutable_pause()->set_paused(request.has_pause());
      answer(reply);
    });
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = std::move(*server);
  }
  int Connect() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, options_.socket.c_str());
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  std::filesystem::path folder_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::atomic<int> served_ = 0;
};

TEST_F(ControlServerTest, EverybodyMayConnect) {
  Start();
  struct stat info {};
  ASSERT_EQ(::stat(options_.socket.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0666u);
}

TEST_F(ControlServerTest, PeopleAreTheAgentsUserRootAndThoseWhoLogIn) {
  EXPECT_TRUE(IsPerson(0, 990));
  EXPECT_TRUE(IsPerson(990, 990));
  EXPECT_TRUE(IsPerson(1000, 990));
  EXPECT_FALSE(IsPerson(33, 990));
  EXPECT_FALSE(IsPerson(999, 990));
}

TEST_F(ControlServerTest, ARequestIsAnsweredAndNoSpoolIsAnEmptyAnswer) {
  Start();
  v1::ControlRequest request;
  request.mutable_pause();
  auto reply = Ask(options_.socket, request);
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_TRUE(reply->pause().paused());
  request.mutable_sent()->set_limit(10);
  reply = Ask(options_.socket, request);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->batches_size(), 0);
}

TEST_F(ControlServerTest, NoAgentIsUnavailable) {
  v1::ControlRequest request;
  request.mutable_state();
  EXPECT_EQ(Ask(options_.socket, request).status().code(), StatusCode::kUnavailable);
}

TEST_F(ControlServerTest, GarbageIsRefusedAndTheNextClientServed) {
  Start();
  for (const std::string& bytes : {std::string("\xff\xff\xff\xff"), std::string("\0\0\0\x02\xff\xff", 6),
                                   std::string("\0\0\0\0", 4), std::string("x")}) {
    const int fd = Connect();
    ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    ::shutdown(fd, SHUT_WR);
    char ignored[512];
    while (::recv(fd, ignored, sizeof ignored, 0) > 0) {
    }
    ::close(fd);
  }
  EXPECT_EQ(served_, 0);
  v1::ControlRequest request;
  request.mutable_state();
  EXPECT_TRUE(Ask(options_.socket, request).ok());
}

TEST_F(ControlServerTest, ClientsThatSayNothingGoAwayAndOthersAreServed) {
  Start();
  std::vector<int> silent;
  for (int i = 0; i < 8; ++i) silent.push_back(Connect());
  for (const int fd : silent) ::close(fd);  // else their 10 seconds would pass first
  v1::ControlRequest request;
  request.mutable_state();
  EXPECT_TRUE(Ask(options_.socket, request).ok());
}

TEST_F(ControlServerTest, ASocketOfARunThatWasKilledIsReplaced) {
  std::ofstream(options_.socket) << "left";
  Start();
  v1::ControlRequest request;
  request.mutable_state();
  EXPECT_TRUE(Ask(options_.socket, request).ok());
}

TEST_F(ControlServerTest, APauseHoldsUntilItsEndAndADamagedFileIsAPause) {
  EXPECT_FALSE(ReadPause(folder_, 0).has_value());
  ASSERT_TRUE(WritePause(folder_, 100).ok());
  EXPECT_EQ(ReadPause(folder_, 99 * kSecondUs), 100);
  EXPECT_FALSE(ReadPause(folder_, 100 * kSecondUs).has_value());
  ASSERT_TRUE(WritePause(folder_, kNoEnd).ok());
  EXPECT_EQ(ReadPause(folder_, 100 * kSecondUs), kNoEnd);
  std::ofstream(folder_ / "paused") << "soon";
  EXPECT_EQ(ReadPause(folder_, 0), kNoEnd);
  ASSERT_TRUE(RemovePause(folder_).ok());
  ASSERT_TRUE(RemovePause(folder_).ok());
  EXPECT_FALSE(ReadPause(folder_, 0).has_value());
}

}  // namespace
}  // namespace gnomon::control

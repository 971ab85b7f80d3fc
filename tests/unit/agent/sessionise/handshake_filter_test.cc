#include "agent/sessionise/handshake_filter.h"

#include <gtest/gtest.h>

namespace gnomon::sessionise {
namespace {

using classify::Via;

TEST(HandshakeFilter, HelloAndFinishedAreNoApplicationData) {
  for (const Via via : {Via::kTls, Via::kDns}) {
    HandshakeFilter filter(via);
    EXPECT_EQ(filter.Filter(true, 1448), 0u);  // a post-quantum hello in two segments
    EXPECT_EQ(filter.Filter(true, 350), 0u);
    EXPECT_EQ(filter.Filter(false, 1448), 0u);
    EXPECT_EQ(filter.Filter(true, 80), 0u);
    EXPECT_EQ(filter.Filter(true, 900), 830u);
    EXPECT_EQ(filter.Filter(true, 900), 900u);
    EXPECT_EQ(filter.Filter(false, 500), 500u);
  }
}

TEST(HandshakeFilter, RequestInTheSameSegmentAsFinishedCounts) {
  HandshakeFilter filter(Via::kTls);
  filter.Filter(true, 517);
  filter.Filter(false, 1448);
  EXPECT_EQ(filter.Filter(true, 1448), 1298u);
}

TEST(HandshakeFilter, ClearHttpHasNoHandshake) {
  HandshakeFilter filter(Via::kHttp);
  EXPECT_EQ(filter.Filter(true, 700), 700u);
  EXPECT_EQ(filter.Filter(false, 700), 700u);
}

TEST(HandshakeFilter, TunnelHasAGreetingBeforeTheHello) {
  HandshakeFilter filter(Via::kConnect);
  EXPECT_EQ(filter.Filter(true, 120), 0u);   // CONNECT
  EXPECT_EQ(filter.Filter(false, 39), 0u);   // 200
  EXPECT_EQ(filter.Filter(true, 1700), 0u);  // ClientHello
  EXPECT_EQ(filter.Filter(false, 1448), 0u);
  EXPECT_EQ(filter.Filter(true, 150), 0u);  // Finished
  EXPECT_EQ(filter.Filter(true, 900), 900u);
}

TEST(HandshakeFilter, SocksTunnelMayHaveSeveralExchangesBeforeTheHello) {
  for (const uint32_t replies : {1u, 2u, 3u}) {  // version 4; version 5; with a password
    HandshakeFilter filter(Via::kSocks);
    for (uint32_t i = 1; i < replies; ++i) {
      EXPECT_EQ(filter.Filter(true, 20), 0u);
      EXPECT_EQ(filter.Filter(false, 2), 0u);
    }
    EXPECT_EQ(filter.Filter(true, 24), 0u);
    EXPECT_EQ(filter.Filter(false, 22), 0u);
    EXPECT_EQ(filter.Filter(true, 1700), 0u);  // ClientHello
    EXPECT_EQ(filter.Filter(false, 1448), 0u);
    EXPECT_EQ(filter.Filter(true, 150), 0u);  // Finished
    EXPECT_EQ(filter.Filter(true, 900), 900u);
    EXPECT_EQ(filter.Filter(false, 22), 22u);
  }
}

TEST(HandshakeFilter, PaddedQuicDatagramsAreHandshake) {
  HandshakeFilter filter(Via::kQuic);
  EXPECT_EQ(filter.Filter(true, 1250), 0u);
  EXPECT_EQ(filter.Filter(true, 1250), 0u);
  EXPECT_EQ(filter.Filter(false, 1252), 0u);
  EXPECT_EQ(filter.Filter(true, 1250), 0u);  // acknowledges the server's Initial
  EXPECT_EQ(filter.Filter(true, 110), 0u);
  EXPECT_GT(filter.Filter(true, 700), 600u);
  EXPECT_EQ(filter.Filter(true, 1250), 1250u);
}

}  // namespace
}  // namespace gnomon::sessionise

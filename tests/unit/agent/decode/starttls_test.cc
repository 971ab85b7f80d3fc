#include "agent/decode/starttls.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/agent/decode/hello_builder.h"

namespace gnomon::decode {
namespace {

using namespace testing;  // NOLINT: the builders read as layers

std::string WithSsl(bool gss) {
  const std::string ssl("\0\0\0\x08\x04\xd2\x16\x2f", 8);
  return gss ? std::string("\0\0\0\x08\x04\xd2\x16\x30", 8) + ssl : ssl;
}

struct Client {
  const char* name;
  std::string says;  // up to the hello
};

// What openssl 3.0 s_client -starttls, curl 7.88.1 and others send.
std::vector<Client> Clients() {
  const std::string ldap =
      std::string("\x30\x1d\x02\x01\x01\x77\x18\x80\x16", 9) + "1.3.6.1.4.1.1466.20037";
  const std::string long_lengths =
      std::string("\x30\x84\0\0\0\x25\x02\x01\x01\x77\x84\0\0\0\x1c\x80\x84\0\0\0\x16", 21) +
      "1.3.6.1.4.1.1466.20037";
  return {
      {"openssl smtp", "EHLO mail.example.com\r\nSTARTTLS\r\n"},
      {"smtp with a second greeting", "EHLO [192.0.2.1]\r\nHELO pc\r\nSTARTTLS\r\n"},
      {"openssl lmtp", "LHLO mail.example.com\r\nSTARTTLS\r\n"},
      {"openssl imap", ". CAPABILITY\r\n. STARTTLS\r\n"},
      {"curl imap", "A001 CAPABILITY\r\nA002 STARTTLS\r\n"},
      {"imap with id", "1 ID (\"name\" \"Mail\")\r\n2 capability\r\n3 starttls\r\n"},
      {"curl pop3", "CAPA\r\nSTLS\r\n"},
      {"openssl pop3", "STLS\r\n"},
      {"curl ftp", "AUTH SSL\r\n"},
      {"openssl ftp", "FEAT\r\nAUTH TLS\r\n"},
      {"openssl nntp", "CAPABILITIES\r\nSTARTTLS\r\n"},
      {"openssl sieve", "STARTTLS\r\n"},
      {"openssl xmpp",
       "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' "
       "to='127.0.0.1' version='1.0'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
      {"xmpp with a declaration",
       "<?xml version='1.0'?>\n<stream:stream to=\"im.example\">\n"
       "<starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"> </starttls>"},
      {"ldap", ldap},
      {"ldap with long lengths", long_lengths},
      {"postgres", WithSsl(false)},
      {"postgres with gss before", WithSsl(true)},
  };
}

StartTlsResult Parse(std::string_view text, size_t* length) {
  return ParseStartTls(ToBytes(text), length);
}

TEST(StartTls, TheRequestsOfEveryProtocolEndWhereTheHelloBegins) {
  for (const Client& client : Clients()) {
    SCOPED_TRACE(client.name);
    ByteVector stream = ToBytes(client.says);
    Put(stream, InRecords(BuildHello()));
    size_t length = 0;
    ASSERT_EQ(ParseStartTls(stream, &length), StartTlsResult::kFound);
    EXPECT_EQ(length, client.says.size());
  }
}

TEST(StartTls, EveryPrefixWaits) {
  for (const Client& client : Clients()) {
    for (size_t length = 1; length < client.says.size(); ++length) {
      size_t found = 99;
      const std::string_view prefix = std::string_view(client.says).substr(0, length);
      ASSERT_EQ(Parse(prefix, &found), StartTlsResult::kNeedMore) << client.name << " " << length;
      ASSERT_EQ(found, 0u);
    }
  }
}

TEST(StartTls, WhoGoesOnInClearAsksForNothing) {
  for (const std::string_view text : {"EHLO pc\r\nMAIL FROM:<a@example.com>\r\n",
                                      "EHLO pc\r\nAUTH PLAIN x\r\n",
                                      "USER alice\r\n",
                                      "a1 LOGIN alice secret\r\n",
                                      "CAPA\r\nUSER alice\r\n",
                                      "AUTH LOGIN\r\n",
                                      "STARTTLS now\r\n",
                                      "EHLO\x01\r\n",
                                      " STARTTLS\r\n",
                                      "longer-than-a-tag",
                                      "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
                                      "PING\r\n",
                                      "NICK alice\r\n",
                                      "*1\r\n$4\r\nPING\r\n",
                                      "helo",
                                      "<html>",
                                      "<?php ",
                                      "<stream:stream><auth xmlns='x'/>",
                                      "<stream:stream to='a'><b><starttls ",
                                      "<stream:stream><starttls xmlns='urn:example'/>"}) {
    size_t length = 99;
    const StartTlsResult expected =
        text == "helo" ? StartTlsResult::kNeedMore : StartTlsResult::kNotStartTls;
    EXPECT_EQ(Parse(text, &length), expected) << text;
    EXPECT_EQ(length, 0u);
  }
}

TEST(StartTls, BinaryProtocolsAreToldWithTheirFirstBytes) {
  for (const ByteVector& bytes :
       {ByteVector{0x16}, ByteVector{0x16, 3, 1, 2, 0, 1}, ByteVector{0, 0, 0, 9},
        ByteVector{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2e}, ByteVector{0x30, 0x1d, 0x04},
        ByteVector{0x30, 0x85, 1}, ByteVector{0x30, 0x0c, 2, 1, 1, 0x60}, ByteVector{5, 1, 0},
        ByteVector{0xff, 'S', 'M', 'B'}}) {
    size_t length = 0;
    EXPECT_EQ(ParseStartTls(bytes, &length), StartTlsResult::kNotStartTls);
  }
}

TEST(StartTls, GreetingsWithoutEndAreGivenUp) {
  std::string many;
  for (int i = 0; i < 9; ++i) many += "NOOP\r\n";
  size_t length = 0;
  EXPECT_EQ(Parse(many, &length), StartTlsResult::kNotStartTls);
  EXPECT_EQ(Parse("EHLO " + std::string(kMaxStartTls, 'a'), &length), StartTlsResult::kNotStartTls);
  EXPECT_EQ(Parse("<stream:stream " + std::string(kMaxStartTls, 'a'), &length),
            StartTlsResult::kNotStartTls);
}

TEST(StartTls, MutatedRequestsStayWithinTheirBytes) {
  std::mt19937 random(3207);
  const std::vector<Client> clients = Clients();
  for (int round = 0; round < 40000; ++round) {
    ByteVector bytes = ToBytes(clients[random() % clients.size()].says);
    for (int i = random() % 3; i >= 0; --i)
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    const std::vector<uint8_t> exact(bytes.begin(),
                                     bytes.end() - static_cast<ptrdiff_t>(random() % bytes.size()));
    size_t length = 0;
    const StartTlsResult result = ParseStartTls(exact, &length);
    ASSERT_EQ(result == StartTlsResult::kFound, length > 0);
    ASSERT_LE(length, exact.size());
  }
}

}  // namespace
}  // namespace gnomon::decode

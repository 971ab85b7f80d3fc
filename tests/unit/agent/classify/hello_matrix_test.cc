// One hello, over every transport, in every carrier, cut and ordered in every way, from frames to
// the sighting: it gives its name once, and every byte counts once.
#include <gtest/gtest.h>

#include "agent/decode/frame_decoder.h"
#include "tests/unit/agent/classify/hello_cases.h"

namespace gnomon::classify {
namespace {

using namespace test;  // NOLINT: the cases read as one table

class HelloMatrix : public ::testing::TestWithParam<Case> {
 protected:
  struct Run {
    Wire wire{ClassifierOptions{.all_names = true}};
    decode::FrameDecoder decoder{wire.classifier};
    uint32_t packets = 0;
  };

  static void Send(Run& run, const Case& one, const ByteVector& datagram) {
    ++run.packets;
    for (const ByteVector& frame : FramesOf(one, datagram, run.packets))
      run.decoder.Consume(build::AsFrame(frame));
  }

  // Both return the bytes that the flow's client has sent by then.
  static uint64_t SendTcp(Run& run, const Case& one, const ByteVector& stream,
                          const std::vector<build::Piece>& pieces) {
    constexpr uint32_t kFirst = 0xfffffe00;  // wraps within the hello
    Send(run, one, build::Tcp({}, decode::kTcpSyn, 12, kFirst - 1));
    for (const build::Piece& piece : pieces) {
      Send(run, one,
           build::Tcp(Bytes(stream).subspan(piece.offset, piece.length), 0x18, 12,
                      kFirst + static_cast<uint32_t>(piece.offset)));
    }
    return stream.size();
  }
  static uint64_t SendQuic(Run& run, const Case& one, const ByteVector& hello,
                           const std::vector<build::Piece>& pieces) {
    build::InitialShape shape{.number_length = 2};
    if (one.transport == Transport::kQuic2) shape.version = decode::kQuicVersion2;
    if (one.transport == Transport::kQuicDraft29) shape.version = decode::kQuicDraft29;
    uint64_t sent = 0;
    ByteVector frames;
    const auto flush = [&] {
      const ByteVector datagram = build::SealInitial(shape, frames);
      ++shape.number;
      frames.clear();
      sent += datagram.size();
      Send(run, one, build::Udp(datagram, 443));
    };
    for (const build::Piece& piece : pieces) {
      const ByteVector frame =
          build::CryptoFrame(piece.offset, Bytes(hello).subspan(piece.offset, piece.length));
      if (!frames.empty() && frames.size() + frame.size() > 1000) flush();
      Append(frames, frame);
    }
    flush();
    return sent;
  }
};

TEST_P(HelloMatrix, GivesItsNameOnceAndCountsEveryByteOnce) {
  const Case& one = GetParam();
  const bool quic = IsQuic(one.transport);
  const ByteVector hello = HelloOf(one.ech);
  ByteVector whole = Preamble(one.carrier);
  const size_t preamble = whole.size();
  Append(whole, quic ? hello : build::InRecords(hello));
  for (int variant = 0; variant < 4 * 3 * 2 * 2; ++variant) {
    const auto split = static_cast<Split>(variant % 4);
    const auto order = static_cast<Order>(variant / 4 % 3);
    const bool overlap = variant / 12 % 2 != 0;
    const bool tail_missing = variant / 24 != 0;
    SCOPED_TRACE(::testing::Message()
                 << "split " << variant % 4 << " order " << variant / 4 % 3 << " overlap "
                 << overlap << " tail missing " << tail_missing);
    ByteVector stream = whole;
    if (tail_missing) stream.resize(stream.size() - kTailBytes);
    const auto pieces = PiecesOf(stream, preamble, split, order, overlap);
    Run run;
    const uint64_t sent =
        quic ? SendQuic(run, one, stream, pieces) : SendTcp(run, one, stream, pieces);
    run.wire.classifier.Finish(run.wire.now);

    const std::vector<std::string> expected = ExpectedNames(one);
    ASSERT_EQ(run.wire.seen.NameTexts(), expected);
    const test::Seen last = run.wire.seen.Names().back();
    const bool outer_alone = one.ech == Ech::kOuter && !IsProxy(one.carrier);
    EXPECT_EQ(run.wire.ServiceOf(last), outer_alone ? "" : "chat");
    EXPECT_EQ(last.evidence, v1::EVIDENCE_NAMED);
    EXPECT_EQ(last.ech, outer_alone);
    EXPECT_EQ(last.tuple.client_port, quic ? 50000 : 40000);
    EXPECT_EQ(run.wire.seen.Bytes(true), outer_alone ? 0 : sent);
    // QUIC without a service counts as UDP to that port, whatever its hello was.
    const bool udp_alone = outer_alone && quic;
    EXPECT_EQ(run.wire.classifier.coverage().udp_443, udp_alone ? 1u : 0u);
    EXPECT_EQ(run.wire.classifier.coverage().flows, udp_alone ? 0u : 1u);
    EXPECT_EQ(run.wire.classifier.coverage().named, outer_alone ? 0u : 1u);
    EXPECT_EQ(run.wire.classifier.coverage().ech_without_dns, outer_alone && !quic ? 1u : 0u);
    EXPECT_EQ(run.wire.Outcomes(), udp_alone ? 0u : 1u);
    EXPECT_EQ(run.decoder.counters().packets, run.packets);
    const bool fragments =
        one.carrier == Carrier::kFragments || one.carrier == Carrier::kFragmentsInGre;
    EXPECT_EQ(run.decoder.counters().datagrams.reassembled, fragments ? run.packets : 0u);
  }
}

TEST_P(HelloMatrix, ThatEndsBeforeItsNameGivesNone) {
  const Case& one = GetParam();
  const bool quic = IsQuic(one.transport);
  ByteVector stream = Preamble(one.carrier);
  const ByteVector hello = HelloOf(one.ech);
  Append(stream, quic ? hello : build::InRecords(hello));
  stream.resize(stream.size() - kHelloBytes + 80);
  Run run;
  const std::vector<build::Piece> pieces{{0, stream.size()}};
  quic ? SendQuic(run, one, stream, pieces) : SendTcp(run, one, stream, pieces);
  run.wire.classifier.Finish(run.wire.now);
  EXPECT_EQ(run.wire.seen.Names().size(), IsProxy(one.carrier) ? 1u : 0u);
  const Coverage& coverage = run.wire.classifier.coverage();
  EXPECT_EQ(coverage.hello_incomplete, quic || IsProxy(one.carrier) ? 0u : 1u);
  EXPECT_EQ(coverage.udp_443, quic ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(TransportsCarriersAndEch, HelloMatrix, ::testing::ValuesIn(AllCases()),
                         [](const auto& info) { return NameOf(info.param); });

TEST(HelloMatrixSize, HoldsEveryCarrierOfEveryTransport) {
  EXPECT_EQ(AllCases().size(), (2u * 18 + 3u * 10) * 3);
}

TEST(FragmentedDns, AnAnswerInFragmentsNamesAFlowWithoutAName) {
  for (const bool v6 : {false, true}) {
    Wire wire;
    decode::FrameDecoder decoder(wire.classifier);
    const ByteVector answer = test::DnsAnswer("chat.example", test::V4(192, 0, 2, 7), 300);
    for (const ByteVector& fragment :
         build::FragmentsOf(v6, build::Udp(answer, 50000, 53), 24, decode::kProtocolUdp))
      decoder.Consume(build::AsFrame(build::OnEthernet(fragment)));
    EXPECT_EQ(wire.classifier.coverage().dns_answers, 1u);
    test::Connection connection(wire);
    wire.now = build::AsFrame({}).time;
    connection.Open();
    connection.FromClient(0, test::Hello({}));
    EXPECT_EQ(wire.seen.NameTexts(), std::vector<std::string>{"dns:chat.example"});
  }
}

}  // namespace
}  // namespace gnomon::classify

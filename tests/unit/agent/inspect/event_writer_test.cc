#include "agent/inspect/event_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace gnomon::inspect {
namespace {

using testing::HasSubstr;

std::shared_ptr<const catalogue::Table> OneService() {
  v1::Catalogue catalogue;
  catalogue.set_version(1);
  v1::Service* service = catalogue.add_services();
  service->set_id("chatgpt");
  service->set_name("ChatGPT");
  service->set_vendor("OpenAI");
  service->set_category(v1::CATEGORY_CHAT);
  service->set_surface(v1::SURFACE_WEB);
  service->add_sources("test");
  v1::Host* host = service->add_hosts();
  host->set_suffix("chatgpt.com");
  host->set_role(v1::HOST_ROLE_USE);
  auto table = catalogue::Table::Build(catalogue);
  EXPECT_TRUE(table.ok()) << table.status().message();
  return *table;
}

// What the writer wrote, through a memory stream.
class Written {
 public:
  Written() : stream_(open_memstream(&text_, &size_)) {}
  ~Written() {
    std::fclose(stream_);
    std::free(text_);
  }
  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return std::string(text_, size_);
  }

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* stream_;
};

classify::Sighting Name(const std::shared_ptr<const catalogue::Table>& table, std::string_view host) {
  classify::Sighting sighting;
  sighting.kind = classify::SightingKind::kName;
  sighting.time = 1'795'428'000'250'000;
  sighting.match = table->Find(host);
  sighting.host = host;
  const uint8_t client[] = {10, 0, 0, 2}, server[] = {192, 0, 2, 1};
  sighting.tuple.client = decode::IpAddress::FromV4(client);
  sighting.tuple.server = decode::IpAddress::FromV4(server);
  sighting.tuple.client_port = 50000;
  sighting.tuple.server_port = 443;
  return sighting;
}

TEST(EventWriter, ANameIsOneJsonObjectWithTheDocumentedFields) {
  const auto table = OneService();
  Written written;
  EventWriter writer(table, Format::kJsonLines, false, true, written.stream());
  writer.Consume(Name(table, "chatgpt.com"));
  const auto json = nlohmann::ordered_json::parse(written.text());
  EXPECT_EQ(json.dump(),
            R"({"type":"name","t":1795428000.25,"proto":"tcp","src":"10.0.0.2","sport":50000,)"
            R"("dst":"192.0.2.1","dport":443,"via":"tls","name":"chatgpt.com","ech":false,)"
            R"("service":"chatgpt","evidence":"named","client":"unknown","client_by":null})");
}

TEST(EventWriter, ANameSaysHowItsClientIsKnown) {
  const auto table = OneService();
  for (const auto& [by, text] : {std::pair{classify::ClientBy::kSocket, "socket"},
                                 std::pair{classify::ClientBy::kFingerprint, "fingerprint"}}) {
    classify::Sighting name = Name(table, "chatgpt.com");
    name.client = v1::CLIENT_BROWSER;
    name.client_by = by;
    Written lines, rows;
    EventWriter(table, Format::kJsonLines, false, true, lines.stream()).Consume(name);
    const auto json = nlohmann::json::parse(lines.text());
    EXPECT_EQ(json["client"], "browser");
    EXPECT_EQ(json["client_by"], text);
    EventWriter(table, Format::kTable, false, true, rows.stream()).Consume(name);
    EXPECT_THAT(rows.text(), HasSubstr(std::string("browser by ") + text));
  }
}

TEST(EventWriter, ANameOutsideTheCatalogueHasTheServiceNull) {
  const auto table = OneService();
  Written written;
  EventWriter writer(table, Format::kJsonLines, false, true, written.stream());
  writer.Consume(Name(table, "notchatgpt.com"));
  EXPECT_TRUE(nlohmann::json::parse(written.text())["service"].is_null());
}

TEST(EventWriter, SlicesOfAVisitAreNotShownAsVisits) {
  const auto table = OneService();
  Written written;
  EventWriter writer(table, Format::kJsonLines, false, true, written.stream());
  sessionise::Visit slice;
  slice.service = 0;
  slice.final = false;
  writer.Consume(sessionise::SessionEvent(slice));
  EXPECT_EQ(written.text(), "");
}

TEST(EventWriter, ATableHasNoColourWhereNoneIsWanted) {
  const auto table = OneService();
  Written written;
  EventWriter writer(table, Format::kTable, false, true, written.stream());
  writer.Consume(Name(table, "chatgpt.com"));
  EXPECT_EQ(written.text().find('\033'), std::string::npos);
  EXPECT_THAT(written.text(), HasSubstr("tls to 192.0.2.1 port 443"));
}

TEST(EventWriter, AReaderThatHasGoneIsNoticed) {
  const auto table = OneService();
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  EventWriter writer(table, Format::kJsonLines, false, true, full);
  writer.Consume(Name(table, "chatgpt.com"));
  EXPECT_FALSE(writer.writable());
  std::fclose(full);
}

}  // namespace
}  // namespace gnomon::inspect

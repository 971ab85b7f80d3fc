#include "fleet/crowd/options.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"

namespace gnomon::fleet {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ParseDepartment, ReadsCodeDevicesAndHabit) {
  Result<DepartmentOptions> department = ParseDepartment("back-office:24:support");
  ASSERT_TRUE(department.ok()) << department.status().ToString();
  EXPECT_EQ(department->code, "back-office");
  EXPECT_EQ(department->devices, 24u);
  EXPECT_EQ(department->habit, Habit::kSupport);
}

TEST(ParseDepartment, ShowsHowToWriteWhatIsWrong) {
  for (const char* text :
       {"", "finance", "finance:24", "finance::heavy", ":24:heavy", "Finance:24:heavy",
        "finance:0:heavy", "finance:-3:heavy", "finance:24x:heavy", "finance:100001:heavy"}) {
    const Status status = ParseDepartment(text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("code:devices:habit")) << text;
  }
  EXPECT_THAT(ParseDepartment("finance:24:lazy").status().message(), HasSubstr("trial"));
}

class TokensTest : public testing::Test {
 protected:
  ~TokensTest() override { std::filesystem::remove(file_); }
  Status Read(const std::string& content) {
    EXPECT_TRUE(WriteFileAtomically(file_, content).ok());
    tokens_.clear();
    return ReadTokens(file_, &tokens_);
  }
  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("tokens-" + RandomHex(8));
  std::map<std::string, std::string> tokens_;
};

TEST_F(TokensTest, AreALineEach) {
  ASSERT_TRUE(Read("# made today\n\nfinance gnm1-a\n  sales\tgnm1-b\n").ok());
  EXPECT_EQ(tokens_,
            (std::map<std::string, std::string>{{"finance", "gnm1-a"}, {"sales", "gnm1-b"}}));
}

TEST_F(TokensTest, AnErrorNamesTheLineAndNeverTheToken) {
  for (const char* content :
       {"finance gnm1-secret\nfinance gnm1-secret\n", "sales gnm1-x\nGNM1-secret\n",
        "sales gnm1-x\nlegal\n", "sales gnm1-x\nlegal gnm1-secret more\n"}) {
    const Status status = Read(content);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << content;
    EXPECT_THAT(status.message(), HasSubstr(file_.string() + ":2: ")) << content;
    EXPECT_THAT(status.message(), Not(HasSubstr("secret"))) << content;
  }
}

TEST_F(TokensTest, AreTakenFromTheCommandLineToo) {
  EXPECT_TRUE(AddToken("finance=gnm1-a", &tokens_).ok());
  EXPECT_EQ(tokens_["finance"], "gnm1-a");
  EXPECT_FALSE(AddToken("finance=gnm1-b", &tokens_).ok());
  EXPECT_FALSE(AddToken("sales", &tokens_).ok());
  EXPECT_FALSE(AddToken("sales=", &tokens_).ok());
}

TEST(FleetOptions, NameTheFlagThatIsWrong) {
  FleetOptions good;
  good.departments = {{"finance", 3, Habit::kHeavy}};
  good.tokens = {{"finance", "gnm1-a"}};
  good.from = 20738;
  ASSERT_TRUE(good.Validate().ok());
  const auto message = [&](auto change) {
    FleetOptions options = good;
    change(options);
    return options.Validate().message();
  };
  EXPECT_THAT(message([](FleetOptions& o) { o.departments.clear(); }), HasSubstr("--department"));
  EXPECT_THAT(message([](FleetOptions& o) { o.departments.push_back(o.departments[0]); }),
              HasSubstr("twice"));
  EXPECT_THAT(message([](FleetOptions& o) { o.tokens.clear(); }), HasSubstr("--tokens"));
  EXPECT_THAT(message([](FleetOptions& o) { o.days = 0; }), HasSubstr("--days"));
  EXPECT_THAT(message([](FleetOptions& o) { o.from = 0; }), HasSubstr("--from"));
  EXPECT_THAT(message([](FleetOptions& o) { o.threads = 0; }), HasSubstr("--threads"));
}

}  // namespace
}  // namespace gnomon::fleet

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pg/pg.hpp"
#include "testsupport/testsupport.hpp"

namespace berth::pg {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

const Instant kTwoOClock = sys_days(std::chrono::year(2026) / 11 / 24) + 14h;

class Values : public testing::Test {
 protected:
  /// What PostgreSQL gives back for a value sent as `type`.
  template <typename T>
  T there_and_back(const std::string& type, const T& value) {
    const auto sql = "SELECT $1::" + type + " AS value";
    const auto rows = connection_.exec(Query{"there_and_back_" + type, sql}, value);
    if (!rows) throw std::runtime_error(rows.error().message);
    return rows->front().template get<T>("value");
  }

  testsupport::Database database_ = testsupport::postgres().fresh_database();
  Connection connection_ = database_.connect();
};

TEST_F(Values, OfEveryTypeComeBackAsTheyWent) {
  EXPECT_EQ(there_and_back<std::string>("text", "a 'quoted' \\ \"line\"\nü"), "a 'quoted' \\ \"line\"\nü");
  EXPECT_EQ(there_and_back<std::string>("text", ""), "");
  EXPECT_EQ(there_and_back<int>("integer", -7), -7);
  EXPECT_EQ(there_and_back<std::int64_t>("bigint", std::numeric_limits<std::int64_t>::min()),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(there_and_back<bool>("boolean", true));
  EXPECT_FALSE(there_and_back<bool>("boolean", false));
  EXPECT_EQ(there_and_back<double>("double precision", 0.1), 0.1);
  EXPECT_EQ(there_and_back<double>("double precision", 5e-324), 5e-324);
  EXPECT_EQ(there_and_back<double>("double precision", -INFINITY), -INFINITY);
  EXPECT_TRUE(std::isnan(there_and_back<double>("double precision", NAN)));
  EXPECT_EQ(there_and_back<Instant>("timestamptz", kTwoOClock), kTwoOClock);
  EXPECT_EQ(there_and_back<Instant>("timestamptz", kTwoOClock + 1500us), kTwoOClock + 1500us);
  EXPECT_EQ(there_and_back<Window>("tstzrange", {kTwoOClock, kTwoOClock + 2h}),
            (Window{kTwoOClock, kTwoOClock + 2h}));
  EXPECT_EQ(there_and_back<CpuMilli>("bigint", {15'500}), CpuMilli{15'500});
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{0xff}, std::byte{0x5c}};
  EXPECT_EQ(there_and_back("bytea", bytes), bytes);
  EXPECT_EQ(there_and_back("bytea", std::vector<std::byte>()), std::vector<std::byte>());
  const json::value document = json::parse(R"({"name":"ü \"x\"","list":[1,2.5,null,true]})");
  EXPECT_EQ(there_and_back("json", document), document);
}

TEST_F(Values, MayBeMissing) {
  EXPECT_EQ(there_and_back("text", std::optional<std::string>()), std::nullopt);
  EXPECT_EQ(there_and_back("text", std::optional<std::string>("NULL")), "NULL");
  EXPECT_EQ(there_and_back("timestamptz", std::optional<Instant>(kTwoOClock)), kTwoOClock);
}

TEST_F(Values, TravelInArrays) {
  const std::vector<std::string> texts{"a",           "",        "NULL",   "with,comma", "with\"quote",
                                       "back\\slash", "{brace}", " blank "};
  EXPECT_EQ(there_and_back("text[]", texts), texts);
  EXPECT_EQ(there_and_back("text[]", std::vector<std::string>()), std::vector<std::string>());
  const std::vector<std::optional<int>> numbers{1, std::nullopt, -3};
  EXPECT_EQ(there_and_back("integer[]", numbers), numbers);
  const std::vector<Instant> times{kTwoOClock, kTwoOClock + 1us};
  EXPECT_EQ(there_and_back("timestamptz[]", times), times);
}

TEST_F(Values, ReadAsAnotherTypeAreAFaultThatNamesTheColumnAndNotTheValue) {
  const auto rows =
      connection_.exec(Query{"mixed", "SELECT 'hunter2' AS word, NULL::int AS nothing, 300 AS number"});
  ASSERT_TRUE(rows) << rows.error().message;
  const auto row = rows->front();
  const auto fault_of = [&](const auto& read) -> std::string {
    try {
      read();
    } catch (const Misuse& misuse) {
      return misuse.what();
    }
    return "no fault";
  };
  EXPECT_EQ(fault_of([&] { row.get<int>("word"); }), "column \"word\": not a whole number");
  EXPECT_EQ(fault_of([&] { row.get<Instant>("word"); }), "column \"word\": not an instant in UTC");
  EXPECT_EQ(fault_of([&] { row.get<int>("nothing"); }),
            "column \"nothing\": NULL where a value was expected");
  EXPECT_EQ(fault_of([&] { row.get<std::int8_t>("number"); }),
            "column \"number\": a whole number beyond its type");
  EXPECT_EQ(fault_of([&] { row.get<int>("other"); }), "column \"other\": no such column in the answer");
  EXPECT_EQ(fault_of([&] { (*rows)[1]; }), "row 1 of 1");
}

TEST(ArrayText, ThatIsNoArrayOfOneDimensionIsAFault) {
  for (const char* text : {"", "{", "1,2", "{{1},{2}}", "[2:3]={1,2}", "{\"open}", "{\"a\"b}", "{\"a\\"}) {
    EXPECT_THROW(Codec<std::vector<std::string>>::read(text), Misuse) << text;
  }
}

TEST(RangeText, WithOtherBoundsIsAFault) {
  for (const char* text :
       {"", "empty", "[,)", "(\"2026-11-24 14:00:00+00\",\"2026-11-24 15:00:00+00\")",
        "[\"2026-11-24 14:00:00+00\",)", "[\"2026-11-24 14:00:00+01\",\"2026-11-24 15:00:00+01\")"}) {
    EXPECT_THROW(Codec<Window>::read(text), Misuse) << text;
  }
}

}  // namespace
}  // namespace berth::pg

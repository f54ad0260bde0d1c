#include "http/headers.hpp"

#include <gtest/gtest.h>

#include "http/http.hpp"

namespace berth::http {
namespace {

TEST(Headers, AreFoundWithoutCaseAndTheFirstWins) {
  const Headers headers = {{"Content-Type", "a"}, {"content-type", "b"}};
  EXPECT_EQ(find_header(headers, "CONTENT-TYPE"), "a");
  EXPECT_EQ(find_header(headers, "Content-Typ"), std::nullopt);
}

TEST(Headers, RequestsGiveQueryValuesAndParamsByExactName) {
  Request request;
  request.query = {{"a", "1"}, {"a", "2"}, {"b", ""}};
  request.params = {{"id", "7"}};
  EXPECT_EQ(request.query_value("a"), "1");
  EXPECT_EQ(request.query_value("b"), "");
  EXPECT_EQ(request.query_value("A"), std::nullopt);
  EXPECT_EQ(request.param("id"), "7");
  EXPECT_EQ(request.param("name"), "");
}

TEST(Headers, ValuesMayNotHoldWhatEndsAHeader) {
  EXPECT_TRUE(is_header_value("text/plain; a=\"b\"\tc \xc3\xa9"));
  EXPECT_TRUE(is_header_value(""));
  for (const auto bad : {std::string_view("a\r\nb"), std::string_view("a\nb"), std::string_view("a\0b", 3),
                         std::string_view("\x7f")}) {
    EXPECT_FALSE(is_header_value(bad));
  }
}

TEST(Headers, NamesAreTokens) {
  EXPECT_TRUE(is_token("X-Request-Id"));
  for (const auto* bad : {"", "a b", "a:", "a\r", "\xc3\xa9"}) EXPECT_FALSE(is_token(bad)) << bad;
}

TEST(RequestId, IsShortAndPlain) {
  EXPECT_TRUE(is_request_id("a.B_9-"));
  EXPECT_TRUE(is_request_id(std::string(64, 'a')));
  for (const auto& bad :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"), std::string("\"")}) {
    EXPECT_FALSE(is_request_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace berth::http

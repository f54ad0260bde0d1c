#include "said/said.hpp"

#include <gtest/gtest.h>

namespace berth::said {
namespace {

constexpr std::string_view kId = "3f6d1f6e-1b7e-4f44-9d7e-5b8f7a9c1e02";
const Instant kSix = parse_rfc3339("2026-11-24T18:00:00Z").value();

std::string wish(const std::string& rest) {
  return R"({"id":"3f6d1f6e-1b7e-4f44-9d7e-5b8f7a9c1e02",)" + rest + "}";
}

TEST(Wish, IsReadAsItWasWritten) {
  const Wish written{std::string(kId), kSix};
  const auto read = parse_wish(to_text(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, written);
  EXPECT_LE(to_text(written).size(), kMaxWishBytes);
}

TEST(Wish, IsNothingElse) {
  for (const auto& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"), wish(R"("until":5)"),
        wish(R"("until":"soon")"), wish(R"("until":"2026-11-24T18:00:00Z","reservation":"another")"),
        wish(R"("until":{"until":"2026-11-24T18:00:00Z"})"), wish(R"("until":"2026-11-24T18:00:00Z")") + "x",
        std::string(R"({"id":"x","until":"2026-11-24T18:00:00Z"})"),
        std::string(R"({"id":{},"until":"2026-11-24T18:00:00Z"})"),
        std::string(R"({"until":"2026-11-24T18:00:00Z"})"), std::string(100'000, '['),
        wish(R"("until":"2026-11-24T18:00:00Z")") + std::string(kMaxWishBytes, ' '),
        wish("\"until\":\"2026-11-24T18:00:00Z\x00\"")}) {
    const auto read = parse_wish(text);
    ASSERT_FALSE(read) << text.substr(0, 200);
    EXPECT_EQ(read.error().code, Code::kMalformed) << text.substr(0, 200);
  }
}

TEST(Answer, IsReadAsItWasWritten) {
  const Answer granted{.id = std::string(kId), .granted = true, .end = kSix};
  EXPECT_EQ(parse_answer(to_text(granted)).value(), granted);
  const Answer refused{.id = std::string(kId),
                       .granted = false,
                       .end = kSix,
                       .message = "It is booked by others.",
                       .furthest = kSix + hours(1),
                       .limit = "Then \"others\" have it."};
  EXPECT_EQ(parse_answer(to_text(refused)).value(), refused);
}

TEST(Answer, IsNeverTooLongToBeRead) {
  const std::string quotes(kMaxAnswerBytes, '"');
  const Answer long_one{
      .id = std::string(kId), .end = kSix, .message = quotes, .furthest = kSix, .limit = quotes};
  const auto text = to_text(long_one);
  EXPECT_LE(text.size(), kMaxAnswerBytes);
  EXPECT_TRUE(parse_answer(text));
}

}  // namespace
}  // namespace berth::said

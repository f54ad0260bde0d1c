#include "kube/response_head.hpp"

#include <gtest/gtest.h>

namespace berth::kube {
namespace {

HttpResponse head_of(const std::vector<std::string>& lines) {
  HttpResponse response;
  for (const auto& line : lines) read_header_line(line + "\r\n", response);
  return response;
}

TEST(ResponseHead, NamesAreReadWithoutCase) {
  const auto head = head_of({"HTTP/1.1 429 Too Many", "CONTENT-TYPE:  application/json ", "retry-after: 7"});
  EXPECT_EQ(head.content_type, "application/json");
  EXPECT_EQ(head.retry_after_seconds, 7);
}

TEST(ResponseHead, ARetryAfterThatIsNoCountOfSecondsIsNone) {
  for (const std::string value :
       {"", "soon", "-1", "1.5", "7 s", "99999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    EXPECT_EQ(head_of({"Retry-After: " + value}).retry_after_seconds, std::nullopt) << value;
  }
}

TEST(ResponseHead, OfSeveralHeadsTheLastCounts) {
  const auto head =
      head_of({"HTTP/1.1 100 Continue", "Retry-After: 7", "HTTP/1.1 200 OK", "Content-Type: a"});
  EXPECT_EQ(head.retry_after_seconds, std::nullopt);
  EXPECT_EQ(head.content_type, "a");
}

TEST(ResponseHead, WarningsAreTakenOutOfTheirQuotes) {
  EXPECT_EQ(head_of({R"(Warning: 299 - "say \"hello\" \\ bye")"}).warnings,
            std::vector<std::string>{R"(say "hello" \ bye)"});
  EXPECT_TRUE(head_of({"Warning: 299 - none", "Warning: \"", "Warning:"}).warnings.empty());
  EXPECT_EQ(head_of(std::vector<std::string>(1000, "Warning: 299 - \"a\"")).warnings.size(), 16U);
}

TEST(ResponseHead, OtherLinesChangeNothing) {
  for (const std::string line : {"", ":", "content-typ: x", "x-content-type: x", "\xff\xfe: y"}) {
    const auto head = head_of({line});
    EXPECT_TRUE(head.content_type.empty() && head.warnings.empty() && !head.retry_after_seconds) << line;
  }
}

}  // namespace
}  // namespace berth::kube

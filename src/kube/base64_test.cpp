#include "kube/base64.hpp"

#include <gtest/gtest.h>

#include <random>

namespace berth::kube {
namespace {

TEST(Base64, WritesAndReadsKnownText) {
  for (const auto& [plain, encoded] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xfe", "//4="}}) {
    EXPECT_EQ(encode_base64(plain), encoded);
    EXPECT_EQ(decode_base64(encoded), plain);
  }
}

TEST(Base64, ReadsBackWhateverItWrote) {
  std::minstd_rand random(5);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() & 0xffU);
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
}

TEST(Base64, AllowsLinesAndMissingPadding) {
  EXPECT_EQ(decode_base64("Zm9v\n  YmFy\r\n"), "foobar");
  EXPECT_EQ(decode_base64("Zg"), "f");
}

TEST(Base64, RefusesAnythingElse) {
  for (const std::string text : {"Z", "Zg=", "Zg===", "Zm9v=", "Zm=v", "Zm9v!", "Zm9-", "=", "===="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth::kube

#include "base/base64.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace berth {
namespace {

std::string random_bytes(std::minstd_rand& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() & 0xffU);
  return bytes;
}

TEST(Base64, WritesAndReadsKnownText) {
  for (const auto& [plain, encoded] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foobar", "Zm9vYmFy"},
                                                        {"\xff\xfe", "//4="}}) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded), plain);
  }
}

TEST(Base64, ReadsBackWhateverItWrote) {
  std::minstd_rand random(5);
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = random_bytes(random, size);
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, AllowsLinesAndMissingPadding) {
  EXPECT_EQ(base64_decode("Zm9v\n  YmFy\r\n"), "foobar");
  EXPECT_EQ(base64_decode("Zg = =\n"), "f");
  EXPECT_EQ(base64_decode("Zg"), "f");
  EXPECT_EQ(base64_decode("Zg\n"), "f");
  EXPECT_EQ(base64_decode(" \n"), "");
}

TEST(Base64, RefusesAnythingElse) {
  for (const std::string text :
       {"Z", "Zg=", "Zg===", "Zm9v=", "Zm=v", "Zm9v!", "Zm9-", "=", "====", "Zh==", "Zh"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64_decode(std::string_view("Zm9v\0", 5)), std::nullopt);
  EXPECT_EQ(base64_decode(std::string_view("\0Zm9v", 5)), std::nullopt);
}

TEST(Base64Url, WritesAndReadsKnownText) {
  for (const auto& [plain, encoded] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"\xff\xfe", "__4"}, {"\xfb", "-w"}}) {
    EXPECT_EQ(base64_url_encode(plain), encoded);
    EXPECT_EQ(base64_url_encode(std::as_bytes(std::span(plain))), encoded);
    EXPECT_EQ(base64_url_decode(encoded), plain);
  }
}

TEST(Base64Url, ReadsBackWhateverItWrote) {
  std::minstd_rand random(7);
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = random_bytes(random, size);
    EXPECT_EQ(base64_url_decode(base64_url_encode(bytes)), bytes);
  }
}

TEST(Base64Url, RefusesWhatItCannotHaveWritten) {
  for (const std::string text : {"Z", "Zg==", "Zh", "//4", "_ _4", "__4\n", "__4="}) {
    EXPECT_EQ(base64_url_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64_url_decode(std::string_view("Zm9v\0", 5)), std::nullopt);
}

TEST(Base64, TakesNoByteBeyondAsciiForADigit) {
  for (int byte = 0x80; byte <= 0xFF; ++byte) {
    const std::string text = std::string("aG") + static_cast<char>(byte) + "s";
    EXPECT_FALSE(base64_decode(text)) << byte;
    EXPECT_FALSE(base64_url_decode(text)) << byte;
  }
}

}  // namespace
}  // namespace berth

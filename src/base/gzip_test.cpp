#include "base/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace berth {
namespace {

std::string unzipped(std::string& compressed, std::size_t most) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string bytes(most + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return bytes;
}

TEST(Gzip, GivesTheBytesBack) {
  std::mt19937 random(17);
  for (const std::size_t size : {0U, 1U, 100U, 70'000U, 3'000'000U}) {
    std::string noise(size, '\0');
    for (auto& c : noise) c = static_cast<char>(random());
    auto compressed = gzip(noise);
    EXPECT_EQ(unzipped(compressed, size), noise) << size;
    auto plain = gzip(std::string(size, 'x'));
    EXPECT_EQ(unzipped(plain, size), std::string(size, 'x')) << size;
  }
}

TEST(Gzip, MakesWhatRepeatsItselfSmall) {
  EXPECT_LT(gzip(std::string(100'000, 'x')).size(), 1'000U);
}

}  // namespace
}  // namespace berth

#include "backup/sealed_stream.hpp"

#include <gmock/gmock.h>

#include "backup/stream_for_test.hpp"

namespace berth::backup {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr std::size_t kBeforePieces = 16 + 32 + 80 + 24;

class SealedStream : public testing::Test {
 protected:
  std::string sealed(const std::vector<std::string>& parts) {
    std::string out;
    auto sealer = Sealer::begin(into(out), key_.public_half(), random_, stream_key_);
    EXPECT_TRUE(sealer);
    for (const auto& part : parts) EXPECT_TRUE(sealer->write(part));
    EXPECT_TRUE(sealer->finish());
    return out;
  }
  std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    random_.fill(std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }
  Result<std::string> opened(const std::string& bytes) { return all_of(Opener::begin(out_of(bytes), key_)); }
  /// The pieces with their lengths in front.
  static std::vector<std::string> pieces(const std::string& stream) {
    std::vector<std::string> all;
    for (std::size_t at = kBeforePieces; at < stream.size();) {
      std::size_t size = 4;
      for (std::size_t i = 0, n = 0; i < 4; ++i) {
        n = n << 8 | static_cast<unsigned char>(stream[at + i]);
        if (i == 3) size += n;
      }
      all.push_back(stream.substr(at, size));
      at += size;
    }
    return all;
  }

  SystemRandom random_;
  PrivateKey key_{random_};
  StreamKey stream_key_;
};

TEST_F(SealedStream, OfAnyLengthIsReadAsItWasWritten) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kPieceBytes - 1, kPieceBytes, kPieceBytes + 1, 3 * kPieceBytes}) {
    for (const auto& text : {std::string(size, 'a'), noise(size)}) {
      const auto stream = sealed({text.substr(0, size / 3), text.substr(size / 3)});
      const auto found = opened(stream);
      ASSERT_TRUE(found) << size << ": " << found.error().message;
      EXPECT_TRUE(*found == text) << size;
      EXPECT_TRUE(all_of(Opener::begin(out_of(stream), stream_key_)) == text) << "by the stream's own key";
    }
  }
}

TEST_F(SealedStream, IsSmallerWhereThatGoesAndShowsNothing) {
  const std::string text(3 * kPieceBytes, 'a');
  const auto stream = sealed({text});
  EXPECT_LT(stream.size(), text.size() / 50);
  EXPECT_EQ(sealed({"a word of somebody"}).find("word"), std::string::npos);
  EXPECT_NE(stream, sealed({text})) << "each has a key of its own";
}

TEST_F(SealedStream, CutOffAnywhereIsTold) {
  const auto stream = sealed({std::string(kPieceBytes, 'a') + "and a little more"});
  for (std::size_t length = 0; length < stream.size(); ++length) {
    const auto found = opened(stream.substr(0, length));
    ASSERT_FALSE(found) << length;
    EXPECT_EQ(found.error().code, Code::kMalformed);
    if (length >= 16) {
      EXPECT_THAT(found.error().message, HasSubstr("ends at byte " + std::to_string(length)));
    }
  }
}

TEST_F(SealedStream, OneBitChangedAnywhereIsTold) {
  const auto stream = sealed({std::string(kPieceBytes, 'a') + "and a little more"});
  for (std::size_t at = 0; at < stream.size(); ++at) {
    auto changed = stream;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    EXPECT_FALSE(opened(changed)) << at;
  }
}

TEST_F(SealedStream, WhatFollowsTheEndIsTold) {
  const auto stream = sealed({"all of it"});
  for (const auto& more : {std::string(1, '\0'), stream, pieces(stream).front()}) {
    const auto found = opened(stream + more);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message,
                HasSubstr("follows its end, at byte " + std::to_string(stream.size())));
  }
}

TEST_F(SealedStream, PiecesInAnotherOrderOrOfAnotherStreamAreTold) {
  const auto text = noise(3 * kPieceBytes);
  const auto stream = sealed({text});
  const auto other = sealed({text});
  const auto mine = pieces(stream);
  ASSERT_EQ(mine.size(), 4U);
  const auto head = stream.substr(0, kBeforePieces);
  EXPECT_FALSE(opened(head + mine[1] + mine[0] + mine[2] + mine[3])) << "exchanged";
  EXPECT_FALSE(opened(head + mine[0] + mine[2] + mine[3])) << "left out";
  EXPECT_FALSE(opened(head + mine[0] + mine[0] + mine[1] + mine[2] + mine[3])) << "twice";
  EXPECT_FALSE(opened(head + mine[0] + pieces(other)[1] + mine[2] + mine[3])) << "of another stream";
  EXPECT_FALSE(opened(other.substr(0, kBeforePieces) + stream.substr(kBeforePieces)))
      << "the head of another";
  EXPECT_TRUE(opened(head + mine[0] + mine[1] + mine[2] + mine[3]));
}

TEST_F(SealedStream, ALengthThatCannotBeIsRefusedBeforeThereIsRoomForIt) {
  const auto stream = sealed({"text"});
  for (const auto* length :
       {"\x00\x00\x00\x00", "\x00\x00\x00\x11", "\x00\x04\x00\x17", "\xff\xff\xff\xff"}) {
    auto changed = stream;
    changed.replace(kBeforePieces, 4, std::string(length, 4));
    const auto found = opened(changed);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("bytes long, of 18 to 262166"));
  }
}

TEST_F(SealedStream, AnotherKeyOpensNothingAndIsToldByName) {
  const auto stream = sealed({"text"});
  const PrivateKey other(random_);
  const auto found = all_of(Opener::begin(out_of(stream), other));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kInvalid);
  EXPECT_THAT(found.error().message, HasSubstr(fingerprint(key_.public_half())));
  EXPECT_THAT(found.error().message, HasSubstr(fingerprint(other.public_half())));
  StreamKey none;
  EXPECT_FALSE(all_of(Opener::begin(out_of(stream), none)));
}

TEST_F(SealedStream, WhatCannotBeReadOrWrittenIsHandedOn) {
  const auto broken = [](std::span<char>) -> Result<std::size_t> {
    return fail(Code::kUnavailable, "the disk is away");
  };
  const auto read = all_of(Opener::begin(broken, key_));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "the disk is away");
  int left = 1;
  const auto full = [&left](std::string_view) -> Status {
    if (left-- > 0) return {};
    return fail(Code::kUnavailable, "the disk is full");
  };
  auto sealer = Sealer::begin(full, key_.public_half(), random_, stream_key_);
  ASSERT_TRUE(sealer);
  const auto written = sealer->write(std::string(kPieceBytes, 'a'));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "the disk is full");
}

TEST_F(SealedStream, NothingIsSealedToAKeyThatIsNone) {
  std::string out;
  EXPECT_FALSE(Sealer::begin(into(out), PublicKey{}, random_, stream_key_));
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace berth::backup

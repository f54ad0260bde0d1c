#include "modelcache/pieces.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>

#include "base/temporary_folder_for_test.hpp"
#include "modelcache/partial.hpp"

namespace berth::modelcache {
namespace {

TEST(Pieces, TheLastOneIsAsLongAsWhatIsLeft) {
  const Pieces pieces(10, 4);
  EXPECT_EQ(pieces.count(), 3U);
  EXPECT_EQ(pieces.piece(2), (Piece{.number = 2, .offset = 8, .length = 2}));
  EXPECT_TRUE(Pieces(0, 4).whole());
}

TEST(Pieces, OneThatIsGivenBackIsTakenAgain) {
  Pieces pieces(10, 4);
  EXPECT_EQ(pieces.take()->number, 0U);
  EXPECT_EQ(pieces.take()->number, 1U);
  pieces.give_back(0);
  EXPECT_EQ(pieces.take()->number, 0U);
  EXPECT_EQ(pieces.take()->number, 2U);
  EXPECT_FALSE(pieces.take());
  EXPECT_EQ(pieces.on_their_way(), 3U);
}

TEST(Pieces, TheFrontIsWhereTheFirstGapIs) {
  Pieces pieces(10, 4);
  pieces.done(2);
  EXPECT_EQ(pieces.front(), 0);
  EXPECT_EQ(pieces.done_bytes(), 2);
  pieces.done(0);
  EXPECT_EQ(pieces.front(), 4);
  pieces.done(1);
  EXPECT_EQ(pieces.front(), 10);
  EXPECT_TRUE(pieces.whole());
}

TEST(Pieces, NotesOfAnotherFileAreNone) {
  const auto notes = Pieces(10, 4).notes("h");
  EXPECT_FALSE(Pieces(10, 4).read_notes(notes, "g"));
  EXPECT_FALSE(Pieces(11, 4).read_notes(notes, "h"));
  EXPECT_FALSE(Pieces(10, 5).read_notes(notes, "h"));
  EXPECT_FALSE(Pieces(10, 4).read_notes(notes.substr(0, notes.size() - 1), "h"));
  EXPECT_FALSE(Pieces(10, 4).read_notes("", "h"));
}

RC_GTEST_PROP(Pieces, WhatIsNotedIsKnownAgainAndTheRestIsFetchedOnce, ()) {
  const auto piece = *rc::gen::inRange<std::int64_t>(1, 9);
  const auto size = *rc::gen::inRange<std::int64_t>(0, 100);
  Pieces before(size, piece);
  for (std::size_t i = 0; i < before.count(); ++i) {
    const auto what = *rc::gen::inRange(0, 3);
    if (what == 2) before.done(i);
    if (what == 1) before.take();
  }
  Pieces after(size, piece);
  RC_ASSERT(after.read_notes(before.notes("h"), "h"));
  RC_ASSERT(after.done_bytes() == before.done_bytes());
  RC_ASSERT(after.front() == before.front());
  std::int64_t fetched = 0;
  while (const auto one = after.take()) {
    RC_ASSERT(!before.is_done(one->number));
    fetched += one->length;
    after.done(one->number);
  }
  RC_ASSERT(fetched + before.done_bytes() == size);
  RC_ASSERT(after.whole());
  RC_ASSERT(after.front() == size);
}

class PartialTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  RemoteFile file_{
      .path = "a",
      .size = 11,
      .hash = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"};  // "hello world"
};

TEST_F(PartialTest, GoesOnWithWhatWasNotedAndNothingElse) {
  {
    auto partial = Partial::open(folder_, file_, 4).value();
    ASSERT_TRUE(partial->write(4, "o wo"));
    ASSERT_TRUE(partial->note(1));
    ASSERT_TRUE(partial->write(0, "hell"));  // and cut before its note
  }
  auto partial = Partial::open(folder_, file_, 4).value();
  EXPECT_FALSE(partial->pieces().is_done(0));
  EXPECT_TRUE(partial->pieces().is_done(1));
  ASSERT_TRUE(partial->write(0, "hell"));
  ASSERT_TRUE(partial->hash_along(8));
  ASSERT_TRUE(partial->write(8, "rld"));
  EXPECT_EQ(partial->digest().value(), file_.hash);
  ASSERT_TRUE(partial->keep());
  EXPECT_EQ(size_of(folder_ / file_.hash), 11);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(PartialTest, BeginsAnewWhereItsNotesAreLostOrItsFileIsAnother) {
  const auto noted = [&] {
    auto partial = Partial::open(folder_, file_, 4).value();
    EXPECT_TRUE(partial->note(0));
  };
  noted();
  std::filesystem::remove(folder_ / (file_.hash + std::string(kNotes)));
  EXPECT_EQ(Partial::open(folder_, file_, 4).value()->pieces().done_bytes(), 0);
  noted();
  std::filesystem::resize_file(folder_ / (file_.hash + std::string(kIncomplete)), 5);
  EXPECT_EQ(Partial::open(folder_, file_, 4).value()->pieces().done_bytes(), 0);
}

TEST(Digest, OfASmallFileIsGits) {
  Digest digest(std::string(40, '0'), 0);
  EXPECT_EQ(digest.hex(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

}  // namespace
}  // namespace berth::modelcache

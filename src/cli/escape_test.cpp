#include "cli/escape.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

/// What is sent of these, each typed by itself; "!" where it ends, "?" where it asks.
std::string typed(std::initializer_list<std::string_view> pieces) {
  EscapeReader reader;
  std::string sent;
  for (const auto piece : pieces) {
    const auto one = reader.take(piece);
    sent += one.bytes;
    if (one.asks) sent += '?';
    if (one.ends) return sent + '!';
  }
  return sent;
}

TEST(Escapes, EnterTildeDotEnds) {
  EXPECT_EQ(typed({"ls\r", "~", "."}), "ls\r!");
  EXPECT_EQ(typed({"ls\n~.more"}), "ls\n!");
}

TEST(Escapes, AtTheVeryBeginningToo) {
  EXPECT_EQ(typed({"~."}), "!");
}

TEST(Escapes, WithinALineItIsText) {
  EXPECT_EQ(typed({"cd ~", "."}), "cd ~.");
  EXPECT_EQ(typed({"\rcd ~.\r"}), "\rcd ~.\r");
}

TEST(Escapes, TwoTildesAreOne) {
  EXPECT_EQ(typed({"\r~~."}), "\r~.");
}

TEST(Escapes, BeforeAnythingElseATildeIsItself) {
  EXPECT_EQ(typed({"~/bin/run\r"}), "~/bin/run\r");
  EXPECT_EQ(typed({"\r~", "\r", "~."}), "\r~\r!");
}

TEST(Escapes, AQuestionMarkAsksAndTheLineIsStillAtItsBeginning) {
  EXPECT_EQ(typed({"\r~?", "~."}), "\r?!");
}

TEST(Escapes, BytesOfAnyKindPass) {
  const std::string all("\0\xff\x1b[A~.\x03", 8);
  EXPECT_EQ(typed({"x", all}), "x" + all);
}

}  // namespace
}  // namespace berth::cli

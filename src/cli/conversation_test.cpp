#include "cli/conversation.hpp"

#include <gtest/gtest.h>

namespace berth::cli {
namespace {

json::object reservation(std::string_view id, std::string_view name, std::string_view state = "ACTIVE") {
  return {{"id", id}, {"name", name}, {"state", state}, {"owner", "ana@example.org"}};
}

std::string id_of(const Result<json::value>& found) {
  return found ? string_at(*found, {"id"}) : std::string(to_string(found.error().code));
}

const json::value kMineOver = reservation("1111aaaa", "train", "COMPLETED");
const json::value kMine = reservation("2222bbbb", "eval");
const json::value kTheirs = reservation("3333cccc", "train");
const json::array kOwn{kMineOver, kMine};
const json::array kAll{kMineOver, kMine, kTheirs};

TEST(Choose, ANameMeansOneOfThoseThatMayBeNamed) {
  EXPECT_EQ(id_of(choose("eval", kOwn, kAll)), "2222bbbb");
  EXPECT_EQ(id_of(choose("train", kOwn, kAll)), "1111aaaa") << "not the one of somebody else that lives";
  EXPECT_EQ(id_of(choose("train", {kMine}, kAll)), "not_found");
  EXPECT_EQ(id_of(choose("train", kAll, kAll)), "3333cccc") << "of all, the one that lives";
}

TEST(Choose, TheBeginningOfAnIdMeansAnyThatIsSeen) {
  EXPECT_EQ(id_of(choose("3333", kOwn, kAll)), "3333cccc");
  EXPECT_EQ(id_of(choose("333", kOwn, kAll)), "not_found") << "too short to be one";
  EXPECT_EQ(id_of(choose("3333", kOwn, kOwn)), "not_found");
}

TEST(Choose, OneWithoutANameIsNotCalledByNothing) {
  const json::array nameless{reservation("7777aaaa", "")};
  for (const auto* ref : {"", " ", "\t"}) EXPECT_EQ(id_of(choose(ref, nameless, nameless)), "invalid");
}

TEST(Choose, SeveralThatLiveAreNeverGuessedAmong) {
  const json::array twice{reservation("4444", "run"), reservation("5555", "run"),
                          reservation("6666", "run", "FAILED")};
  EXPECT_EQ(id_of(choose("run", twice, twice)), "invalid");
  const json::array one{reservation("4444", "3333")};
  EXPECT_EQ(id_of(choose("3333", one, {kTheirs})), "invalid") << "one's name is the other's id";
  EXPECT_EQ(id_of(choose("2222", {reservation("2222bbbb", "2222")}, kAll)), "2222bbbb")
      << "both are the same one";
}

}  // namespace
}  // namespace berth::cli

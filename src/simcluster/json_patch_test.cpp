#include "simcluster/json_patch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth::simcluster {
namespace {

/// `levels` objects inside each other.
json::value nested(int levels) {
  json::value value = 1;
  for (int i = 0; i < levels; ++i) value = json::object{{"a", std::move(value)}};
  return value;
}

std::string path_of(int levels) {
  std::string path;
  for (int i = 0; i < levels; ++i) path += "/a";
  return path;
}

/// The status that the patch is refused with; 200 when it is not.
int status_of(json::value target, json::object operation) {
  const auto done = json_patch(target, json::array{std::move(operation)});
  return done ? 200 : done.error().code;
}

TEST(JsonPatch, DoesNotNestDeeperThanWhatCanBeSentWhole) {
  const auto target = nested(20);
  for (const auto* op : {"add", "replace"}) {
    EXPECT_EQ(status_of(target, {{"op", op}, {"path", path_of(20)}, {"value", nested(12)}}), 200) << op;
    EXPECT_EQ(status_of(target, {{"op", op}, {"path", path_of(20)}, {"value", nested(13)}}), 400) << op;
  }
  const auto beside = path_of(19) + "/b";
  for (const auto* op : {"copy", "move"}) {
    const auto both = json::object{{"a", nested(19)}, {"small", nested(12)}, {"large", nested(13)}};
    EXPECT_EQ(status_of(both, {{"op", op}, {"from", "/small"}, {"path", beside}}), 200) << op;
    EXPECT_EQ(status_of(both, {{"op", op}, {"from", "/large"}, {"path", beside}}), 400) << op;
  }
}

TEST(JsonPatch, PiecesDoNotAddUpToMoreEither) {
  json::value target = json::object{};
  json::array operations;
  for (int i = 0; i < 100; ++i)
    operations.push_back(json::object{{"op", "add"}, {"path", path_of(i + 1)}, {"value", json::object{}}});
  const auto done = json_patch(target, operations);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, 400);
}

TEST(JsonPatch, APatchThatIsNoneIsRefused) {
  json::value target = json::object{};
  EXPECT_EQ(json_patch(target, json::object{}).error().code, 400);
  EXPECT_EQ(json_patch(target, json::array{1}).error().code, 400);
  EXPECT_EQ(status_of(target, {{"op", "remove"}, {"path", "/none"}}), 422);
  EXPECT_EQ(status_of(target, {{"op", "add"}, {"path", "no slash"}, {"value", 1}}), 400);
}

}  // namespace
}  // namespace berth::simcluster

#include "cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CompletionWords, AreThoseOfTheAnswer) {
  const auto pools = *parse_json(
      R"({"items": [{"name": "lab", "device_classes": [{"name": "whole-96gb"}, {"name": "slice-24gb"}]},
                                                {"name": "east", "device_classes": [{"name": "slice-24gb"}]}]})");
  EXPECT_THAT(words_in("classes", pools), ElementsAre("whole-96gb", "slice-24gb"));
  EXPECT_THAT(words_in("pools", pools), ElementsAre("lab", "east"));
  EXPECT_THAT(words_in("teams", *parse_json(R"({"user": {"teams": ["vision", "speech"]}})")),
              ElementsAre("vision", "speech"));
  EXPECT_THAT(words_in("nonsense", pools), IsEmpty());
  EXPECT_THAT(words_in("classes", *parse_json(R"({"items": 3})")), IsEmpty());
}

TEST(CompletionWords, ANameThatAShellWouldTakeApartIsItsId) {
  const auto reservations = *parse_json(R"x({"items": [{"name": "train", "id": "11111111-x"},
                                                       {"name": "$(rm -rf ~)", "id": "22222222-x"},
                                                       {"name": "", "id": "33333333-x"},
                                                       {"name": "-f", "id": "44444444-x"},
                                                       {"name": "train", "id": "55555555-x"}]})x");
  for (const auto* kind : {"names", "running", "waiting"})
    EXPECT_THAT(words_in(kind, reservations), ElementsAre("train", "22222222", "33333333", "44444444"));
}

}  // namespace
}  // namespace berth::cli

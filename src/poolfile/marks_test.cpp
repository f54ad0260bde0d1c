#include "poolfile/marks.hpp"

#include <gtest/gtest.h>

namespace berth::poolfile {
namespace {

constexpr std::string_view kFile =
    "# Go over what is marked NOT KNOWN, then: berth apply -f FILE\n"
    "kind: Cluster\n"
    "pod_ranges: [\"10.128.0.0/14\"]   # NOT KNOWN: the range of all pods\n"
    "  # NOT KNOWN: nodes may not be listed\n"
    "title: \"NOT KNOWN\"\n"
    "rate: 0  # NOT KNOWN: what an hour of one costs";

TEST(Marks, AValueThatNobodySaidIsToldByItsLine) {
  EXPECT_EQ(marked_lines(kFile), (std::vector<int>{3, 6}));
  EXPECT_EQ(
      marks_text(kFile, "pool.yaml"),
      "pool.yaml has 2 values that the cluster did not tell and that stand there as an example (NOT KNOWN: "
      "lines 3, 6): say what is so, and take the comment away");
}

TEST(Marks, AFileThatWasGoneOverSaysNothing) {
  EXPECT_EQ(marks_text("# NOT KNOWN\nkind: Pool\n", "pool.yaml"), "");
  EXPECT_EQ(marks_text("", "pool.yaml"), "");
}

}  // namespace
}  // namespace berth::poolfile

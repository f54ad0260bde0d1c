#include "said/activity.hpp"

#include <gtest/gtest.h>

namespace berth::said {
namespace {

const Instant kNow = parse_rfc3339("2026-11-24T18:00:00Z").value();
const Activity kUsed{.looked_at = kNow - seconds(5),
                     .editor = EditorUse{kNow - minutes(4)},
                     .lab = LabUse{kNow - hours(3), 2, 1}};

std::string text_with(std::string_view looked, std::string_view editor, std::string_view lab) {
  std::string text(R"({"looked_at":)");
  return text.append(looked).append(R"(,"editor":)").append(editor).append(R"(,"lab":)").append(lab) + "}";
}

constexpr std::string_view kLooked = R"("2026-11-24T17:59:00Z")";

TEST(Activity, IsReadAsItWasWritten) {
  for (const auto& one :
       {kUsed, Activity{.looked_at = kNow}, Activity{.looked_at = kNow, .editor = EditorUse{}}}) {
    const auto read = parse_activity(to_text(one), kNow);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, one);
  }
}

TEST(Activity, AtItsLongestFits) {
  const Activity longest{.looked_at = kNow - Duration(1),
                         .editor = EditorUse{kNow - Duration(1)},
                         .lab = LabUse{kNow - Duration(1), kMostKernels, kMostKernels}};
  EXPECT_LE(to_text(longest).size(), kMaxActivityBytes);
  EXPECT_EQ(parse_activity(to_text(longest), kNow).value(), longest);
}

TEST(Activity, IsNothingElse) {
  for (const auto& text :
       {std::string(),
        std::string("null"),
        std::string("[]"),
        std::string("{}"),
        std::string(100'000, '['),
        std::string(R"({"looked_at":"2026-11-24T17:59:00Z"})"),
        std::string(R"({"looked_at":"2026-11-24T17:59:00Z","editor":null})"),
        std::string(R"({"looked_at":"2026-11-24T17:59:00Z","editor":null,"lab":null,"session":"another"})"),
        text_with("null", "null", "null"),
        text_with("5", "null", "null"),
        text_with("\"soon\"", "null", "null"),
        text_with(kLooked, "5", "null"),
        text_with(kLooked, "{}", "null"),
        text_with(kLooked, "[]", "null"),
        text_with(kLooked, R"({"used_at":5})", "null"),
        text_with(kLooked, R"({"used_at":null,"x":1})", "null"),
        text_with(kLooked, R"({"used_at":{"used_at":{"used_at":null}}})", "null"),
        text_with(kLooked, "null", "true"),
        text_with(kLooked, "null", R"({"used_at":null,"kernels":1,"busy":0})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":-1,"busy":0})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1,"busy":2})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1001,"busy":0})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1.5,"busy":0})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1e300,"busy":0})"),
        text_with(kLooked, "null", R"({"used_at":"2026-11-24T17:59:00Z","kernels":1,"busy":0,"x":0})"),
        to_text(kUsed) + "x",
        to_text(kUsed) + std::string(kMaxActivityBytes, ' ')}) {
    const auto read = parse_activity(text, kNow);
    ASSERT_FALSE(read) << text.substr(0, 200);
    EXPECT_EQ(read.error().code, Code::kMalformed) << text.substr(0, 200);
  }
}

TEST(Activity, IsOfThePast) {
  const auto read = [](Instant looked, Instant used) {
    return parse_activity(
        to_text({.looked_at = looked, .editor = EditorUse{used}, .lab = LabUse{used, 0, 0}}), kNow);
  };
  EXPECT_FALSE(read(kNow + seconds(61), kNow));
  EXPECT_FALSE(read(kNow, kNow + seconds(61)));
  EXPECT_FALSE(read(kNow, parse_rfc3339("9999-12-31T23:59:59Z").value()));
  EXPECT_FALSE(read(kNow, kNow - kOldestUse - seconds(1)));
  EXPECT_FALSE(read(kNow - kOldestUse - seconds(1), kNow));
  const auto ahead = read(kNow + seconds(60), kNow + seconds(30));
  ASSERT_TRUE(ahead);
  EXPECT_EQ(*ahead, (Activity{kNow, EditorUse{kNow}, LabUse{kNow, 0, 0}})) << "by our clock it is now";
}

TEST(Activity, IsToldWhereItIsNewsAndSeldomWhereItIsNot) {
  EXPECT_TRUE(to_be_told(kUsed, {}));
  auto next = kUsed;
  next.looked_at += kBetweenActivity;
  EXPECT_FALSE(to_be_told(next, kUsed));
  next.lab->busy = 2;
  EXPECT_TRUE(to_be_told(next, kUsed));
  next = kUsed;
  next.editor.reset();
  EXPECT_TRUE(to_be_told(next, kUsed)) << "it does not answer any more";
  next = kUsed;
  next.looked_at += kActivityAnew;
  EXPECT_TRUE(to_be_told(next, kUsed)) << "a sign that it looks";
  next.looked_at = kUsed.looked_at - hours(1);
  EXPECT_TRUE(to_be_told(next, kUsed)) << "the clock was set back";
}

TEST(EditorUse, IsItsLastHeartbeat) {
  EXPECT_EQ(editor_use(R"({"status":"alive","lastHeartbeat":1795975200000})"),
            EditorUse{Instant(std::chrono::milliseconds(1'795'975'200'000))});
  EXPECT_EQ(editor_use(R"({"status":"expired","lastHeartbeat":0})"), EditorUse{});
  for (const auto* other :
       {"", "<html>", "[]", "{}", R"({"status":"alive"})", R"({"lastHeartbeat":5})",
        R"({"status":"alive","lastHeartbeat":-5})", R"({"status":"alive","lastHeartbeat":"now"})"}) {
    EXPECT_EQ(editor_use(other), std::nullopt) << other;
  }
}

TEST(LabUse, IsItsLastActivityAndItsKernels) {
  constexpr std::string_view kStatus =
      R"({"connections":1,"kernels":3,"last_activity":"2026-11-24T17:59:00.123456Z","started":"2026-11-24T09:00:00Z"})";
  constexpr std::string_view kKernels =
      R"([{"id":"a","execution_state":"busy"},{"id":"b","execution_state":"idle"},{"id":"c"},"d"])";
  EXPECT_EQ(lab_use(kStatus, kKernels), (LabUse{parse_rfc3339("2026-11-24T17:59:00.123456Z").value(), 4, 1}));
  EXPECT_EQ(lab_use(kStatus, "[]")->kernels, 0);
  EXPECT_EQ(lab_use(kStatus, "{}"), std::nullopt);
  EXPECT_EQ(lab_use(kStatus, ""), std::nullopt) << "half an answer is none";
  EXPECT_EQ(lab_use("{}", kKernels), std::nullopt);
  std::string many = "[";
  for (int n = 0; n < 2 * kMostKernels; ++n) many += R"({"execution_state":"busy"},)";
  many.back() = ']';
  EXPECT_EQ(lab_use(kStatus, many)->busy, kMostKernels);
}

}  // namespace
}  // namespace berth::said

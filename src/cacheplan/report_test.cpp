#include "cacheplan/report.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "cacheplan/situation_for_test.hpp"
#include "cacheplan/wire.hpp"
#include "cacheplan/words.hpp"

namespace berth::cacheplan {
namespace {

Said said_of(const Scene& scene, const std::optional<Pulling>& pulling = {}) {
  return states(scene.now, scene.planned(), pulling).front();
}

TEST(CacheReport, SaysOfEachHowFarItIs) {
  const ArtifactId a{"a"};
  EXPECT_EQ(said_of(Scene().want("a", 0)).state, State::kQueued);
  EXPECT_EQ(said_of(Scene().want("a", 1)), (Said{.artifact = a, .state = State::kQueued, .of_bytes = kGb}));
  EXPECT_EQ(said_of(Scene().want("a", 1).hold("a", 1, hours(1))),
            (Said{.artifact = a, .state = State::kCached, .bytes = kGb, .of_bytes = kGb, .digest = kCommit}));
  EXPECT_EQ(said_of(Scene().want("a", 1).hold("a", 1, hours(1), kOlder)).state, State::kOutdated);
  EXPECT_EQ(said_of(Scene().want("a", 1), Pulling{.artifact = a, .bytes = 5, .of_bytes = 9, .rate = 2}),
            (Said{.artifact = a, .state = State::kPulling, .bytes = 5, .of_bytes = 9, .rate = 2}));
  Scene failed;
  failed.want("a", 1).now.memory.failures[a] = {.reason = "no such model", .at = kNow};
  EXPECT_EQ(said_of(failed).state, State::kFailed);
  EXPECT_EQ(said_of(failed).reason, "no such model");
}

TEST(CacheReport, WhatFailedOnceAndIsThereIsThere) {
  Scene scene;
  scene.want("a", 1).hold("a", 1, hours(1)).now.memory.failures[ArtifactId{"a"}] = {.reason = "offline",
                                                                                    .at = kNow};
  EXPECT_EQ(said_of(scene).state, State::kCached);
  EXPECT_EQ(said_of(scene).reason, "offline");
}

TEST(CacheReport, WhatWasRemovedAndDoesNotFitAgainIsEvicted) {
  Scene scene;
  scene.want("a", 900);
  EXPECT_EQ(said_of(scene).state, State::kFailed);
  scene.now.memory.evicted[ArtifactId{"a"}] = kNow;
  EXPECT_EQ(said_of(scene).state, State::kEvicted);
}

TEST(CacheReport, AnImageSaysThatThereIsNoRuntime) {
  Scene scene;
  scene.want("a", 1).now.wanted[0].artifact.kind = Kind::kImage;
  EXPECT_EQ(said_of(scene).state, State::kFailed);
  EXPECT_NE(said_of(scene).reason.find("runtime"), std::string::npos);
}

TEST(CacheReport, ReasonsAreCut) {
  Scene scene;
  scene.want("a", 1).now.memory.failures[ArtifactId{"a"}] = {.reason = std::string(9000, 'x'), .at = kNow};
  EXPECT_EQ(said_of(scene).reason.size(), kMostReasonCharacters);
}

TEST(CacheReport, TimeLeftIsRoundedUpAndUnknownWithoutARate) {
  EXPECT_EQ(seconds_left(0, 100, 30), 4);
  EXPECT_EQ(seconds_left(100, 100, 30), 0);
  EXPECT_EQ(seconds_left(0, 100, 0), std::nullopt);
  EXPECT_EQ(seconds_left(0, std::nullopt, 30), std::nullopt);
}

TEST(CacheReport, ARateFollowsWhatIsMeasured) {
  double rate = blended_rate(0, 1000, 1);
  EXPECT_DOUBLE_EQ(rate, 1000);
  for (int second = 0; second < 120; ++second) rate = blended_rate(rate, 500, 1);
  EXPECT_NEAR(rate, 500, 10);
  EXPECT_DOUBLE_EQ(blended_rate(rate, 5, 0), rate);
}

TEST(CacheReport, AmountsAreShort) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(std::int64_t{41} << 30), "41.0 GiB");
  EXPECT_EQ(percent_text(93, 100), "93 %");
  EXPECT_EQ(percent_text(1, 0), "0 %");
}

// --- Wire ---

constexpr std::string_view kId = "00000000-0000-4000-8000-000000000001";

TEST(CacheWire, WhatIsWantedArrivesAsItWasSent) {
  const Wanted wanted{.artifact = {.id = ArtifactId{std::string(kId)},
                                   .kind = Kind::kModel,
                                   .source = "hf://owner/name@main",
                                   .bytes = 7,
                                   .digest = kCommit,
                                   .priority = 3,
                                   .pinned = true},
                      .keep = Keep::kNeeded,
                      .needed_at = kNow,
                      .last_used_at = std::nullopt};
  const auto read = parse_wanted(json::array{to_json(wanted)});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, std::vector{wanted});
}

TEST(CacheWire, AnAnswerThatIsNoneIsRefused) {
  const Wanted good{.artifact = {.id = ArtifactId{std::string(kId)}, .source = "hf://owner/name@main"}};
  for (const auto& [field, value] : std::initializer_list<std::pair<const char*, json::value>>{
           {"id", "../x"}, {"source", "hf://../.."}, {"needed_at", "soon"}}) {
    auto item = to_json(good);
    item[field] = value;
    EXPECT_FALSE(parse_wanted(json::array{item})) << field;
  }
  EXPECT_FALSE(parse_wanted(json::object{}));
  EXPECT_FALSE(parse_wanted(json::array(kMostArtifacts + 1)));
}

TEST(CacheWire, WhatANewerPortalKnowsMoreSilencesNothing) {
  const Wanted good{.artifact = {.id = ArtifactId{std::string(kId)}, .source = "hf://owner/name@main"}};
  auto volume = to_json(good);
  volume["kind"] = "volume";
  volume["source"] = "volume://x";
  auto maybe = to_json(good);
  maybe["keep"] = "maybe";
  const auto read = parse_wanted(json::array{volume, maybe});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().artifact.source, "hf://owner/name@main");
  EXPECT_EQ(read->front().keep, Keep::kPinned);
}

Report some_report() {
  return {.disk = {.bytes = 100, .free = 40},
          .marks = {.high = 80, .low = 70},
          .held_bytes = 30,
          .rate = 5,
          .fault = "no answer",
          .artifacts = {{.artifact = ArtifactId{std::string(kId)},
                         .state = State::kPulling,
                         .bytes = 3,
                         .of_bytes = 9,
                         .rate = 5,
                         .digest = "",
                         .reason = "why"}}};
}

TEST(CacheWire, AReportArrivesAsItWasSent) {
  const auto report = some_report();
  const auto read = parse_report(to_json(report));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->disk, report.disk);
  EXPECT_EQ(read->artifacts, report.artifacts);
  EXPECT_EQ(to_json(*read), to_json(report));
}

TEST(CacheWire, OddNumbersOfADiskAreBroughtWithinTheirLimits) {
  auto report = some_report();
  report.disk.free = 101;
  report.held_bytes = -1;
  report.rate = std::numeric_limits<std::int64_t>::max();
  report.artifacts[0].bytes = 10;
  report.artifacts[0].rate = -5;
  const auto read = parse_report(to_json(report));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->disk.free, 100);
  EXPECT_EQ(read->held_bytes, 0);
  EXPECT_EQ(read->rate, std::int64_t{1} << 50);
  EXPECT_EQ(read->artifacts[0].bytes, 9);
  EXPECT_EQ(read->artifacts[0].rate, 0);
}

TEST(CacheWire, AReportThatCannotBeIsRefusedByField) {
  const auto field_of = [](const json::value& body) {
    const auto read = parse_report(body);
    return read ? std::string("none") : read.error().fields.at(0).field;
  };
  auto report = some_report();
  report.marks.low = 81;
  EXPECT_EQ(field_of(to_json(report)), "disk.low_percent");
  report = some_report();
  report.artifacts.push_back(report.artifacts[0]);
  EXPECT_EQ(field_of(to_json(report)), "artifacts.1.id");
  auto body = to_json(some_report());
  body["disk"].as_object()["free"] = 101;
  EXPECT_EQ(field_of(body), "disk.free");
  body = to_json(some_report());
  body["artifacts"].as_array()[0].as_object()["bytes"] = 10;
  EXPECT_EQ(field_of(body), "artifacts.0.bytes");
}

}  // namespace
}  // namespace berth::cacheplan

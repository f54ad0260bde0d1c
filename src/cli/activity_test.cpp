#include "cli/activity.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/clock.hpp"
#include "kube/test_servers.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

const Instant kNow = parse_rfc3339("2026-11-24T18:00:00Z").value();
constexpr const char* kBeat = R"({"status":"alive","lastHeartbeat":1795542960000})";
constexpr const char* kStatus = R"({"last_activity":"2026-11-24T17:30:00Z","kernels":1})";

/// The editor, the lab, and the cluster's API with `berth-said` in it.
class Watched : public testing::Test {
 protected:
  Watched()
      : editor_([this](const http::Request& request) { return answer(request); }),
        lab_([this](const http::Request& request) { return answer(request); }),
        api_([this](const http::Request& request) {
          const std::lock_guard lock(mutex_);
          if (api_away_) return kube::status_response(403, "Forbidden");
          told_.push_back(request.body);
          return kube::json_response(200, "{}");
        }) {}

  http::Response answer(const http::Request& request) {
    auto target = request.path;
    for (const auto& [name, value] : request.query) target += "?" + name + "=" + value;
    const std::lock_guard lock(mutex_);
    asked_.push_back(target);
    const auto known = answers_.find(target);
    return known == answers_.end() ? kube::json_response(404, "{}") : kube::json_response(200, known->second);
  }
  ActivityPlaces places() const { return {editor_.config().server, lab_.config().server}; }
  Workspace workspace() const {
    return Workspace(std::filesystem::temp_directory_path(), api_.factory(), "berth-s-1");
  }

  std::mutex mutex_;
  std::map<std::string, std::string> answers_{
      {"/healthz", kBeat},
      {"/lab/api/status", kStatus},
      {"/lab/api/kernels?no_track_activity=1", R"([{"execution_state":"busy"},{"execution_state":"idle"}])"}};
  std::vector<std::string> asked_;
  std::vector<std::string> told_;
  bool api_away_ = false;
  kube::FakeApi editor_;
  kube::FakeApi lab_;
  kube::FakeApi api_;
};

TEST_F(Watched, IsLookedAtWithoutBeingUsedByIt) {
  const auto place = workspace();
  EXPECT_EQ(ActivityWatch(place, places()).look(kNow),
            (said::Activity{.looked_at = kNow,
                            .editor = said::EditorUse{Instant(std::chrono::milliseconds(1'795'542'960'000))},
                            .lab = said::LabUse{parse_rfc3339("2026-11-24T17:30:00Z").value(), 2, 1}}));
  EXPECT_THAT(asked_, testing::UnorderedElementsAre("/healthz", "/lab/api/status",
                                                    "/lab/api/kernels?no_track_activity=1"));
}

TEST_F(Watched, WhatDoesNotAnswerIsNotMeasured) {
  const auto place = workspace();
  answers_.erase("/lab/api/status");
  EXPECT_EQ(ActivityWatch(place, places()).look(kNow).lab, std::nullopt);
  answers_["/healthz"] = std::string(300'000, ' ') + kBeat;
  EXPECT_EQ(ActivityWatch(place, places()).look(kNow), said::Activity{.looked_at = kNow})
      << "an answer without an end";
  EXPECT_EQ(ActivityWatch(place, {"http://127.0.0.1:9", "http://127.0.0.1:9"}).look(kNow),
            said::Activity{.looked_at = kNow});
}

TEST_F(Watched, IsToldOnceUntilThereIsNews) {
  const auto place = workspace();
  ActivityWatch watch(place, places());
  api_away_ = true;
  watch.look_and_tell();
  EXPECT_TRUE(told_.empty());
  api_away_ = false;
  watch.look_and_tell();
  watch.look_and_tell();
  ASSERT_EQ(told_.size(), 1U) << "what was not told is told at the next look, and then once";
  const auto patch = parse_json(told_.front()).value();
  EXPECT_EQ(find(patch, {"data"})->get_object().size(), 1U) << "beside what else is said";
  const auto told = said::parse_activity(string_at(patch, {"data", said::kActivityKey}), SystemClock().now());
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->lab->kernels, 2);
  answers_["/lab/api/kernels?no_track_activity=1"] = "[]";
  watch.look_and_tell();
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_THAT(told_.back(), HasSubstr(R"(\"kernels\":0)"));
}

}  // namespace
}  // namespace berth::cli

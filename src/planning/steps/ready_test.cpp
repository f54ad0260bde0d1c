#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(ReadyStep, IsDoneWhenTheWorkspaceAnswersAndPublishesItsAddressOnce) {
  Case it;
  EXPECT_EQ(judge_ready(it.view()).detail, "Waiting for the workspace's pod.");
  auto& pod = it.see_pod();
  pod.ready = false;
  EXPECT_EQ(judge_ready(it.view()).detail, "Waiting until the workspace answers.");
  pod.ready = true;
  const auto news = judge_ready(it.view());
  EXPECT_EQ(news.state, Standing::State::kDone);
  ASSERT_EQ(news.effects.size(), 1U);
  const std::vector<model::Endpoint> published{{"workspace", "https://x7f3k2m9q1w8.apps.gpu1.lab.example/"}};
  EXPECT_EQ(std::get<PublishEndpoints>(news.effects.front()).endpoints, published);
  it.spec.session.endpoints = published;
  EXPECT_TRUE(judge_ready(it.view()).effects.empty());
}

}  // namespace
}  // namespace berth::planning

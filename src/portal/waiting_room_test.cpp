// Who waits for an answer of somebody else's is looked after until it is there, and is never forgotten.
#include "portal/waiting_room.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using std::chrono::milliseconds;

class WaitingRoomTest : public PortalTest {
 protected:
  static constexpr WaitingRoom::Bounds kBounds{.every = milliseconds(5), .most = 2};

  /// How somebody fares for whom the answer is there with the look number `there`; 0: never.
  std::future<HandlerResult> wait(milliseconds patience, int there = 0) {
    auto answer = std::make_shared<std::promise<HandlerResult>>();
    auto future = answer->get_future();
    Sought sought{.patience = patience,
                  .look = [this, there, looks = 0](
                              pg::Connection&, bool last) mutable -> Result<std::optional<http::Response>> {
                    if (last) ++last_looks_;
                    if (++looks != there) return std::nullopt;
                    http::Response response;
                    response.status = 299;
                    return std::optional(response);
                  },
                  .silence = {.code = Code::kUnavailable, .message = "nobody answered"}};
    room_.add({.sought = std::move(sought),
               .wanted = [this] { return wanted_.load(); },
               .done = [answer](HandlerResult given) { answer->set_value(std::move(given)); }});
    return future;
  }

  std::atomic<bool> wanted_ = true;
  std::atomic<int> last_looks_ = 0;
  pg::Pool pool_{site().settings().database, 1};
  GatedDatabase gated_{pool_};
  WaitingRoom room_{gated_, kBounds};
};

TEST_F(WaitingRoomTest, AnAnswerIsHandedOnAsSoonAsItIsThere) {
  EXPECT_EQ(must(wait(kPatience, 3).get()).status, 299);
  EXPECT_EQ(last_looks_, 0);
}

TEST_F(WaitingRoomTest, SilenceIsToldAfterALastLook) {
  const auto given = wait(milliseconds(20)).get();
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().message, "nobody answered");
  EXPECT_EQ(last_looks_, 1);
}

TEST_F(WaitingRoomTest, WhoLeavesIsLookedAfterOnceMore) {
  auto answer = wait(kPatience);
  wanted_ = false;
  EXPECT_FALSE(answer.get());
  EXPECT_EQ(last_looks_, 1);
}

TEST_F(WaitingRoomTest, WhoComesToAFullOneGetsOneLook) {
  auto first = wait(kPatience);
  auto second = wait(kPatience);
  const auto third = wait(kPatience).get();
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().message.find("too many wait"), std::string::npos);
  wanted_ = false;
  first.wait();
  second.wait();
  wanted_ = true;
  EXPECT_TRUE(eventually([&] { return wait(kPatience, 2).get().has_value(); })) << "there is room again";
}

TEST_F(WaitingRoomTest, WhenItStopsEverybodyIsToldAndWhoComesLaterToo) {
  auto waiting = wait(kPatience);
  room_.stop();
  EXPECT_NE(waiting.get().error().message.find("stops"), std::string::npos);
  EXPECT_NE(wait(kPatience).get().error().message.find("stops"), std::string::npos);
  EXPECT_EQ(last_looks_, 2);
}

TEST_F(WaitingRoomTest, AFaultIsAnAnswerToo) {
  auto answer = std::make_shared<std::promise<HandlerResult>>();
  room_.add({.sought = {.patience = kPatience,
                        .look = [](pg::Connection&, bool) -> Result<std::optional<http::Response>> {
                          throw std::runtime_error("broken");
                        },
                        .silence = {}},
             .wanted = [] { return true; },
             .done = [answer](HandlerResult given) { answer->set_value(std::move(given)); }});
  const auto given = answer->get_future().get();
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Code::kInternal);
}

}  // namespace
}  // namespace berth::portal

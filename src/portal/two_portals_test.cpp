// Portals keep nothing that the next one would miss: two of them on one database are as good as one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class TwoPortals : public PortalTest {
 protected:
  std::unique_ptr<Portal> other_ = site().start_portal();
};

TEST_F(TwoPortals, EventsOfOneReachTheStreamsOfTheOther) {
  const EventReader here(site().port(), site().ana.token);
  const EventReader there(other_->port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return here.opened() && there.opened(); }));
  auto client = Site::client(site().ana, other_->port());
  const auto booked = client.post("/api/v1/reservations", booking_body(site().fresh_day()));
  ASSERT_TRUE(eventually([&] { return !here.changes().empty() && !there.changes().empty(); }));
  EXPECT_EQ(string_at(here.changes().front().data, {"reservation"}), booked.id());
  EXPECT_EQ(here.changes().front().id, there.changes().front().id) << "one can resume at the other";
}

TEST_F(TwoPortals, AKeyThatIsUsedAtBothBooksOnce) {
  const auto body = booking_body(site().fresh_day());
  std::vector<Answer> answers(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] {
        auto client = Site::client(site().ana, i % 2 == 0 ? site().port() : other_->port());
        answers[i] = client.post("/api/v1/reservations", body, {{"Idempotency-Key", "both"}});
      });
    }
  }
  std::set<std::string> ids;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 201) << answer.body;
    ids.insert(answer.id());
  }
  EXPECT_EQ(ids.size(), 1U);
}

TEST_F(TwoPortals, ClientsOfBothNeverBookTheSameUnitTwice) {
  const auto day = site().fresh_day();
  std::vector<Answer> answers(12);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] {
        auto client =
            Site::client(i % 3 == 0 ? site().ben : site().ana, i % 2 == 0 ? site().port() : other_->port());
        answers[i] = client.post("/api/v1/reservations", booking_body(day));
      });
    }
  }
  EXPECT_EQ(std::count_if(answers.begin(), answers.end(),
                          [](const Answer& answer) { return answer.status == 201; }),
            4);
  for (const auto& answer : answers) {
    if (answer.status == 201) continue;
    EXPECT_EQ(answer.code(), "no_capacity") << answer.body;
    EXPECT_FALSE(answer.json.at("alternatives").as_array().empty());
  }
}

TEST_F(TwoPortals, WhoSignedInAtOneIsSignedInAtTheOther) {
  auto here = site().stranger();
  Client there(other_->port());
  const auto login = here.post("/api/v1/auth/login", {{"email", site().ben.email}, {"password", kPassword}});
  const auto cookie = login.header("Set-Cookie");
  const http::Headers signed_in{{"Cookie", cookie.substr(0, cookie.find(';'))},
                                {"X-CSRF-Token", string_at(login.json, {"csrf_token"})}};
  EXPECT_EQ(there.get("/api/v1/auth/me", signed_in).status, 200);
  EXPECT_EQ(there.send("POST", "/api/v1/auth/logout", {}, signed_in).status, 204);
  EXPECT_EQ(here.get("/api/v1/auth/me", signed_in).status, 401);
}

TEST_F(TwoPortals, OneGoesOnWhenTheOtherIsGone) {
  const EventReader reader(site().port(), site().ana.token);
  ASSERT_TRUE(eventually([&] { return reader.opened(); }));
  other_.reset();
  auto client = site().client(site().ana);
  EXPECT_EQ(client.post("/api/v1/reservations", booking_body(site().fresh_day())).status, 201);
  EXPECT_TRUE(eventually([&] { return !reader.changes().empty(); }));
}

}  // namespace
}  // namespace berth::portal

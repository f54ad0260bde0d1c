// Letting others into a workspace, and putting them out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class Guests : public PortalTest {
 protected:
  Guests() : ana_(site().client(site().ana)), ben_(site().client(site().ben)) {
    id_ = ana_.post("/api/v1/reservations", booking_body(site().fresh_day())).id();
    site().begin_session(id_);
    site().sql(fmt::format("UPDATE berth.session SET phase = 'Ready' WHERE reservation = '{}'", id_));
  }
  std::string path(const std::string& rest = "") const { return "/api/v1/reservations/" + id_ + rest; }
  Answer let_in(Client& who, const std::string& email) const {
    return who.post(path("/guests"), json::object{{"email", email}});
  }
  Answer put_out(Client& who, const Person& guest) const {
    return who.del(path("/guests/") + guest.id.value);
  }
  bool listed(Client& who) const {
    const auto list = who.get("/api/v1/reservations?limit=500");
    for (const auto& item : list.json.at("items").as_array()) {
      if (string_at(item, {"id"}) == id_) return true;
    }
    return false;
  }

  Client ana_, ben_;
  std::string id_;
};

TEST_F(Guests, SeeAndOpenWhatTheyWereLetIntoAndNothingElse) {
  EXPECT_EQ(ben_.get(path()).status, 404);
  EXPECT_FALSE(listed(ben_));
  const auto guest = let_in(ana_, site().ben.email);
  ASSERT_EQ(guest.status, 201) << guest.body;
  EXPECT_EQ(guest.id(), site().ben.id.value);

  const auto seen = ben_.get(path());
  ASSERT_EQ(seen.status, 200);
  EXPECT_EQ(seen.json.at("may"), json::value(json::array{"see", "open"}));
  EXPECT_TRUE(listed(ben_));
  EXPECT_EQ(ben_.get(path("/session")).json.at("endpoints").as_array().size(), 1U);
  EXPECT_EQ(ben_.post(path("/tickets"), json::object{}).status, 201);
  EXPECT_EQ(ben_.del(path()).status, 403);
  EXPECT_EQ(ben_.post(path("/extend"), json::object{{"minutes", 30}}).status, 403);
  EXPECT_EQ(let_in(ben_, site().tom.email).status, 403);
}

TEST_F(Guests, AreOutAtOnce) {
  let_in(ana_, site().ben.email);
  ASSERT_EQ(put_out(ana_, site().ben).status, 204);
  EXPECT_EQ(ben_.get(path()).status, 404);
  EXPECT_EQ(ben_.post(path("/tickets"), json::object{}).status, 404);
  EXPECT_FALSE(listed(ben_));
  EXPECT_EQ(put_out(ana_, site().ben).code(), "no_guest");
}

TEST_F(Guests, MayLeaveAndArePutOutByAnAdminWhoMayNotLetThemIn) {
  let_in(ana_, site().ben.email);
  EXPECT_EQ(put_out(ben_, site().ben).status, 204);
  auto admin = site().client(site().admin);
  EXPECT_EQ(let_in(admin, site().ben.email).status, 403);
  let_in(ana_, site().ben.email);
  EXPECT_EQ(put_out(admin, site().ben).status, 204);
}

TEST_F(Guests, AreNotPutOutByOneAnother) {
  let_in(ana_, site().ben.email);
  let_in(ana_, site().tom.email);
  EXPECT_EQ(put_out(ben_, site().tom).status, 403);
  const auto list = ben_.get(path("/guests")).json;
  ASSERT_EQ(list.at("items").as_array().size(), 2U);
  EXPECT_EQ(string_at(list.at("items").at(0), {"email"}), site().ben.email);
}

TEST_F(Guests, AreNamedOnceHoweverOftenAndInWhicheverCase) {
  let_in(ana_, site().ben.email);
  auto loud = site().ben.email;
  loud.front() = 'B';
  EXPECT_EQ(let_in(ana_, loud).status, 201);
  EXPECT_EQ(ana_.get(path("/guests")).json.at("items").as_array().size(), 1U);
  EXPECT_EQ(
      site().number(fmt::format(
          "SELECT count(*) AS x FROM berth.audit WHERE action = 'guest.created' AND object_id = '{}'", id_)),
      1);
}

TEST_F(Guests, WhoIsNobodyHereIsToldByTheField) {
  for (const auto& email : {std::string("nobody@example.org"), site().ana.email}) {
    const auto refused = let_in(ana_, email);
    EXPECT_EQ(refused.status, 422) << email;
    EXPECT_EQ(string_at(refused.fault("email"), {"value"}), email);
  }
  EXPECT_EQ(let_in(ana_, "x").status, 422);
}

TEST_F(Guests, WhatIsOverLetsNobodyInAndShowsNothing) {
  let_in(ana_, site().ben.email);
  site().sql(
      fmt::format("UPDATE berth.session SET phase = 'Gone', gone_at = now() WHERE reservation = '{}'", id_));
  site().sql(fmt::format(
      "UPDATE berth.reservation SET state = 'COMPLETED', version = version + 1 WHERE id = '{}'", id_));
  EXPECT_EQ(ben_.get(path()).status, 404);
  EXPECT_EQ(let_in(ana_, site().tom.email).code(), "reservation_over");
}

TEST_F(Guests, OfSomebodyElsesReservationAreNobodysBusiness) {
  EXPECT_EQ(ben_.get(path("/guests")).status, 404);
  EXPECT_EQ(let_in(ben_, site().ben.email).status, 404);
  EXPECT_EQ(put_out(ben_, site().ben).status, 404);
}

}  // namespace
}  // namespace berth::portal

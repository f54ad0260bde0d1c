// Bookings on units that are away: a portal moves what begins soon, and owners read of the rest.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/clock.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class LeavingAUnit : public PortalTest {
 protected:
  /// Of tomorrow at the latest, on a step.
  static Instant soon() {
    return std::chrono::floor<std::chrono::hours>(SystemClock().now()) + std::chrono::hours(3);
  }
  static json::value read(Client& client, const std::string& id) {
    return client.get("/api/v1/reservations/" + id).json;
  }
  static std::string unit_of(const json::value& reservation) {
    return std::string(reservation.at("unit_names").as_array().front().as_string());
  }
  void is_away(const std::string& unit) {
    site().sql(
        fmt::format("INSERT INTO berth.hold (unit, session, since, why) SELECT u.id, NULL, now(), 'It is "
                    "away.' FROM berth.unit u"
                    " JOIN berth.node n ON n.id = u.node JOIN berth.pool p ON p.id = n.pool"
                    " WHERE p.name = 'lab' AND u.name = '{}'",
                    unit));
  }
  template <typename Holds>
  static bool eventually(Holds&& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
};

TEST_F(LeavingAUnit, WhatBeginsSoonIsElsewhereAndWhatFindsNothingIsTold) {
  auto ana = site().client(site().ana);
  const auto one = ana.post("/api/v1/reservations", booking_body(soon(), 1, 1));
  ASSERT_EQ(one.status, 201) << one.body;
  const auto all = ana.post("/api/v1/reservations", booking_body(soon() + std::chrono::hours(2), 1, 4));
  ASSERT_EQ(all.status, 201) << all.body;
  const auto first = string_at(one.json, {"id"});
  const auto second = string_at(all.json, {"id"});
  EXPECT_EQ(read(ana, second).as_object().if_contains("warnings"), nullptr);
  const auto unit = unit_of(read(ana, first));
  is_away(unit);
  EXPECT_TRUE(eventually([&] { return unit_of(read(ana, first)) != unit; }));
  EXPECT_EQ(read(ana, first).as_object().if_contains("warnings"), nullptr);
  const auto warned = read(ana, second);
  EXPECT_EQ(warned.at("warnings").as_array().size(), 1U);
  const auto list = ana.get("/api/v1/reservations?mine=true&limit=500").json;
  int told = 0;
  for (const auto& item : list.at("items").as_array()) told += item.as_object().contains("warnings") ? 1 : 0;
  EXPECT_EQ(told, 1) << "in lists too";
  site().sql("UPDATE berth.hold SET released_at = now()");
  EXPECT_EQ(read(ana, second).as_object().if_contains("warnings"), nullptr) << "it heals by itself";
}

}  // namespace
}  // namespace berth::portal

// Kept homes as their owners see them: what is there before a booking, what becomes of it, and away with it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class OwnHomes : public PortalTest {
 protected:
  OwnHomes() { site().sql("UPDATE berth.pool SET policy = policy || '{\"keep_home_days\": 14}'"); }
  ~OwnHomes() override { site().sql("UPDATE berth.pool SET policy = policy - 'keep_home_days'"); }

  /// Of a reservation whose session is begun now; `with` further columns and their values.
  void keep(const std::string& id, const std::string& reservation, const std::string& columns = "",
            const std::string& values = "") {
    site().begin_session(reservation);
    site().sql(fmt::format(
        "INSERT INTO berth.home (id, cluster, pool, owner, volume, storage_class, size_gib, last_session,"
        " kept_at, kept_until{}) SELECT '{}', s.cluster, r.pool, r.owner, 'pvc-{}', 'fast', 20, s.id,"
        " now(), now() + interval '30 days'{} FROM berth.session s"
        " JOIN berth.reservation r ON r.id = s.reservation WHERE r.id = '{}'",
        columns, id, id, values, reservation));
  }
  static std::string id_of(int n) { return fmt::format("66666666-6666-4666-8666-66666666660{}", n); }
  std::string book(Client& client) {
    const auto answer = client.post("/api/v1/reservations", booking_body(site().fresh_day()));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return string_at(answer.json, {"id"});
  }
};

TEST_F(OwnHomes, AreToldBeforeABookingAndWithIt) {
  auto ana = site().client(site().ana);
  auto ben = site().client(site().ben);
  const auto first = book(ana);
  keep(id_of(1), first);
  const auto body = booking_body(site().fresh_day());
  const auto told = ana.post("/api/v1/reservations:check", json::object{{"create", body}});
  ASSERT_EQ(told.status, 200) << told.body;
  EXPECT_EQ(find_int(told.json, {"home", "files", "size_gib"}), 20) << told.body;
  EXPECT_EQ(string_at(told.json, {"home", "after"}), "kept");
  EXPECT_FALSE(string_at(told.json, {"home", "kept_until"}).empty());
  const auto others = ben.post("/api/v1/reservations:check", json::object{{"create", body}});
  EXPECT_TRUE(others.json.at("home").at("files").is_null()) << "another's";
  const auto again = book(ana);
  const auto read = ana.get("/api/v1/reservations/" + again);
  EXPECT_EQ(string_at(read.json, {"home", "after"}), "kept") << read.body;
  auto admin = site().client(site().admin);
  EXPECT_TRUE(admin.get("/api/v1/reservations/" + again).json.at("home").is_null())
      << "for their owner alone";
}

TEST_F(OwnHomes, OfOneThatWasEndedEarlyAreTheNextOnesFromThen) {
  const auto newcomer = site().add_person("hana", model::Role::kMember);  // with no booking of another test
  auto ana = site().client(newcomer);
  const auto first = book(ana);
  keep(id_of(4), first, ", session", ", s.id");
  const auto day = string_at(ana.get("/api/v1/reservations/" + first).json, {"start"});
  auto body = booking_body(site().fresh_day());
  body["start"] = format_rfc3339(*parse_rfc3339(day) - hours(4));
  const auto ask = [&] { return ana.post("/api/v1/reservations:check", json::object{{"create", body}}); };
  EXPECT_TRUE(ask().json.at("home").at("files").is_null()) << "that one has them then";
  site().sql("UPDATE berth.reservation SET end_requested_at = now() WHERE id = '" + first + "'");
  EXPECT_EQ(find_int(ask().json, {"home", "files", "size_gib"}), 20) << ask().body;
}

TEST_F(OwnHomes, ThatTheClusterLostAreToldForAWhile) {
  auto ana = site().client(site().ana);
  keep(id_of(5), book(ana));
  site().sql("UPDATE berth.home SET gone_at = now() WHERE id = '" + id_of(5) + "'");
  const auto state = [&]() -> std::string {
    const auto list = ana.get("/api/v1/homes");
    for (const auto& home : list.json.at("items").as_array())
      if (string_at(home, {"id"}) == id_of(5)) return string_at(home, {"state"});
    return "not told";
  };
  EXPECT_EQ(state(), "lost");
  EXPECT_EQ(ana.send("DELETE", "/api/v1/homes/" + id_of(5)).status, 404);
  site().sql("UPDATE berth.home SET gone_at = now() - interval '15 days' WHERE id = '" + id_of(5) + "'");
  EXPECT_EQ(state(), "not told");
  site().sql("UPDATE berth.home SET gone_at = now(), going_at = now() WHERE id = '" + id_of(5) + "'");
  EXPECT_EQ(state(), "not told") << "it was let go";
}

TEST_F(OwnHomes, AreDeletedByTheirOwnerAlone) {
  auto ana = site().client(site().ana);
  auto ben = site().client(site().ben);
  keep(id_of(2), book(ana));
  EXPECT_EQ(ben.send("DELETE", "/api/v1/homes/" + id_of(2)).status, 404);
  const auto asked = ana.send("DELETE", "/api/v1/homes/" + id_of(2));
  EXPECT_EQ(asked.status, 202) << asked.body;
  EXPECT_EQ(string_at(asked.json, {"state"}), "deleting");
  EXPECT_EQ(ana.send("DELETE", "/api/v1/homes/" + id_of(2)).status, 202) << "asked twice";
  const auto used = book(ana);
  keep(id_of(3), used, ", session", ", s.id");
  const auto refused = ana.send("DELETE", "/api/v1/homes/" + id_of(3));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(string_at(refused.json, {"code"}), "home_in_use");
}

}  // namespace
}  // namespace berth::portal

// Asking beforehand: what the check says is what the call then does, and the check itself leaves nothing
// behind.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

/// 60 characters in 120 bytes.
const std::string kLongInBytes = [] {
  std::string out;
  for (int i = 0; i < 60; ++i) out += "\u00e4";
  return out;
}();
constexpr std::string_view kCheck = "/api/v1/reservations:check";

class Check : public PortalTest {
 protected:
  Answer ask(Client& client, const json::object& question) {
    auto answer = client.post(std::string(kCheck), question);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer;
  }

  /// The call went as the check said: `about` is what was sent.
  static void expect_as_said(const json::value& said, const Answer& done, const std::string& about) {
    const bool went_well = done.status < 300;
    ASSERT_EQ(said.at("fits"), json::value(went_well)) << about << "\n" << done.body;
    if (!went_well) {
      auto problem = done.json.as_object();
      problem.erase("request_id");
      EXPECT_EQ(said.at("problem"), json::value(problem)) << about;
      return;
    }
    EXPECT_TRUE(said.at("problem").is_null()) << about;
    for (const auto& [name, value] : said.at("resolved").as_object()) {
      EXPECT_EQ(done.json.at(name), value) << about << ", " << std::string_view(name);
    }
    EXPECT_EQ(done.json.at("rate"), said.at("price").at("rate")) << about;
    const auto hours_long = std::chrono::duration<double, std::ratio<3600>>(time_at(done.json, "end") -
                                                                            time_at(done.json, "start"));
    EXPECT_DOUBLE_EQ(said.at("price").at("unit_hours").to_number<double>(),
                     hours_long.count() * done.json.at("units").to_number<double>())
        << about;
    EXPECT_NEAR(said.at("price").at("amount").to_number<double>(),
                said.at("price").at("rate").to_number<double>() *
                    said.at("price").at("unit_hours").to_number<double>(),
                1e-6)
        << about;
  }

  Client ana_ = site().client(site().ana);
  Client ben_ = site().client(site().ben);
  std::mt19937 chance_{20261129};

  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(chance_); }
  bool one_in(int many) { return number(1, many) == 1; }

  /// A window of a busy day, mostly on steps and mostly allowed.
  void add_window(json::object& body, Instant day) {
    const auto start =
        day + minutes(one_in(12) ? number(1, 400) : 30 * number(0, 12)) - hours(one_in(15) ? 240 : 0);
    body["start"] = format_rfc3339(start);
    if (one_in(4)) {
      body["duration_minutes"] = one_in(4) ? number(-5, 4000) : 30 * number(1, 8);
    } else {
      body["end"] = format_rfc3339(start + minutes(one_in(12) ? number(-100, 3000) : 30 * number(1, 8)));
    }
  }
  void add_shape(json::object& body) {
    if (one_in(3)) body["memory_gib"] = one_in(5) ? number(-1, 2000) : number(20, 400);
    if (one_in(5)) body["cpu"] = one_in(4) ? 12.3456 : 1.5 * number(1, 90);
    if (one_in(8)) body["storage_gib"] = number(1, 3000);
    if (one_in(4)) body["mode"] = "inference_containers";
    if (one_in(6)) body["name"] = one_in(3) ? kLongInBytes : "named";
  }
};

TEST_F(Check, SaysWhatBookingChangingAndExtendingThenDo) {
  const auto day = site().fresh_day();
  std::vector<json::object> mine;
  std::map<std::string, int> outcomes;
  for (int round = 0; round < 120; ++round) {
    const int kind = mine.empty() ? 0 : number(0, 3);
    if (kind <= 1) {
      json::object body{{"pool", one_in(25) ? "nowhere" : "lab"},
                        {"device_class", one_in(25)  ? "slice-1gb"
                                         : one_in(5) ? "whole-96gb"
                                                     : "slice-24gb"},
                        {"units", one_in(12) ? number(-1, 6) : number(1, 2)}};
      add_window(body, day);
      add_shape(body);
      if (one_in(8)) body["team"] = one_in(2) ? "vision" : "no team of mine";
      const auto said = ask(ana_, {{"create", body}});
      const auto done = ana_.post("/api/v1/reservations", body);
      expect_as_said(said.json, done, json::serialize(body));
      outcomes["create " + std::to_string(done.status)] += 1;
      if (done.status == 201) mine.push_back(done.json.as_object());
      continue;
    }
    auto& one = mine[static_cast<std::size_t>(number(0, static_cast<int>(mine.size()) - 1))];
    const auto id = string_at(json::value(one), {"id"});
    const auto target = "/api/v1/reservations/" + id;
    json::object body;
    if (one_in(8)) body["version"] = 99;
    if (kind == 2) {
      if (!body.contains("version")) body["version"] = one.at("version");
      if (one_in(2)) add_window(body, day);
      if (one_in(4)) body["units"] = number(1, 4);
      if (one_in(6)) body["device_class"] = one_in(2) ? "whole-96gb" : "slice-24gb";
      add_shape(body);
    } else {
      if (one_in(2)) {
        body["minutes"] = one_in(6) ? number(-1, 3000) : 30 * number(1, 6);
      } else {
        body["end"] = format_rfc3339(day + minutes(one_in(6) ? number(0, 900) : 30 * number(1, 20)));
      }
    }
    const auto said = ask(ana_, {{"reservation", id}, {kind == 2 ? "edit" : "extend", body}});
    const auto done = kind == 2 ? ana_.patch(target, body) : ana_.post(target + "/extend", body);
    expect_as_said(said.json, done, json::serialize(body));
    outcomes[(kind == 2 ? "edit " : "extend ") + std::to_string(done.status)] += 1;
    if (done.status == 200) one = done.json.as_object();
    if (one_in(20)) {
      ana_.del(target);
      outcomes["over"] += 1;
    }
  }
  for (const auto* outcome : {"create 201", "create 409", "create 422", "edit 200", "edit 409", "edit 422",
                              "extend 200", "extend 409", "extend 422"}) {
    EXPECT_GT(outcomes[outcome], 0) << outcome << " never happened: the rounds prove nothing about it";
  }
}

TEST_F(Check, OfWhatHasBegunSaysWhatTheCallsDo) {
  const auto day = site().fresh_day();
  const auto id = ana_.post("/api/v1/reservations", booking_body(day, 2)).id();
  site().begin_session(id);
  ben_.post("/api/v1/reservations", booking_body(day + hours(3), 2, 4));
  const auto target = "/api/v1/reservations/" + id;
  for (const json::object& body : {json::object{{"minutes", 30}}, json::object{{"minutes", 60}},
                                   json::object{{"end", format_rfc3339(day + hours(6))}}}) {
    const auto said = ask(ana_, {{"reservation", id}, {"extend", body}}).json;
    expect_as_said(said, ana_.post(target + "/extend", body), json::serialize(body));
  }
  const auto version = ana_.get(target).json.at("version");
  for (const json::object& body : {json::object{{"version", version}, {"units", 2}},
                                   json::object{{"version", version}, {"name", "while it runs"}}}) {
    const auto said = ask(ana_, {{"reservation", id}, {"edit", body}}).json;
    expect_as_said(said, ana_.patch(target, body), json::serialize(body));
  }
}

TEST_F(Check, TellsHowFarTheEndCouldMoveAndWhatStandsThere) {
  const auto day = site().fresh_day();
  ben_.post("/api/v1/reservations", booking_body(day + hours(5), 2, 4));
  const auto body = booking_body(day, 2);
  const auto said = ask(ana_, {{"create", body}}).json.at("furthest");
  EXPECT_EQ(time_at(said, "end"), day + hours(5));
  EXPECT_EQ(string_at(said, {"limited_by"}), "capacity");
  EXPECT_EQ(said.at("limiting"),
            (json::value{
                {"resource", "units"}, {"needed", 1}, {"free", 0}, {"at", format_rfc3339(day + hours(5))}}));
  // Longer than fits: the furthest is the shorter booking that does.
  auto longer = body;
  longer["end"] = format_rfc3339(day + hours(6));
  longer.erase("duration_minutes");
  const auto refused = ask(ana_, {{"create", longer}}).json;
  EXPECT_EQ(refused.at("fits"), json::value(false));
  EXPECT_EQ(time_at(refused.at("furthest"), "end"), day + hours(5));

  const auto id = ana_.post("/api/v1/reservations", body).id();
  const json::object least{{"reservation", id}, {"extend", {{"minutes", 1}}}};
  EXPECT_EQ(time_at(ask(ana_, least).json.at("furthest"), "end"), day + hours(5));
  EXPECT_EQ(
      ana_.post("/api/v1/reservations/" + id + "/extend", {{"end", format_rfc3339(day + hours(5))}}).status,
      200);
  const auto none = ask(ana_, least).json;
  EXPECT_EQ(none.at("fits"), json::value(false));
  EXPECT_EQ(time_at(none.at("furthest"), "end"), day + hours(5)) << "as far as it goes already";
}

TEST_F(Check, TellsTheRuleThatEndsABooking) {
  const auto day = site().fresh_day();
  auto body = booking_body(day, 1, 1, "whole-96gb");
  const auto said = ask(ana_, {{"create", body}}).json.at("furthest");
  EXPECT_EQ(string_at(said, {"limited_by"}), "rules");
  EXPECT_TRUE(string_at(said, {"message"}).starts_with("Longest booking here: ")) << said;
  body["end"] = string_at(said, {"end"});
  body.erase("duration_minutes");
  EXPECT_EQ(ask(ana_, {{"create", body}}).json.at("fits"), json::value(true));
  body["end"] = format_rfc3339(time_at(said, "end") + minutes(30));
  const auto beyond = ask(ana_, {{"create", body}}).json;
  EXPECT_EQ(beyond.at("problem").at("errors").at(0).at("message"), said.at("message"));
  EXPECT_TRUE(beyond.at("furthest").is_null());
}

TEST_F(Check, TellsWhatAChangeCosts) {
  const auto day = site().fresh_day();
  const auto booked = ana_.post("/api/v1/reservations", booking_body(day, 2));
  const auto rate = booked.json.at("rate").to_number<double>();
  const auto price =
      ask(ana_, {{"reservation", booked.id()}, {"extend", {{"minutes", 90}}}}).json.at("price");
  EXPECT_NEAR(price.at("amount").to_number<double>(), rate * 3.5, 1e-9);
  EXPECT_NEAR(price.at("change").to_number<double>(), rate * 1.5, 1e-9);
  EXPECT_TRUE(ask(ana_, {{"create", booking_body(day, 2)}}).json.at("price").at("change").is_null());
}

TEST_F(Check, WritesNothing) {
  const auto day = site().fresh_day();
  const auto id = ana_.post("/api/v1/reservations", booking_body(day, 2)).id();
  const auto rows = [&] {
    return site().text(
        "SELECT concat_ws(' ', (SELECT count(*) FROM berth.reservation), (SELECT count(*) FROM "
        "berth.reservation_unit),"
        " (SELECT count(*) FROM berth.audit), (SELECT count(*) FROM berth.event),"
        " (SELECT count(*) FROM berth.idempotency), (SELECT sum(version) FROM berth.reservation)) AS x");
  };
  const auto before = rows();
  ask(ana_, {{"create", booking_body(day, 2, 2)}});
  ask(ana_, {{"create", booking_body(day, 2, 4)}});
  ask(ana_, {{"reservation", id}, {"edit", {{"version", 1}, {"units", 2}}}});
  ask(ana_, {{"reservation", id}, {"extend", {{"minutes", 30}}}});
  EXPECT_EQ(rows(), before);
}

TEST_F(Check, IsRefusedItselfWhereTheQuestionIsNoneOrNotOnesOwn) {
  const auto day = site().fresh_day();
  const auto id = ana_.post("/api/v1/reservations",
                            [&] {
                              auto body = booking_body(day);
                              body["team"] = "vision";
                              return body;
                            }())
                      .id();
  const json::object edit{{"version", 1}, {"name", "x"}};
  const auto code = [&](Client& client, const json::object& question) {
    const auto answer = client.post(std::string(kCheck), question);
    return fmt::format(
        "{} {}", answer.status,
        answer.status == 422 ? string_at(answer.json.at("errors").at(0), {"field"}) : answer.code());
  };
  const json::object create = booking_body(day);
  auto tom = site().client(site().tom);
  auto lead = site().client(site().lead);
  EXPECT_EQ(code(ana_, {}), "422 create");
  EXPECT_EQ(code(ana_, {{"create", create}, {"edit", edit}}), "422 edit");
  EXPECT_EQ(code(ana_, {{"create", create}, {"reservation", id}}), "422 reservation");
  EXPECT_EQ(code(ana_, {{"edit", edit}}), "422 reservation");
  EXPECT_EQ(code(ana_, {{"reservation", id}, {"edit", {{"version", "one"}}}}), "422 edit.version");
  EXPECT_EQ(code(ana_, {{"create", create}, {"now", true}}), "422 now");
  EXPECT_EQ(code(ben_, {{"reservation", id}, {"edit", edit}}), "404 reservation_not_found");
  EXPECT_EQ(code(tom, {{"reservation", id}, {"edit", edit}}), "403 not_allowed");
  EXPECT_EQ(code(lead, {{"reservation", id}, {"extend", {{"minutes", 30}}}}), "403 not_allowed");
}

}  // namespace
}  // namespace berth::portal

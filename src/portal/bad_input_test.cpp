// What is wrong is answered with the right status, and with the field, its value and the limit it broke;
// nothing of it hurts the server.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

class BadInput : public PortalTest {
 protected:
  void TearDown() override {
    auto client = site().client(site().ana);
    EXPECT_EQ(client.get("/api/v1/pools").status, 200) << "the server still answers";
  }

  Answer post_raw(const std::string& body, const http::Headers& headers = {}) {
    auto client = site().client(site().ana);
    return client.send("POST", "/api/v1/reservations", body, headers);
  }
};

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

/// A wrong booking, and what is said about it. Empty `limit`: some limit is named.
struct Case {
  std::string_view what;
  void (*spoil)(json::object& body);
  std::string_view field;
  std::string_view value;
  std::string_view limit;
};

const Case kBookings[] = {
    {"unknown pool", [](json::object& b) { b["pool"] = "nowhere"; }, "pool", "nowhere",
     "a pool of this installation"},
    {"a pool of no length", [](json::object& b) { b["pool"] = ""; }, "pool", "", ""},
    {"unknown class", [](json::object& b) { b["device_class"] = "tpu"; }, "device_class", "tpu",
     "whole-96gb, slice-24gb"},
    {"3 units of a class with 2",
     [](json::object& b) {
       b["pool"] = "pair";
       b["units"] = 3;
     },
     "units", "3", "2"},
    {"1e9 units", [](json::object& b) { b["units"] = 1'000'000'000; }, "units", "1000000000", "4"},
    {"more units than fit a number", [](json::object& b) { b["units"] = 10'000'000'000; }, "units",
     "10000000000", "1 to 2147483647"},
    {"1e30 units", [](json::object& b) { b["units"] = 1e30; }, "units", "1e+30", "a whole number"},
    {"1.5 units", [](json::object& b) { b["units"] = 1.5; }, "units", "1.5", "a whole number"},
    {"units as text", [](json::object& b) { b["units"] = "2"; }, "units", "2", "a whole number"},
    {"no units", [](json::object& b) { b["units"] = 0; }, "units", "0", "1 to 2147483647"},
    {"negative units", [](json::object& b) { b["units"] = -1; }, "units", "-1", "1 to 2147483647"},
    {"units missing", [](json::object& b) { b.erase("units"); }, "units", "", "required"},
    {"units null", [](json::object& b) { b["units"] = nullptr; }, "units", "null", "a whole number"},
    {"end before start", [](json::object& b) { b["end"] = "2026-01-01T00:00:00Z"; }, "end",
     "2026-01-01T00:00:00Z", ""},
    {"end at start", [](json::object& b) { b["end"] = b["start"]; }, "end", "", ""},
    {"start in the past", [](json::object& b) { b["start"] = "2020-01-01T00:00:00Z"; }, "start",
     "2020-01-01T00:00:00Z", ""},
    {"start not a time", [](json::object& b) { b["start"] = "tomorrow"; }, "start", "tomorrow",
     "RFC 3339 or now"},
    {"start without a zone", [](json::object& b) { b["start"] = "2027-01-01T00:00:00"; }, "start",
     "2027-01-01T00:00:00", "RFC 3339 or now"},
    {"end not a time", [](json::object& b) { b["end"] = "now"; }, "end", "now", "RFC 3339"},
    {"both end and duration", [](json::object& b) { b["duration_minutes"] = 60; }, "duration_minutes", "60",
     "exactly one of end and duration_minutes"},
    {"neither end nor duration", [](json::object& b) { b.erase("end"); }, "end", "",
     "exactly one of end and duration_minutes"},
    {"a duration of nothing",
     [](json::object& b) {
       b.erase("end");
       b["duration_minutes"] = 0;
     },
     "duration_minutes", "0", ""},
    {"a duration for ever",
     [](json::object& b) {
       b.erase("end");
       b["duration_minutes"] = 1'000'000'000'000;
     },
     "duration_minutes", "1000000000000", ""},
    {"a duration beyond the pool's",
     [](json::object& b) {
       b.erase("end");
       b["duration_minutes"] = 30'000;
     },
     "duration_minutes", "30000", "10080"},
    {"cpu below nothing", [](json::object& b) { b["cpu"] = -1; }, "cpu", "-1", ""},
    {"cpu finer than thousandths", [](json::object& b) { b["cpu"] = 1.0005; }, "cpu", "1.0005", ""},
    {"cpu beyond the node", [](json::object& b) { b["cpu"] = 1'000; }, "cpu", "1000", "122"},
    {"cpu beyond everything", [](json::object& b) { b["cpu"] = 1e300; }, "cpu", "1e+300", ""},
    {"memory beyond the node", [](json::object& b) { b["memory_gib"] = 5'000; }, "memory_gib", "5000", "740"},
    {"memory with a fraction", [](json::object& b) { b["memory_gib"] = 1.5; }, "memory_gib", "1.5",
     "a whole number"},
    {"storage below the session's own", [](json::object& b) { b["storage_gib"] = 100; }, "storage_gib", "100",
     "320"},
    {"unknown mode", [](json::object& b) { b["mode"] = "batch"; }, "mode", "batch",
     "one of interactive_ml, inference_containers"},
    {"a line break in the name", [](json::object& b) { b["name"] = "a\nb"; }, "name", "a?b",
     "no control characters"},
    {"a zero byte in the name", [](json::object& b) { b["name"] = std::string("a\0b", 3); }, "name", "",
     "no character U+0000"},
    {"a name too long", [](json::object& b) { b["name"] = std::string(101, 'x'); }, "name",
     std::string_view(), ""},
    {"a name too long in characters", [](json::object& b) { b["name"] = repeated("\xc3\xa4", 101); }, "name",
     std::string_view(), ""},
    {"someone else's team", [](json::object& b) { b["team"] = "sound"; }, "team", "sound",
     "one of one's own teams"},
    {"unknown field", [](json::object& b) { b["colour"] = "blue"; }, "colour", "", "no such field"},
    {"a capacity number of the client's", [](json::object& b) { b["free"] = 4; }, "free", "",
     "no such field"},
};

TEST_F(BadInput, OfABookingNamesFieldValueAndLimit) {
  auto client = site().client(site().ana);
  const auto day = site().fresh_day();
  for (const auto& one : kBookings) {
    auto body = booking_body(day);
    one.spoil(body);
    const auto answer = client.post("/api/v1/reservations", body);
    EXPECT_EQ(answer.status, 422) << one.what << ": " << answer.body;
    EXPECT_FALSE(answer.code().empty()) << one.what;
    const auto fault = answer.fault(one.field);
    ASSERT_TRUE(fault.is_object()) << one.what << ": " << answer.body;
    if (!one.value.empty()) {
      EXPECT_EQ(string_at(fault, {"value"}), one.value) << one.what;
    }
    if (one.limit.empty()) {
      EXPECT_FALSE(string_at(fault, {"limit"}).empty()) << one.what;
    } else {
      EXPECT_EQ(string_at(fault, {"limit"}), one.limit) << one.what;
    }
    EXPECT_FALSE(string_at(fault, {"message"}).empty()) << one.what;
  }
  EXPECT_EQ(client.get("/api/v1/reservations").json.at("items").as_array().size(), 0U)
      << "none of it was booked";
}

TEST_F(BadInput, SeveralFaultsAreToldAtOnce) {
  auto client = site().client(site().ana);
  const auto answer = client.post("/api/v1/reservations", {{"pool", "lab"},
                                                           {"device_class", "tpu"},
                                                           {"units", 1},
                                                           {"start", "2020-01-01T00:00:00Z"},
                                                           {"duration_minutes", 60}});
  EXPECT_TRUE(answer.fault("device_class").is_object()) << answer.body;
  EXPECT_TRUE(answer.fault("start").is_object()) << answer.body;
}

TEST_F(BadInput, BodiesThatAreNoJsonAreMalformed) {
  const auto valid = json::serialize(booking_body(site().fresh_day()));
  const std::string deep(100'000, '[');
  struct Broken {
    std::string_view what;
    std::string body;
  };
  const Broken bodies[] = {{"nothing", ""},
                           {"broken off", valid.substr(0, valid.size() - 1)},
                           {"two values", valid + valid},
                           {"a comment", "{/* */}"},
                           {"nested 100,000 deep", deep + std::string(100'000, ']')},
                           {"nested 100,000 deep, in objects",
                            [] {
                              std::string text;
                              for (int i = 0; i < 100'000; ++i) text += "{\"a\":";
                              return text;
                            }()},
                           {"not UTF-8", R"({"name": ")"
                                         "\xc3\x28"
                                         R"("})"},
                           {"half a surrogate pair", R"({"name": "\ud800"})"},
                           {"a bare control character", "{\"name\": \"a\nb\"}"},
                           {"not a number", R"({"units": NaN})"}};
  for (const auto& one : bodies) {
    const auto answer = post_raw(one.body);
    EXPECT_EQ(answer.status, 400) << one.what << ": " << answer.body.substr(0, 300);
    EXPECT_EQ(answer.code(), "malformed_json") << one.what;
    EXPECT_EQ(string_at(answer.fault("body"), {"limit"}), "one JSON value, nested at most 32 levels deep")
        << one.what;
  }
}

TEST_F(BadInput, AFieldThatIsGivenTwiceIsRefused) {
  auto body = json::serialize(booking_body(site().fresh_day()));
  body.insert(body.size() - 1, R"(,"units":4)");
  const auto answer = post_raw(body);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "duplicate_field");
  EXPECT_TRUE(answer.fault("units").is_object());
}

TEST_F(BadInput, OnlyJsonIsTaken) {
  const auto body = json::serialize(booking_body(site().fresh_day()));
  for (const std::string type :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""}) {
    const auto answer = post_raw(body, {{"Content-Type", type}});
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(answer.code(), "unsupported_media_type");
    EXPECT_EQ(string_at(answer.fault("Content-Type"), {"limit"}), "application/json");
  }
  EXPECT_EQ(post_raw(body, {{"Content-Type", "Application/JSON; charset=utf-8"}}).status, 201);
}

TEST_F(BadInput, ABodyOf100MbIsRefusedUnread) {
  const auto answer = post_raw(std::string(100'000'000, ' '));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.code(), "too_large");
  EXPECT_EQ(string_at(answer.fault("body"), {"limit"}), "1048576 bytes");
}

TEST_F(BadInput, TenThousandHeadersAreRefused) {
  http::Headers headers;
  for (int i = 0; i < 10'000; ++i) headers.emplace_back(fmt::format("X-{}", i), "x");
  auto client = site().stranger();
  const auto answer = client.get("/api/v1/pools", headers);
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(string_at(answer.fault("headers"), {"limit"}), "100 headers, 16384 bytes");
}

TEST_F(BadInput, ALongTargetIsRefused) {
  auto client = site().stranger();
  const auto answer = client.get("/api/v1/pools?x=" + std::string(9'000, 'x'));
  EXPECT_EQ(answer.status, 414);
  EXPECT_EQ(string_at(answer.fault("target"), {"limit"}), "8192 bytes");
}

TEST_F(BadInput, OfAQueryNamesTheParameter) {
  struct Query {
    std::string target;
    std::string_view field;
  };
  const Query queries[] = {
      {"/availability?from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z", "pool"},
      {"/availability?pool=nowhere&from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z", "pool"},
      {"/availability?pool=lab&from=monday&to=2027-01-02T00:00:00Z", "from"},
      {"/availability?pool=lab&from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", "to"},
      {"/availability?pool=lab&from=2027-01-01T00:00:00Z&to=2029-01-01T00:00:00Z", "to"},
      {"/calendar?pool=lab&from=2027-01-01T00:00:00Z&to=2029-01-01T00:00:00Z", "to"},
      {"/calendar?pool=lab&from=2027-01-01T00:00:00Z", "to"},
      {"/reservations?limit=501", "limit"},
      {"/reservations?limit=0", "limit"},
      {"/reservations?limit=abc", "limit"},
      {"/reservations?limit=-1", "limit"},
      {"/reservations?cursor=abc", "cursor"},
      {"/reservations?cursor=" + std::string(5'000, 'a'), "cursor"},
      {"/reservations?state=NOPE", "state"},
      {"/reservations?state=" + std::string(8'000, 'A'), "state"},
      {"/reservations?mine=yes", "mine"},
      {"/reservations?colour=blue", "colour"},
      {"/reservations?pool=lab&pool=pair", "pool"},
  };
  auto client = site().client(site().ana);
  for (const auto& one : queries) {
    const auto answer = client.get("/api/v1" + one.target);
    EXPECT_EQ(answer.status, 422) << one.target << ": " << answer.body;
    EXPECT_TRUE(answer.fault(one.field).is_object()) << one.target << ": " << answer.body;
    EXPECT_FALSE(string_at(answer.fault(one.field), {"limit"}).empty()) << one.target << ": " << answer.body;
  }
}

TEST_F(BadInput, WhatIsShownBackIsShortAndWholeCharacters) {
  auto client = site().client(site().ana);
  std::string wide = "x";
  for (int i = 0; i < 200; ++i) wide += "%C3%A4";
  const auto range = client.get("/api/v1/availability?pool=" + wide + "&from=" + wide + "&to=" + wide);
  EXPECT_EQ(range.status, 422) << range.body;
  EXPECT_TRUE(range.json.is_object()) << "not UTF-8, so no JSON: " << range.body;

  auto body = booking_body(site().fresh_day());
  std::string text = "x";
  for (int i = 0; i < 100'000; ++i) text += "\xc3\xa4";
  body["start"] = text;
  const auto booking = client.post("/api/v1/reservations", body);
  EXPECT_EQ(booking.status, 422);
  EXPECT_TRUE(booking.json.is_object());
  EXPECT_LT(booking.body.size(), 2'000U);
}

TEST_F(BadInput, TargetsThatAreNoTextAreMalformed) {
  auto client = site().client(site().ana);
  for (const std::string target :
       {"/api/v1/reservations?pool=%00", "/api/v1/reservations?pool=%ff", "/api/v1/%zz",
        "/api/v1/reservations/..%2f..%2fhealthz", "/api/v1/../healthz"}) {
    EXPECT_EQ(client.get(target).status, 400) << target;
  }
}

TEST_F(BadInput, AnIdThatIsNoneIsNotFound) {
  auto client = site().client(site().ana);
  for (const std::string id : {"1", "x", "00000000-0000-4000-8000-00000000000g", "%27%20OR%201=1--"}) {
    EXPECT_EQ(client.get("/api/v1/reservations/" + id).status, 404) << id;
    EXPECT_EQ(client.del("/api/v1/reservations/" + id).status, 404) << id;
    EXPECT_EQ(client.get("/api/v1/reservations/" + id + "/session").status, 404) << id;
  }
}

TEST_F(BadInput, OfAnIdempotencyKeyNamesTheHeader) {
  const auto body = json::serialize(booking_body(site().fresh_day()));
  for (const std::string& key :
       {std::string(201, 'k'), std::string("two words"), std::string("k\xc3\xa4se")}) {
    const auto answer = post_raw(body, {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 422) << key;
    EXPECT_EQ(string_at(answer.fault("Idempotency-Key"), {"limit"}), "1 to 200 visible ASCII characters");
    EXPECT_TRUE(parse_json(answer.body).has_value()) << "what is shown back of it is text";
  }
}

TEST_F(BadInput, OfAnEditNamesFieldValueAndLimit) {
  auto client = site().client(site().ana);
  const auto target =
      "/api/v1/reservations/" + client.post("/api/v1/reservations", booking_body(site().fresh_day())).id();
  struct Edit {
    json::object body;
    std::string_view field;
  };
  const Edit edits[] = {
      {{{"name", "x"}}, "version"},
      {{{"version", "1"}}, "version"},
      {{{"version", 0}}, "version"},
      {{{"version", 1}, {"pool", "pair"}}, "pool"},
      {{{"version", 1}, {"units", 5}}, "units"},
      {{{"version", 1}, {"end", "2020-01-01T00:00:00Z"}}, "end"},
      {{{"version", 1}, {"end", "2027-01-01T00:00:00Z"}, {"duration_minutes", 60}}, "duration_minutes"},
      {{{"version", 1}, {"owner", "ben"}}, "owner"}};
  for (const auto& one : edits) {
    const auto answer = client.patch(target, one.body);
    EXPECT_EQ(answer.status, 422) << json::serialize(one.body) << ": " << answer.body;
    EXPECT_TRUE(answer.fault(one.field).is_object()) << json::serialize(one.body) << ": " << answer.body;
  }
  for (const json::object& body :
       {json::object{}, json::object{{"minutes", 30}, {"end", "2027-01-01T00:00:00Z"}},
        json::object{{"minutes", -30}}, json::object{{"minutes", 1e9}}}) {
    EXPECT_EQ(client.post(target + "/extend", body).status, 422) << json::serialize(body);
  }
  EXPECT_EQ(client.get(target).json.at("version"), json::value(1)) << "nothing of it was done";
}

}  // namespace
}  // namespace berth::portal

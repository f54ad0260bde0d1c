// A pool file through the portal.
#include <gmock/gmock.h>

#include "poolfile/poolfile.hpp"
#include "portal/fixture.hpp"
#include "portal/own_cluster.hpp"
#include "store/clusters.hpp"
#include "store/pools.hpp"

namespace berth::portal {
namespace {

using testing::HasSubstr;

class ApplyFile : public PortalTest {
 protected:
  Answer declare(const json::array& documents) {
    return admin_.post("/api/v1/apply", json::object{{"documents", documents}});
  }
  json::object stored_pool() { return poolfile::to_json(must(store::load_pool(connection_, "pair"))); }
  json::object stored_cluster() {
    return poolfile::to_json(must(store::load_cluster(connection_, "default")).value());
  }

  Client admin_ = site().client(site().admin);
  pg::Connection connection_ = site().database.connect();
};

TEST_F(ApplyFile, ClusterAndPoolAreDeclaredTogetherAndChangesAreTold) {
  auto east = stored_cluster();
  east["name"] = "east";
  east["workspace_image"] = "berth/workspace:7";
  auto pool = stored_pool();
  pool["name"] = "there";
  pool["cluster"] = "east";
  pool["time_zone"] = "Asia/Tokyo";
  pool["device_classes"].at(0).as_object()["home_gib"] = 40;
  const auto made = declare({pool, east});
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json.at("items").at(0), (json::value{{"kind", "Cluster"},
                                                      {"name", "east"},
                                                      {"changed", true},
                                                      {"changes", json::array{"Cluster east is new."}}}));
  EXPECT_EQ(made.json.at("items").at(1).at("changes").at(0), json::value("Pool there is new."));

  const auto pools = site().client(site().ana).get("/api/v1/pools").json.at("items").as_array();
  const auto there = std::find_if(pools.begin(), pools.end(),
                                  [](const json::value& one) { return string_at(one, {"name"}) == "there"; });
  ASSERT_NE(there, pools.end());
  EXPECT_EQ(string_at(*there, {"cluster"}), "east");
  EXPECT_EQ(string_at(*there, {"time_zone"}), "Asia/Tokyo");
  EXPECT_EQ(there->at("device_classes").at(0).at("home_gib"), json::value(40));
  EXPECT_EQ(there->at("device_classes").at(0).at("model_cache_gib"), json::value(300));

  east["workspace_image"] = "berth/workspace:8";
  EXPECT_EQ(
      declare({east}).json.at("items").at(0).at("changes"),
      (json::array{"Cluster east: workspace_image was \"berth/workspace:7\", is \"berth/workspace:8\"."}));
  EXPECT_EQ(declare({east, pool}).json.at("items").at(1).at("changed"), json::value(false));
}

TEST_F(ApplyFile, AFileOfTheOldFormIsShownTheNewOne) {
  auto pool = stored_pool();
  pool["site"] = json::object{{"flavour", "openshift"}, {"apps_domain", "apps.lab.example"}};
  for (const auto& refused :
       {declare({pool}), admin_.send("PUT", "/api/v1/pools/pair", json::serialize(pool))}) {
    ASSERT_EQ(refused.status, 422) << refused.body;
    EXPECT_THAT(string_at(refused.json.at("errors").at(0), {"field"}), "site");
    EXPECT_THAT(
        string_at(refused.json.at("errors").at(0), {"message"}),
        HasSubstr("\n---\napiVersion: berth.dev/v1\nkind: Cluster\nname: default\nflavour: openshift\n"
                  "apps_domain: apps.lab.example\n"));
    EXPECT_EQ(string_at(refused.json, {"detail"}).find('\n'), std::string::npos);
  }
}

TEST_F(ApplyFile, FaultsSayInWhichDocumentAndWhichClusterIsMissing) {
  auto pool = stored_pool();
  pool["currency"] = "euro";
  const auto faulty = declare({stored_cluster(), pool});
  ASSERT_EQ(faulty.status, 422) << faulty.body;
  EXPECT_EQ(string_at(faulty.json.at("errors").at(0), {"field"}), "documents[1].currency");

  pool = stored_pool();
  pool["cluster"] = "nowhere";
  for (const auto& missing :
       {declare({pool}), admin_.send("PUT", "/api/v1/pools/pair", json::serialize(pool))}) {
    ASSERT_EQ(missing.status, 422) << missing.body;
    EXPECT_EQ(string_at(missing.json.at("errors").at(0), {"field"}), "cluster");
    EXPECT_EQ(string_at(missing.json.at("errors").at(0), {"value"}), "nowhere");
    EXPECT_THAT(string_at(missing.json.at("errors").at(0), {"limit"}), HasSubstr("default"));
  }
  EXPECT_EQ(declare({"text"}).status, 422);
  EXPECT_EQ(declare(json::array(65, stored_cluster())).status, 422);
}

TEST_F(ApplyFile, WhatIsDeclaredIsGivenAsAFileThatChangesNothing) {
  auto pool = stored_pool();
  pool["annual_cost"] = {{"amount", "12345.67"}, {"currency", "EUR"}};
  ASSERT_EQ(declare({pool}).status, 200);
  const auto given = admin_.get("/api/v1/pools/pair");
  ASSERT_EQ(given.status, 200) << given.body;
  const auto& documents = given.json.at("documents").as_array();
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(string_at(documents.front(), {"kind"}), "Cluster");
  EXPECT_EQ(documents.back(), json::value(stored_pool()));
  const auto again = declare(documents);
  ASSERT_EQ(again.status, 200) << again.body;
  for (const auto& item : again.json.at("items").as_array())
    EXPECT_EQ(item.at("changed"), json::value(false));
  EXPECT_EQ(site().client(site().ana).get("/api/v1/pools/pair").status, 403)
      << "addresses and costs are not for all";
}

TEST_F(ApplyFile, ADryRunAnswersTheSameAndChangesNothing) {
  const auto before = stored_pool();
  auto pool = before;
  pool["time_zone"] = "Asia/Tokyo";
  auto fresh = before;
  fresh["name"] = "fresh";
  for (const char* name : {"name", "kubernetes_name"}) fresh["nodes"].at(0).as_object()[name] = "fresh-1";
  const auto tried =
      admin_.post("/api/v1/apply", json::object{{"documents", {pool, fresh}}, {"dry_run", true}});
  ASSERT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(stored_pool(), before);
  EXPECT_FALSE(store::load_pool(connection_, "fresh").has_value());
  const auto done = declare({pool, fresh});
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(tried.json.at("items"), done.json.at("items"));
  EXPECT_EQ(string_at(stored_pool(), {"time_zone"}), "Asia/Tokyo");
  EXPECT_EQ(
      admin_
          .post("/api/v1/apply",
                json::object{{"documents", json::array{json::object{{"kind", "Pool"}}}}, {"dry_run", true}})
          .status,
      422);
}

/// A pool of its own, "closing", with two slices on one node, and a booking of one of them.
class ClosingUnits : public ApplyFile {
 protected:
  void SetUp() override {
    pool_ = stored_pool();
    pool_["name"] = "closing";
    for (const char* name : {"name", "kubernetes_name"}) pool_["nodes"].at(0).as_object()[name] = "closing-1";
    pool_ = without_closed(pool_);
    must_be(200, declare({pool_}));
    auto body = booking_body(site().fresh_day());
    body["pool"] = "closing";
    body["name"] = "night";
    const auto booked = site().client(site().ana).post("/api/v1/reservations", body);
    ASSERT_EQ(booked.status, 201) << booked.body;
    id_ = string_at(booked.json, {"id"});
    held_ = string_at(booked.json.at("unit_names").at(0));
  }
  void TearDown() override {
    site().client(site().ana).send("DELETE", "/api/v1/reservations/" + id_);
    must_be(200, declare({pool_}));
  }

  static std::string string_at(const json::value& root, std::initializer_list<std::string_view> path = {}) {
    return path.size() == 0 ? std::string(root.as_string()) : berth::string_at(root, path);
  }
  static void must_be(int status, const Answer& answer) { EXPECT_EQ(answer.status, status) << answer.body; }
  static json::object without_closed(json::object pool) {
    each_unit(pool, [](json::object& unit) { unit["out_of_service"] = false; });
    return pool;
  }
  template <typename Visit>
  static void each_unit(json::object& pool, Visit visit) {
    for (auto& node : pool["nodes"].as_array()) {
      for (auto& device : node.as_object()["devices"].as_array()) {
        for (auto& unit : device.as_object()["units"].as_array()) visit(unit.as_object());
      }
    }
  }
  json::object with_it_closed() {
    auto pool = pool_;
    each_unit(pool, [&](json::object& unit) {
      if (string_at(unit, {"name"}) == held_) unit["out_of_service"] = true;
    });
    return pool;
  }
  json::object without_it() {
    auto pool = pool_;
    for (auto& node : pool["nodes"].as_array()) {
      auto& devices = node.as_object()["devices"].as_array();
      for (auto& device : devices) {
        auto& units = device.as_object()["units"].as_array();
        for (auto at = units.begin(); at != units.end();)
          at = string_at(*at, {"name"}) == held_ ? units.erase(at) : at + 1;
      }
      for (auto at = devices.begin(); at != devices.end();)
        at = at->at("units").as_array().empty() ? devices.erase(at) : at + 1;
    }
    return pool;
  }
  Answer declare_with(const json::object& pool, std::string_view flag) {
    return admin_.post("/api/v1/apply", json::object{{"documents", {pool}}, {flag, true}});
  }
  std::string unit_now() {
    return string_at(
        site().client(site().ana).get("/api/v1/reservations/" + id_).json.at("unit_names").at(0));
  }

  json::object pool_;
  std::string id_;
  std::string held_;
};

TEST_F(ClosingUnits, TheBookingsAreNamedAndMovedWhenAsked) {
  const auto tried = declare_with(with_it_closed(), "dry_run");
  must_be(200, tried);
  const auto& affected = tried.json.at("items").at(0).at("affected").at(0);
  EXPECT_EQ(string_at(affected, {"reservation"}), id_);
  EXPECT_EQ(string_at(affected, {"name"}), "night");
  EXPECT_EQ(string_at(affected, {"owner"}), site().ana.email);
  EXPECT_EQ(string_at(affected, {"fate"}), "movable");
  EXPECT_EQ(affected.at("in_the_way"), json::value(false));
  EXPECT_EQ(tried.json.at("items").at(0).at("affected_more"), json::value(0));
  EXPECT_EQ(unit_now(), held_);

  const auto left = declare({with_it_closed()});
  must_be(200, left);
  EXPECT_EQ(unit_now(), held_) << "nobody asked to move it";
  const auto moved = declare_with(with_it_closed(), "move");
  must_be(200, moved);
  EXPECT_EQ(moved.json.at("items").at(0).at("changed"), json::value(true));
  EXPECT_EQ(moved.json.at("items").at(0).at("changes").as_array().size(), 0U);
  EXPECT_EQ(string_at(moved.json.at("items").at(0).at("affected").at(0), {"fate"}), "moved");
  EXPECT_NE(unit_now(), held_);
}

TEST_F(ClosingUnits, ARefusalSaysWhichBookingsStandInTheWay) {
  const auto refused = declare({without_it()});
  must_be(409, refused);
  EXPECT_EQ(string_at(refused.json, {"code"}), "pool_in_use");
  EXPECT_EQ(string_at(refused.json, {"detail"}),
            "Pool closing is not changed: 1 booking holds units that it would not have any more.");
  const auto& affected = refused.json.at("affected").at(0);
  EXPECT_EQ(string_at(affected, {"reservation"}), id_);
  EXPECT_EQ(affected.at("in_the_way"), json::value(true));
  EXPECT_EQ(string_at(affected, {"fate"}), "movable");
  EXPECT_FALSE(refused.json.as_object().contains("errors"));

  const auto alone = admin_.send("PUT", "/api/v1/pools/closing", json::serialize(without_it()));
  must_be(409, alone);
  EXPECT_EQ(alone.json.at("affected"), refused.json.at("affected"));

  must_be(200, declare_with(without_it(), "move"));
  EXPECT_NE(unit_now(), held_);
  EXPECT_EQ(site()
                .client(site().ana)
                .post("/api/v1/apply", json::object{{"documents", {pool_}}, {"move", true}})
                .status,
            403);
}

TEST(OwnCluster, KeepsTheAddressesThatItMakes) {
  model::Cluster own;
  own.name = "default";
  own.apps_domain = "localhost";
  own.url_scheme = "http";
  own.url_port = 8081;
  std::vector<model::Cluster> clusters(2);
  clusters[0].name = "default";
  clusters[0].apps_domain = "apps.lab.example";
  clusters[0].url_scheme = "https";
  clusters[0].workspace_image = "berth/workspace:2";
  own.portal_url = "http://127.0.0.1:8080";
  clusters[1].name = "east";
  clusters[1].apps_domain = "apps.east.example";
  const auto notes = keep_own_facts(own, clusters);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].first, "default");
  EXPECT_EQ(notes[0].second,
            "apps_domain stays \"localhost\" and does not become \"apps.lab.example\": this is a demo, whose "
            "cluster is simulated on this machine.");
  EXPECT_EQ(clusters[0].apps_domain, "localhost");
  EXPECT_EQ(clusters[0].url_port, 8081);
  EXPECT_EQ(clusters[0].workspace_image, "berth/workspace:2") << "all else is as it is declared";
  EXPECT_EQ(clusters[0].portal_url, "http://127.0.0.1:8080");
  EXPECT_EQ(clusters[1].apps_domain, "apps.east.example") << "another cluster is not simulated";
  EXPECT_EQ(clusters[1].portal_url, "");
  EXPECT_TRUE(keep_own_facts(std::nullopt, clusters).empty());
}

}  // namespace
}  // namespace berth::portal

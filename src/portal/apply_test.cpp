// A pool file through the portal.
#include <gmock/gmock.h>

#include "poolfile/poolfile.hpp"
#include "portal/fixture.hpp"
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

}  // namespace
}  // namespace berth::portal

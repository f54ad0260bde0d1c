#include "simcluster/saved_state.hpp"
#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

constexpr std::string_view kMaps = "/api/v1/namespaces/lab/configmaps";

std::string config_map(const std::string& name, const std::string& rest = "") {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name + "\"" + rest + "}}";
}

class Api : public testing::Test {
 protected:
  Api() { world.make_namespace("lab"); }
  std::string map(const std::string& name) { return std::string(kMaps) + "/" + name; }
  TestWorld world;
};

TEST_F(Api, AnswersUnknownPathsAndResourcesWith404) {
  for (const auto* path : {"/", "/api/v2", "/apis/none.example.com/v1/things", "/api/v1/nothings",
                           "/api/v1/namespaces/lab/nothings", "/api/v1/namespaces/lab/configmaps/x/scale",
                           "/apis/apps/v1/namespaces/lab/nodes", "/api/v1/pods/x"}) {
    const auto reply = world.get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.at({"kind"}), "Status") << path;
  }
}

TEST_F(Api, RefusesBodiesThatAreNoObjects) {
  for (const auto* body :
       {"", "x", "[]", "\"text\"", "{}", R"({"apiVersion":"v1"})", R"({"kind":"ConfigMap"})",
        R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":[]})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"a":1}}})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":1}})",
        R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default"}})"}) {
    const auto reply = world.post(kMaps, body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.reason(), "BadRequest") << body;
  }
  EXPECT_EQ(world.post(kMaps, std::string(5'000, '[')).status, 400);
}

TEST_F(Api, NamesFieldsAtFault) {
  const auto bad = world.post(kMaps, config_map("Bad_Name"));
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(bad.reason(), "Invalid");
  EXPECT_EQ(string_at(bad.body.at("details").at("causes").at(0), {"field"}), "metadata.name");
  EXPECT_TRUE(bad.message().starts_with(
      "ConfigMap \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123"));
}

TEST_F(Api, MakesNamesFromAPrefix) {
  const auto made =
      world.post(kMaps, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"}})");
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(made.at({"metadata", "name"}).starts_with("x-"));
  EXPECT_EQ(made.at({"metadata", "name"}).size(), 7U);
}

TEST_F(Api, ReplacesOnlyTheVersionAndTheObjectThatWereMeant) {
  const auto made = world.post(kMaps, config_map("a"));
  auto stale = made.body.as_object();
  EXPECT_EQ(world.merge(map("a"), R"({"data":{"k":"v"}})").status, 200);
  EXPECT_EQ(world.put(map("a"), json::serialize(stale)).reason(), "Conflict");
  stale["metadata"].as_object().erase("resourceVersion");
  EXPECT_EQ(world.put(map("a"), json::serialize(stale)).status, 200);
  stale["metadata"].as_object()["uid"] = "00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(world.put(map("a"), json::serialize(stale)).status, 409);
  EXPECT_EQ(world.merge(map("a"), R"({"metadata":{"uid":"other"}})").status, 422);
}

TEST_F(Api, LeavesTheVersionWhereNothingChanges) {
  const auto applied = world.apply(map("a"), config_map("a"));
  EXPECT_EQ(applied.status, 201);
  const auto again = world.apply(map("a"), config_map("a"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.at({"metadata", "resourceVersion"}), applied.at({"metadata", "resourceVersion"}));
  const auto patched = world.merge(map("a"), R"({"metadata":{"labels":{}}})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(
      world.put(map("a"), json::serialize(world.get(map("a")).body)).at({"metadata", "resourceVersion"}),
      patched.at({"metadata", "resourceVersion"}));
}

TEST_F(Api, AnApplyOfQuantitiesInAnotherFormChangesNothing) {
  const auto quota = [](const char* cpu) {
    return std::string(
               R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"requests.cpu":")") +
           cpu + "\"}}}";
  };
  const auto first = world.apply("/api/v1/namespaces/lab/resourcequotas/q", quota("0.5"));
  EXPECT_EQ(first.at({"spec", "hard", "requests.cpu"}), "500m");
  const auto before =
      world.get("/api/v1/namespaces/lab/resourcequotas/q").at({"metadata", "resourceVersion"});
  EXPECT_EQ(world.apply("/api/v1/namespaces/lab/resourcequotas/q", quota("0.5"))
                .at({"metadata", "resourceVersion"}),
            before);
  EXPECT_EQ(world.apply("/api/v1/namespaces/lab/resourcequotas/q", quota("many")).status, 400);
}

TEST_F(Api, RefusesAppliesThatAreIncomplete) {
  const auto without_manager = world.send("PATCH", map("a"), config_map("a"), "application/apply-patch+yaml");
  EXPECT_EQ(without_manager.status, 422);
  EXPECT_EQ(world.apply(map("a"), config_map("b")).status, 400);
  EXPECT_EQ(world.apply(map("a"), config_map("a", R"(,"managedFields":[])")).status, 400);
  EXPECT_EQ(world.send("PATCH", map("a") + "?fieldManager=x", "{}", "application/strategic-merge-patch+json")
                .status,
            415);
  EXPECT_EQ(world.send("PATCH", map("a") + "?force=true", "{}", "application/merge-patch+json").status, 422);
  EXPECT_EQ(world.apply(map("a"), config_map("a"), std::string(129, 'm')).status, 400);
}

TEST_F(Api, KeepsWhatMayNotChange) {
  const std::string bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/lab/rolebindings/b";
  const auto binding = [](const char* role) {
    return std::string(
               R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":")") +
           role + "\"}}";
  };
  EXPECT_EQ(world.apply(bindings, binding("view")).status, 201);
  EXPECT_EQ(world.apply(bindings, binding("view")).status, 200);
  const auto changed = world.apply(bindings, binding("edit"));
  EXPECT_EQ(changed.status, 422);
  EXPECT_NE(changed.message().find("cannot change roleRef"), std::string::npos);

  const std::string claim =
      R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}})";
  const std::string claims = "/api/v1/namespaces/lab/persistentvolumeclaims/c";
  EXPECT_EQ(world.apply(claims, claim).status, 201);
  EXPECT_EQ(world.apply(claims, claim).status, 200);
  EXPECT_EQ(world.merge(claims, R"({"spec":{"accessModes":["ReadOnlyMany"]}})").status, 422);
}

TEST_F(Api, CountsGenerationsOfSpecsOnly) {
  const std::string deployments = "/apis/apps/v1/namespaces/lab/deployments";
  const std::string body =
      R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})";
  EXPECT_EQ(world.post(deployments, body).body.at("metadata").at("generation"), json::value(1));
  EXPECT_EQ(world.merge(deployments + "/d", R"({"metadata":{"labels":{"x":"y"}}})")
                .body.at("metadata")
                .at("generation"),
            json::value(1));
  EXPECT_EQ(
      world.merge(deployments + "/d", R"({"spec":{"replicas":1}})").body.at("metadata").at("generation"),
      json::value(2));
  EXPECT_EQ(
      world.merge(deployments + "/d", R"({"status":{"replicas":9}})").body.at("metadata").at("generation"),
      json::value(2));
  EXPECT_EQ(world.merge(deployments + "/d", R"({"spec":{"selector":{"matchLabels":{"a":"c"}}}})").status,
            422);
}

TEST_F(Api, PagesShowOneMomentUntilItIsForgotten) {
  for (const auto* name : {"a", "b", "c"}) world.post(kMaps, config_map(name, R"(,"labels":{"l":"x"})"));
  const auto first = world.get(std::string(kMaps) + "?labelSelector=l%3Dx&limit=2");
  EXPECT_EQ(first.status, 400);  // the selector above is not decoded here
  const auto page = world.get(std::string(kMaps) + "?limit=2");
  EXPECT_EQ(page.body.at("items").as_array().size(), 2U);
  EXPECT_EQ(page.body.at("metadata").at("remainingItemCount"),
            json::value(2));  // kube-root-ca.crt is there too
  EXPECT_FALSE(page.body.at("items").at(0).as_object().contains("kind"));
  world.remove(map("c"));
  world.post(kMaps, config_map("d"));
  const auto token = page.at({"metadata", "continue"});
  const auto rest = world.get(std::string(kMaps) + "?limit=2&continue=" + token);
  EXPECT_EQ(rest.body.at("items").as_array().size(), 2U);
  EXPECT_EQ(string_at(rest.body.at("items").at(0), {"metadata", "name"}), "c");
  EXPECT_FALSE(rest.body.at("metadata").as_object().contains("continue"));
  world.world().store_for_restore().compact(world.world().store().revision());
  const auto late = world.get(std::string(kMaps) + "?limit=2&continue=" + token);
  EXPECT_EQ(late.status, 410);
  EXPECT_EQ(late.reason(), "Expired");
  EXPECT_EQ(world.get(std::string(kMaps) + "?continue=nonsense").status, 400);
}

TEST_F(Api, ListsExactlyAtARevision) {
  const auto made = world.post(kMaps, config_map("a"));
  world.remove(map("a"));
  const auto revision = made.at({"metadata", "resourceVersion"});
  const auto then = world.get(std::string(kMaps) + "?resourceVersionMatch=Exact&resourceVersion=" + revision);
  EXPECT_EQ(then.body.at("items").as_array().size(), 2U);
  EXPECT_EQ(then.at({"metadata", "resourceVersion"}), revision);
  EXPECT_EQ(world.get(std::string(kMaps) + "?resourceVersionMatch=Exact").status, 422);
  EXPECT_EQ(world.get(std::string(kMaps) + "?resourceVersion=99999999").status, 504);
  EXPECT_EQ(world.get(std::string(kMaps) + "?resourceVersion=x").status, 400);
}

TEST_F(Api, DeletesNoCollections) {
  world.post(kMaps, config_map("a"));
  EXPECT_EQ(world.send("DELETE", kMaps).status, 405);
  EXPECT_EQ(world.get(map("a")).status, 200);
}

TEST_F(Api, DeletesOnlyWhatThePreconditionsMean) {
  const auto made = world.post(kMaps, config_map("a"));
  EXPECT_EQ(world.remove(map("a"), R"({"preconditions":{"uid":"other"}})").status, 409);
  EXPECT_EQ(world.remove(map("a"), R"({"preconditions":{"resourceVersion":"1"}})").status, 409);
  EXPECT_EQ(world.remove(map("a"), R"({"kind":"Pod"})").status, 400);
  EXPECT_EQ(world.remove(map("a"), R"({"propagationPolicy":"Sideways"})").status, 422);
  const auto gone =
      world.remove(map("a"), R"({"preconditions":{"uid":")" + made.at({"metadata", "uid"}) + R"("}})");
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(gone.at({"status"}), "Success");
  EXPECT_EQ(world.remove(map("a")).status, 404);
}

TEST_F(Api, NewFinalizersAreRefusedOnceDeletionHasBegun) {
  world.post(kMaps, config_map("a", R"(,"finalizers":["example.com/one"])"));
  EXPECT_EQ(world.remove(map("a")).status, 200);
  EXPECT_EQ(
      world.merge(map("a"), R"({"metadata":{"finalizers":["example.com/one","example.com/two"]}})").status,
      422);
  EXPECT_EQ(world.merge(map("a"), R"({"metadata":{"finalizers":[]}})").status, 200);
  EXPECT_EQ(world.get(map("a")).status, 404);
}

TEST_F(Api, MetadataAloneIsShownWhenAskedFor) {
  world.post(kMaps, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}})");
  const auto list =
      world.send("GET", kMaps, "", "", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  EXPECT_EQ(list.at({"kind"}), "PartialObjectMetadataList");
  EXPECT_FALSE(list.body.at("items").at(0).as_object().contains("data"));
}

TEST_F(Api, HeadersOfAnyBytesSpoilNeitherAnswersNorTheSavedState) {
  const auto reply = world.send("PATCH", map("a"), "{}", "x/\xff");
  EXPECT_EQ(reply.status, 415);
  EXPECT_TRUE(reply.body.is_object()) << "not UTF-8, so no JSON: " << reply.body;

  ApiRequest request;
  request.method = "POST";
  request.path = kMaps;
  request.content_type = "application/json";
  request.user_agent = "agent \xff/1.0";
  request.body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}})";
  EXPECT_EQ(answer(world.world(), request).status, 201);
  Store again(100);
  EXPECT_TRUE(restore_state(dump_state(world.world().store()), again));
}

TEST_F(Api, DiscoversInBothForms) {
  const auto old_form = world.get("/apis/apps/v1");
  EXPECT_EQ(old_form.at({"groupVersion"}), "apps/v1");
  const auto groups = world.send("GET", "/apis", "", "",
                                 "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  EXPECT_EQ(groups.at({"kind"}), "APIGroupDiscoveryList");
  EXPECT_EQ(world.get("/version").at({"major"}), "1");
  EXPECT_EQ(world.get("/apis/route.openshift.io/v1").status, 200);
  auto plain = test_settings();
  plain.flavour = Flavour::kPlain;
  TestWorld other(plain);
  EXPECT_EQ(other.get("/apis/route.openshift.io/v1").status, 404);
  EXPECT_EQ(other.get("/apis/admissionregistration.k8s.io/v1beta1").status, 200);
}

TEST_F(Api, TakesNoMoreObjectsThanItsBound) {
  auto settings = test_settings();
  settings.bounds.objects = 40;
  TestWorld small(settings);
  int status = 0;
  for (int i = 0; i < 50 && status != 413; ++i) {
    status = small.post("/api/v1/namespaces/default/configmaps", config_map("m" + std::to_string(i))).status;
  }
  EXPECT_EQ(status, 413);
}

}  // namespace
}  // namespace berth::simcluster

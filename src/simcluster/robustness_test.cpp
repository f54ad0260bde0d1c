// Whatever is sent, the server answers with a status of the API and goes on working.
#include <set>

#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

constexpr int kRounds = 3'000;

/// Objects of the kinds whose insides the server looks into, each complete.
const char* const kSamples[] = {
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"a":"b"},"annotations":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[{"containerPort":80}],"env":[{"name":"E","valueFrom":{"fieldRef":{"fieldPath":"f"}}}],"envFrom":[{"secretRef":{"name":"s"}}],"resources":{"requests":{"cpu":"1"},"limits":{"cpu":"1","memory":"1Gi"}},"volumeMounts":[{"name":"v","mountPath":"/v"}],"readinessProbe":{"httpGet":{"port":80}},"securityContext":{"capabilities":{"add":["CHOWN"]}}}],"initContainers":[{"name":"d","image":"i"}],"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1Gi"}},{"name":"w","persistentVolumeClaim":{"claimName":"x"}}],"nodeSelector":{"a":"b"},"tolerations":[{"operator":"Exists"}]}})",
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","finalizers":["a.b/c"]},"spec":{"replicas":2,"strategy":{"type":"Recreate"},"selector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c","operator":"DoesNotExist"}]},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}})",
    R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"type":"NodePort","selector":{"a":"b"},"ports":[{"name":"p","port":80,"targetPort":"http"}]},"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}})",
    R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"x"},"spec":{"hard":{"pods":"3","requests.cpu":"4"},"scopes":["NotTerminating"]},"status":{"hard":{"pods":"3"},"used":{"pods":"1"}}})",
    R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"x"},"spec":{"limits":[{"type":"Container","max":{"cpu":"8"},"default":{"cpu":"1"},"defaultRequest":{"cpu":"500m"}}]}})",
    R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"x"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"lvms-vg1","resources":{"requests":{"storage":"1Gi"}}}})",
    R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"y","uid":"u"}]},"stringData":{"k":"v"},"data":{"l":"dg=="}})",
    R"({"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"x"},"spec":{"podSelector":{},"egress":[{"ports":[{"port":53}],"to":[{"podSelector":{}}]}]}})",
    R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"x"},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","name":"default","namespace":"lab"}]})",
    R"({"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"x"},"spec":{"host":"x.localhost","to":{"kind":"Service","name":"x"}},"status":{"ingress":[{"host":"x.localhost","conditions":[{"type":"Admitted","status":"True"}]}]}})",
    R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"x"},"spec":{"rules":[{"host":"y.localhost","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{"service":{"name":"x","port":{"number":80}}}}]}}]}})",
    R"({"apiVersion":"v1","kind":"Node","metadata":{"name":"x"},"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]},"status":{"capacity":{"cpu":"1"},"allocatable":{"cpu":"1"},"conditions":[{"type":"Ready","status":"True"}],"images":[{"names":["i"]}],"addresses":[{"type":"InternalIP","address":"192.0.2.1"}]}})",
    R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","labels":{"pod-security.kubernetes.io/enforce":"baseline"},"annotations":{"openshift.io/node-selector":"a=b"}}})",
};

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t bound) {
    std::uint32_t number = 0;
    random_.fill(std::as_writable_bytes(std::span(&number, 1)));
    return number % bound;
  }
  /// Puts something else somewhere into the value.
  void disturb(json::value& value) {
    if (below(3) != 0) {
      if (auto* object = value.if_object(); object != nullptr && !object->empty()) {
        return disturb((object->begin() + static_cast<std::ptrdiff_t>(below(object->size())))->value());
      }
      if (auto* array = value.if_array(); array != nullptr && !array->empty())
        return disturb((*array)[below(array->size())]);
    }
    const json::value kJunk[] = {nullptr,
                                 5,
                                 -1,
                                 1.5,
                                 9'000'000'000'000'000'000LL,
                                 true,
                                 "",
                                 "text",
                                 "999Pi",
                                 json::object{},
                                 json::array{},
                                 json::array{1, nullptr, "x"},
                                 json::object{{"name", 1}},
                                 json::object{{"a", json::object{{"b", nullptr}}}}};
    value = kJunk[below(std::size(kJunk))];
  }

 private:
  SeededRandom random_;
};

std::string path_of(World& world, const json::value& sample, std::string_view suffix) {
  const auto* type = world.table().by_kind(string_at(sample, {"apiVersion"}), string_at(sample, {"kind"}));
  const auto base = type->group.empty() ? "/api/v1" : "/apis/" + type->group + "/" + type->version;
  return base + (type->namespaced ? "/namespaces/lab/" : "/") + type->plural + std::string(suffix);
}

TEST(Robustness, DisturbedObjectsAreAnsweredAndHarmNothing) {
  TestWorld world;
  world.make_namespace("lab");
  Chaos chaos(20261122);
  const std::set<int> kExpected{200, 201, 400, 403, 404, 405, 409, 413, 415, 422};
  for (int round = 0; round < kRounds; ++round) {
    auto body = parsed(kSamples[chaos.below(std::size(kSamples))]);
    const auto sample = body;
    // A Deployment of a billion pods is a fair wish that takes its time; that is not what is tried here.
    if (chaos.below(4) != 0) chaos.disturb(body);
    if (chaos.below(2) != 0) chaos.disturb(body);
    if (auto* spec = body.is_object() ? body.get_object().if_contains("spec") : nullptr;
        spec != nullptr && spec->is_object()) {
      if (spec->get_object().contains("replicas") && find_int(*spec, {"replicas"}).value_or(0) > 5) continue;
    }
    const auto text = json::serialize(body);
    Reply reply{0, {}};
    switch (chaos.below(6)) {
      case 0:
        reply = world.post(path_of(world.world(), sample, ""), text);
        break;
      case 1:
        reply = world.put(path_of(world.world(), sample, "/x"), text);
        break;
      case 2:
        reply = world.put(path_of(world.world(), sample, "/x/status"), text);
        break;
      case 3:
        reply = world.merge(path_of(world.world(), sample, "/x"), text);
        break;
      case 4:
        reply = world.apply(path_of(world.world(), sample, "/x"), text, "chaos", true);
        break;
      default:
        reply = world.remove(path_of(world.world(), sample, "/x"),
                             chaos.below(2) == 0 ? text : R"({"gracePeriodSeconds":0})");
    }
    ASSERT_TRUE(kExpected.contains(reply.status))
        << reply.status << " for " << text << ": " << reply.message();
    if (round % 50 == 0) world.advance(minutes(1));
  }
  EXPECT_EQ(world.get("/api/v1/namespaces/lab/pods").status, 200);
  EXPECT_EQ(world.get("/api/v1/namespaces/default").status, 200);
}

}  // namespace
}  // namespace berth::simcluster

// A session that is up keeps what it was started with; a starting one follows.
#include <gtest/gtest.h>

#include "planning/session_plan.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace std::chrono_literals;
using model::SessionPhase;

const Instant kStart = *parse_rfc3339("2026-11-24T14:00:00Z");
constexpr const char* kSpace = "berth-s-abc";

/// One session in the middle of its window.
Desired one_session(SessionPhase phase) {
  DesiredSession wanted;
  auto& booked = wanted.booked;
  booked.reservation.id = {"11111111-1111-4111-8111-111111111111"};
  booked.reservation.state = model::ReservationState::kActive;
  booked.reservation.window = {kStart, kStart + 2h};
  booked.reservation.load = {{15'000}, {92}, {558}};
  booked.device_class.ephemeral = {100};
  booked.node.kubernetes_name = "gpu-node-1";
  model::Unit unit;
  unit.id = {1};
  unit.resource_name = "nvidia.com/mig-1g.24gb";
  unit.replicas = 2;
  booked.units = {unit};
  wanted.session.id = {"22222222-2222-4222-8222-222222222222"};
  wanted.session.namespace_name = kSpace;
  wanted.session.host = "wabc.apps.example";
  wanted.session.phase = phase;
  wanted.session.created_at = kStart;
  for (const auto name : model::kSteps) {
    model::Step step;
    step.name = name;
    step.state = model::StepState::kDone;
    wanted.session.steps.push_back(step);
  }
  Desired out;
  out.installation = "33333333-3333-4333-8333-333333333333";
  out.now = kStart + 1min;
  out.sessions.push_back(std::move(wanted));
  return out;
}

void put(Observed& observed, const manifests::Object& object) {
  observed.objects[key_of(object)] = std::make_shared<json::value>(object.body);
}

/// The cluster as it is when everything of the session has been applied and its workspace answers.
Observed settled(const Desired& desired) {
  Observed out;
  out.node_gpus["gpu-node-1"] = {{"nvidia.com/mig-1g.24gb", 2}};
  out.nodes[desired.sessions.front().booked.node.kubernetes_name] = true;
  out.facts.gpu_resource_names = {"nvidia.com/gpu", "nvidia.com/mig-1g.24gb"};
  for (const auto& object : manifests::cluster_objects(out.facts)) put(out, object);
  const auto spec = spec_of(desired, desired.sessions.front(), out);
  for (const auto& object : all_objects(spec)) put(out, object);
  PodSeen pod;
  pod.namespace_name = kSpace;
  pod.app = "workspace";
  pod.running = true;
  pod.ready = true;
  out.pods.push_back(pod);
  return out;
}

json::object& seen(Observed& observed, const std::string& plural, const std::string& name) {
  auto& object = observed.objects.at({plural, kSpace, name});
  auto copy = std::make_shared<json::value>(*object);  // shared values are never changed in place
  auto& fields = copy->as_object();
  object = std::move(copy);
  return fields;
}

/// What is applied of this kind, if anything is.
std::optional<manifests::Object> applied(const Plan& plan, const std::string& plural) {
  for (const auto& action : plan.actions) {
    const auto* work = std::get_if<SessionWork>(&action);
    if (work == nullptr) continue;
    for (const auto& effect : work->effects) {
      const auto* apply = std::get_if<ApplyObject>(&effect.what);
      if (apply != nullptr && apply->object.kind.plural == plural) return apply->object;
      const auto* put_back = std::get_if<PutBack>(&effect.what);
      if (put_back != nullptr && put_back->object.kind.plural == plural) return put_back->object;
    }
  }
  return std::nullopt;
}

const json::value& template_of(const manifests::Object& deployment) {
  return deployment.body.at("spec").at("template");
}
std::string image_of(const manifests::Object& deployment) {
  return std::string(template_of(deployment).at_pointer("/spec/containers/0/image").as_string());
}

void change_image(Desired& desired) {
  desired.sessions.front().booked.cluster.workspace_image = "berth/workspace:2";
}

TEST(Kept, ASettledSessionNeedsNothing) {
  const auto desired = one_session(SessionPhase::kReady);
  EXPECT_EQ(plan(desired, settled(desired)).things_to_do(), 0U);
}

TEST(Kept, ASecondGpuNodeLeavesWhatRunsWhereItIs) {
  for (const auto phase : {SessionPhase::kReady, SessionPhase::kDegraded}) {
    const auto desired = one_session(phase);
    auto observed = settled(desired);
    observed.facts.several_nodes = true;
    const auto actions = plan(desired, observed);
    EXPECT_EQ(applied(actions, "deployments"), std::nullopt);
    const auto space = applied(actions, "namespaces");
    ASSERT_TRUE(space) << "pods to come are held to the node";
    EXPECT_EQ(space->body.at("metadata").at("annotations").at("berth.dev/node"), json::value("gpu-node-1"));
  }
}

TEST(Kept, AnotherImageInThePoolFileIsForSessionsToCome) {
  auto desired = one_session(SessionPhase::kReady);
  const auto observed = settled(desired);
  change_image(desired);
  EXPECT_EQ(plan(desired, observed).things_to_do(), 0U);
}

TEST(Kept, AnotherAmountOfEphemeralStorageChangesTheQuotaAndNotThePod) {
  auto desired = one_session(SessionPhase::kReady);
  const auto observed = settled(desired);
  desired.sessions.front().booked.device_class.ephemeral = {50};
  const auto actions = plan(desired, observed);
  EXPECT_EQ(applied(actions, "deployments"), std::nullopt);
  EXPECT_NE(applied(actions, "resourcequotas"), std::nullopt);
}

TEST(Kept, AScaledDownWorkspaceComesBackWithTheTemplateThatItHad) {
  auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  change_image(desired);
  auto& spec = seen(observed, "deployments", "workspace")["spec"].as_object();
  spec["replicas"] = 0;
  // As a cluster fills in what nobody said.
  spec["template"].at("spec").as_object()["schedulerName"] = "default-scheduler";
  const auto deployment = applied(plan(desired, observed), "deployments");
  ASSERT_TRUE(deployment);
  EXPECT_EQ(deployment->body.at("spec").at("replicas"), json::value(1));
  EXPECT_EQ(template_of(*deployment), spec["template"]);
  EXPECT_EQ(image_of(*deployment), "berth/workspace:1");
}

TEST(Kept, AMissingDeploymentIsMadeOfTodaysTemplate) {
  auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  change_image(desired);
  observed.objects.erase({"deployments", kSpace, "workspace"});
  const auto deployment = applied(plan(desired, observed), "deployments");
  ASSERT_TRUE(deployment);
  EXPECT_EQ(image_of(*deployment), "berth/workspace:2");
}

TEST(Kept, WhereNoPodLivesTodaysTemplateTakesNothingAway) {
  const auto desired = one_session(SessionPhase::kDegraded);
  auto observed = settled(desired);
  observed.facts.several_nodes = true;
  observed.pods.front().deleting = true;
  const auto deployment = applied(plan(desired, observed), "deployments");
  ASSERT_TRUE(deployment) << "a pod that names no node would be refused";
  EXPECT_EQ(template_of(*deployment).at_pointer("/spec/nodeSelector/kubernetes.io~1hostname"),
            json::value("gpu-node-1"));

  observed.watch_trouble = "pods: the connection was cut";
  EXPECT_EQ(applied(plan(desired, observed), "deployments"), std::nullopt) << "one may live that is not seen";
}

TEST(Kept, AStartingSessionFollows) {
  auto desired = one_session(SessionPhase::kStarting);
  const auto observed = settled(desired);
  change_image(desired);
  const auto deployment = applied(plan(desired, observed), "deployments");
  ASSERT_TRUE(deployment);
  EXPECT_EQ(image_of(*deployment), "berth/workspace:2");
}

TEST(Kept, ARuleThatIsWantedNoLongerIsEmptiedOnceAndLeftAlone) {
  auto desired = one_session(SessionPhase::kReady);
  desired.sessions.front().booked.cluster.api_servers = {"192.0.2.10:6443"};
  auto observed = settled(desired);
  ASSERT_EQ(plan(desired, observed).things_to_do(), 0U);
  desired.sessions.front().booked.cluster.api_servers = {};
  auto policy = applied(plan(desired, observed), "networkpolicies");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->name, "berth-api-server");
  EXPECT_EQ(policy->body.at("spec").at("egress"), json::array{});
  EXPECT_EQ(policy->body.at("spec").at("policyTypes"), json::array{"Egress"});
  EXPECT_TRUE(policy->body.at("metadata").at("labels").as_object().contains("berth.dev/guard"));
  seen(observed, "networkpolicies", "berth-api-server") = policy->body;
  EXPECT_EQ(plan(desired, observed).things_to_do(), 0U);
}

TEST(Kept, APolicyOfTheTenantsIsNoneOfOurs) {
  const auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  json::object own = seen(observed, "networkpolicies", "berth-world");
  own.at("metadata").as_object()["name"] = "mine";
  own.at("metadata").at("labels").as_object().erase("berth.dev/guard");
  observed.objects[{"networkpolicies", kSpace, "mine"}] = std::make_shared<const json::value>(own);
  EXPECT_EQ(plan(desired, observed).things_to_do(), 0U);
}

TEST(Kept, TheClassThatItsClaimsGotByDefaultIsTheSessionsFromThenOn) {
  const auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  ASSERT_EQ(desired.sessions.front().booked.cluster.storage_class, "");
  seen(observed, "persistentvolumeclaims", "home")["spec"].as_object()["storageClassName"] = "standard";
  const auto space = applied(plan(desired, observed), "namespaces");
  ASSERT_TRUE(space);
  EXPECT_EQ(space->body.at("metadata").at("annotations").at("berth.dev/storage-class"),
            json::value("standard"));
}

TEST(Kept, AnotherStorageClassIsNoDifferenceOfAClaimThatIsThere) {
  auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  seen(observed, "persistentvolumeclaims", "home")["spec"].as_object()["volumeName"] = "pv-1";
  desired.sessions.front().booked.cluster.storage_class = "faster";
  EXPECT_EQ(applied(plan(desired, observed), "persistentvolumeclaims"), std::nullopt);

  // Its labels are put back all the same, on the spec that it has.
  auto& home = seen(observed, "persistentvolumeclaims", "home");
  home["metadata"].at("labels").as_object().erase("berth.dev/reservation");
  const auto claim = applied(plan(desired, observed), "persistentvolumeclaims");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->name, "home");
  EXPECT_EQ(claim->body.at("spec"), home["spec"]);
  EXPECT_TRUE(claim->body.at("metadata").at("labels").as_object().contains("berth.dev/reservation"));

  observed.objects.erase({"persistentvolumeclaims", kSpace, "home"});
  const auto made = applied(plan(desired, observed), "persistentvolumeclaims");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->body.at("spec").at("storageClassName"), json::value("faster"));
}

TEST(Kept, AClaimKeepsItsSizeWhileTheSessionStartsToo) {
  auto desired = one_session(SessionPhase::kStarting);
  const auto observed = settled(desired);
  desired.sessions.front().booked.device_class.home = {10};
  EXPECT_EQ(applied(plan(desired, observed), "persistentvolumeclaims"), std::nullopt);
}

TEST(Kept, AClaimKeepsItsSizeWhenTheClassesChange) {
  auto desired = one_session(SessionPhase::kReady);
  auto observed = settled(desired);
  auto& device_class = desired.sessions.front().booked.device_class;
  device_class.home = {10};
  device_class.model_cache = {500};
  EXPECT_EQ(applied(plan(desired, observed), "persistentvolumeclaims"), std::nullopt);

  observed.objects.erase({"persistentvolumeclaims", kSpace, "home"});
  const auto made = applied(plan(desired, observed), "persistentvolumeclaims");
  ASSERT_TRUE(made);
  EXPECT_EQ(string_at(made->body, {"spec", "resources", "requests", "storage"}), "10Gi");
}

TEST(Kept, TheEndOfTheWindowIsToBeLookedAtAgainAndAnAskedForEndIsNot) {
  const auto stop_of = [](const Desired& desired) {
    const auto planned = plan(desired, settled(desired));
    const auto* work = planned.actions.empty() ? nullptr : std::get_if<SessionWork>(&planned.actions.front());
    const auto* phase = work == nullptr ? nullptr : std::get_if<SetPhase>(&work->effects.front().what);
    EXPECT_NE(phase, nullptr);
    EXPECT_TRUE(phase == nullptr || phase->phase == SessionPhase::kStopping);
    return phase == nullptr ? SetPhase{} : *phase;
  };
  auto desired = one_session(SessionPhase::kReady);
  desired.now = kStart + 2h;
  EXPECT_EQ(stop_of(desired).only_if, OnlyIf::kReservationOver);
  desired.sessions.front().booked.reservation.end_requested_at = kStart + 1h;
  EXPECT_EQ(stop_of(desired).only_if, OnlyIf::kAnyway);
}

}  // namespace
}  // namespace berth::planning

// The workspace: VS Code and JupyterLab behind a gate, in a Deployment of one pod. Two containers of one
// image: in one both editors, which have to see the same device and may hold only one slot of it; in the
// other the gate, the only one that listens for others. They share nothing but the loopback address.
//
// What the image must do (images/workspace/README.md): kRun with the words below, under any user id with
// group 0, with nothing writable but what is mounted here.
#include "manifests/workspace.hpp"

#include <algorithm>
#include <utility>

#include "manifests/amounts.hpp"
#include "manifests/flavour.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::manifests {
namespace {

constexpr std::string_view kHomePath = "/home/workspace";
constexpr std::string_view kModelsPath = "/models";
constexpr std::string_view kSessionFactsPath = "/etc/berth/session";
constexpr std::string_view kUserName = "workspace";
constexpr std::string_view kRun = "/opt/berth/bin/berth-workspace";
constexpr std::string_view kGateName = "gate";
constexpr std::string_view kGatePath = "/run/gate";

// The quota counts limits, so whatever the workspace may use is lost to the user's other pods: half of the
// reservation where the work is done in the workspace itself, a quarter where it only steers containers.
constexpr std::int64_t kInteractiveParts = 2;
constexpr std::int64_t kInferenceParts = 4;
// Asked for: enough to start; the rest of the session's requests stay free.
constexpr Means kRequested{{500}, {1024}, {1024}};
// The gate passes bytes on: nginx and a small program of ours. All that may wait in it at once, in the kernel
// too, is 300 MiB (decision 46).
constexpr Means kGateMost{{500}, {512}, {512}};  // a node keeps some hundred MiB of logs
constexpr std::int64_t kGateParts = 4;
constexpr Means kGateRequested{{20}, {64}, {16}};
// Shared memory counts as the workspace's memory. PyTorch's loaders and NCCL need far more than the usual 64
// MiB.
constexpr Mib kMaxSharedMemory{8192};
constexpr std::int64_t kSharedMemoryParts = 4;

// Somebody waits for the start, so it is seen within a second, and what follows it at once: a kubelet asks
// whether a container is ready as soon as it has started. Afterwards nobody waits.
constexpr int kStartupPeriodSeconds = 1;
constexpr int kStartupTries = 600;  // ten minutes from the container's start; pulling the image comes before
constexpr int kReadyPeriodSeconds = 10;
constexpr int kLivePeriodSeconds = 20;
constexpr int kProbeTimeoutSeconds = 5;
constexpr int kGraceSeconds = 15;

json::object variable(std::string_view name, std::string_view value) {
  return json::object{{"name", name}, {"value", value}};
}

json::array environment() {
  const std::string models(kModelsPath);
  return json::array{
      // The user id of an OpenShift namespace has no passwd entry to read these from.
      variable("HOME", kHomePath),
      variable("USER", kUserName),
      variable("LOGNAME", kUserName),
      variable("HF_HOME", models + "/huggingface"),
      variable("OLLAMA_MODELS", models + "/ollama"),
      variable("TORCH_HOME", models + "/torch"),
      variable("VLLM_CACHE_ROOT", models + "/vllm"),
      variable("BERTH_SESSION_FACTS", kSessionFactsPath),
  };
}

json::object quantities(const Means& means) {
  return json::object{{"cpu", kube_cpu(means.cpu)},
                      {"memory", kube_mib(means.memory)},
                      {"ephemeral-storage", kube_mib(means.ephemeral)}};
}

/// Of the whole pod.
Means pod_means(const SessionSpec& spec) {
  const bool interactive = spec.reservation.mode == model::Mode::kInteractiveMl;
  return one_part_of(means_of(spec.reservation, session_ephemeral(spec)),
                     interactive ? kInteractiveParts : kInferenceParts);
}

Means gate_means(const SessionSpec& spec) {
  return at_most(kGateMost, one_part_of(pod_means(spec), kGateParts));
}

Means workspace_means(const SessionSpec& spec) {
  return without(pod_means(spec), gate_means(spec));
}

json::object gate_resources(const SessionSpec& spec) {
  const auto means = gate_means(spec);
  return json::object{{"requests", quantities(at_most(kGateRequested, means))},
                      {"limits", quantities(means)}};
}

json::object workspace_resources(const SessionSpec& spec) {
  const auto means = workspace_means(spec);
  auto requests = quantities(at_most(kRequested, means));
  auto limits = quantities(means);
  if (spec.reservation.mode == model::Mode::kInteractiveMl && !spec.units.empty()) {
    requests.emplace(spec.units.front().resource_name, "1");
    limits.emplace(spec.units.front().resource_name, "1");
  }
  return json::object{{"requests", std::move(requests)}, {"limits", std::move(limits)}};
}

json::object probe(json::object how, int period_seconds, int tries) {
  how.emplace("periodSeconds", period_seconds);
  how.emplace("failureThreshold", tries);
  how.emplace("timeoutSeconds", kProbeTimeoutSeconds);
  return how;
}

/// The editors listen for their own pod alone, so they are asked from inside.
json::object editors_answer() {
  return json::object{{"exec", json::object{{"command", strings({std::string(kRun), "healthy"})}}}};
}

/// At a socket in its own volume: who is inside can use up all connections to its port.
json::object gate_answers() {
  return json::object{{"exec", json::object{{"command", strings({std::string(kRun), "knock"})}}}};
}

json::object mount(std::string_view volume, std::string_view path) {
  return json::object{{"name", volume}, {"mountPath", path}};
}

json::object claim_volume(std::string_view claim) {
  return json::object{{"name", claim}, {"persistentVolumeClaim", json::object{{"claimName", claim}}}};
}

json::object empty_volume(std::string_view name, Mib limit) {
  return json::object{{"name", name}, {"emptyDir", json::object{{"sizeLimit", kube_mib(limit)}}}};
}

json::array volumes(const SessionSpec& spec) {
  const Mib shared =
      std::min(one_part_of(workspace_means(spec), kSharedMemoryParts).memory, kMaxSharedMemory);
  json::object memory{{"medium", "Memory"}, {"sizeLimit", kube_mib(shared)}};
  json::object facts{{"name", kSessionConfigName}};
  return json::array{claim_volume(kHomeClaimName),
                     claim_volume(kModelCacheClaimName),
                     json::object{{"name", "shared-memory"}, {"emptyDir", std::move(memory)}},
                     empty_volume("scratch", workspace_means(spec).ephemeral),
                     empty_volume("gate", kGateMost.ephemeral),
                     empty_volume("gate-scratch", kGateMost.ephemeral),
                     json::object{{"name", "session-facts"}, {"configMap", std::move(facts)}}};
}

json::object security() {
  return json::object{{"allowPrivilegeEscalation", false},
                      {"readOnlyRootFilesystem", true},
                      {"capabilities", json::object{{"drop", strings({"ALL"})}}}};
}

json::object workspace_container(const SessionSpec& spec) {
  // The proxy's settings come through here as well, for clusters that serve no mutating policies.
  json::object proxy{{"configMapRef", json::object{{"name", kProxyConfigName}, {"optional", true}}}};
  return json::object{
      {"name", kWorkspaceName},
      {"image", spec.cluster.workspace_image},
      {"command", strings({std::string(kRun), "workspace"})},
      {"env", environment()},
      {"envFrom", json::array{std::move(proxy)}},
      {"resources", workspace_resources(spec)},
      {"securityContext", security()},
      {"startupProbe", probe(editors_answer(), kStartupPeriodSeconds, kStartupTries)},
      {"readinessProbe", probe(editors_answer(), kReadyPeriodSeconds, 2)},
      {"livenessProbe", probe(editors_answer(), kLivePeriodSeconds, 6)},
      {"volumeMounts", json::array{mount(kHomeClaimName, kHomePath), mount(kModelCacheClaimName, kModelsPath),
                                   mount("scratch", "/tmp"), mount("shared-memory", "/dev/shm"),
                                   mount("session-facts", kSessionFactsPath)}},
  };
}

/// Not ready before it knows who may enter. What it remembers outlives its container, and nothing else reads
/// it. Nobody ends it: while it is gone its port is whoever's takes it first, and who is inside can make any
/// question go unanswered. Its own first process starts a gate that hangs again, and holds the port
/// meanwhile.
json::object gate_container(const SessionSpec& spec) {
  json::object port{{"name", kWorkspacePortName}, {"containerPort", kWorkspacePort}, {"protocol", "TCP"}};
  json::array environment{variable("PORT", std::to_string(kWorkspacePort))};
  if (spec.cluster.url_scheme == "http") environment.push_back(variable("BERTH_GATE_PLAIN_HTTP", "true"));
  return json::object{
      {"name", kGateName},
      {"image", spec.cluster.workspace_image},
      {"command", strings({std::string(kRun), "gate"})},
      {"env", std::move(environment)},
      {"ports", json::array{std::move(port)}},
      {"resources", gate_resources(spec)},
      {"securityContext", security()},
      {"startupProbe", probe(gate_answers(), kStartupPeriodSeconds, kStartupTries)},
      {"readinessProbe", probe(gate_answers(), kReadyPeriodSeconds, 2)},
      {"volumeMounts", json::array{mount("gate", kGatePath), mount("gate-scratch", "/tmp")}},
  };
}

json::object pod(const SessionSpec& spec) {
  json::object toleration{{"key", "nvidia.com/gpu"}, {"operator", "Exists"}, {"effect", "NoSchedule"}};
  json::object pod_spec{
      {"serviceAccountName", kServiceAccountName},
      {"automountServiceAccountToken", true},  // kubectl in the workspace acts as the session
      {"enableServiceLinks", false},           // a Service named "vllm" would set VLLM_PORT, and vLLM read it
      {"terminationGracePeriodSeconds", kGraceSeconds},
      {"securityContext", pod_security_context(spec.cluster.flavour)},
      {"tolerations", json::array{std::move(toleration)}},
      {"containers", json::array{workspace_container(spec), gate_container(spec)}},
      {"volumes", volumes(spec)},
  };
  if (held_to_node(spec)) {
    pod_spec.emplace("nodeSelector", json::object{{kHostnameLabel, node_hostname(spec)}});
  }
  if (auto secrets = image_pull_secrets(spec.cluster); !secrets.empty()) {
    pod_spec.emplace("imagePullSecrets", std::move(secrets));
  }
  return pod_spec;
}

}  // namespace

const AppKind kWorkspaceKind{.word = "workspace",
                             .objects = workspace_objects,
                             .readiness = Readiness::kOnePod,
                             .endpoint_objects = workspace_endpoint,
                             .url = [](const SessionSpec& spec, const App&) { return workspace_url(spec); }};

App workspace_app() {
  return {.name = std::string(kWorkspaceName), .kind = &kWorkspaceKind};
}

std::vector<Object> workspace_objects(const SessionSpec& spec, const App& app) {
  auto pod_labels = session_labels(spec);
  pod_labels.emplace(kNameLabel, app.name);
  json::object pod_template{{"metadata", json::object{{"labels", std::move(pod_labels)}}},
                            {"spec", pod(spec)}};
  json::object deployment{
      {"replicas", 1},
      {"strategy", json::object{{"type", "Recreate"}}},  // a second pod beside it would need a second slot
      {"revisionHistoryLimit", 1},
      {"selector", json::object{{"matchLabels", json::object{{kNameLabel, app.name}}}}},
      {"template", std::move(pod_template)},
  };
  return {session_object(spec, kDeployments, app.name, Guard::kNo,
                         json::object{{"spec", std::move(deployment)}})};
}

}  // namespace berth::manifests

// The workspace: VS Code and JupyterLab behind one port, in a Deployment of one pod.
//
// What its image must do: listen on kWorkspacePort, answer /healthz there without a login, run under any user
// id with group 0, and keep its tools outside of kHomePath, which a volume covers.
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

// The quota counts limits, so whatever the workspace may use is lost to the user's other pods: half of the
// reservation where the work is done in the workspace itself, a quarter where it only steers containers.
constexpr std::int64_t kInteractiveParts = 2;
constexpr std::int64_t kInferenceParts = 4;
// Asked for: enough to start; the rest of the session's requests stay free.
constexpr Means kRequested{{500}, {1024}, {1024}};
// Shared memory counts as the workspace's memory. PyTorch's loaders and NCCL need far more than the usual 64
// MiB.
constexpr Mib kMaxSharedMemory{8192};
constexpr std::int64_t kSharedMemoryParts = 4;

constexpr int kStartupPeriodSeconds = 2;
constexpr int kStartupTries = 300;  // ten minutes from the container's start; pulling the image comes before
constexpr int kReadyPeriodSeconds = 5;
constexpr int kLivePeriodSeconds = 20;
constexpr int kProbeTimeoutSeconds = 5;
constexpr int kGraceSeconds = 15;

json::object variable(std::string_view name, std::string_view value) {
  return json::object{{"name", name}, {"value", value}};
}

json::object secret_variable(std::string_view name) {
  json::object key{{"name", kAccessSecretName}, {"key", kAccessSecretKey}};
  return json::object{{"name", name}, {"valueFrom", json::object{{"secretKeyRef", std::move(key)}}}};
}

json::array environment() {
  const std::string models(kModelsPath);
  return json::array{
      // The user id of an OpenShift namespace has no passwd entry to read these from.
      variable("HOME", kHomePath),
      variable("USER", kUserName),
      variable("LOGNAME", kUserName),
      variable("PORT", std::to_string(kWorkspacePort)),
      secret_variable("PASSWORD"),
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

Means workspace_means(const SessionSpec& spec) {
  const bool interactive = spec.reservation.mode == model::Mode::kInteractiveMl;
  return one_part_of(means_of(spec.reservation, session_ephemeral(spec)),
                     interactive ? kInteractiveParts : kInferenceParts);
}

json::object resources(const SessionSpec& spec) {
  const auto means = workspace_means(spec);
  auto requests = quantities(at_most(kRequested, means));
  auto limits = quantities(means);
  if (spec.reservation.mode == model::Mode::kInteractiveMl && !spec.units.empty()) {
    requests.emplace(spec.units.front().resource_name, "1");
    limits.emplace(spec.units.front().resource_name, "1");
  }
  return json::object{{"requests", std::move(requests)}, {"limits", std::move(limits)}};
}

json::object probe(int period_seconds, int tries) {
  return json::object{
      {"httpGet", json::object{{"path", "/healthz"}, {"port", kWorkspacePortName}, {"scheme", "HTTP"}}},
      {"periodSeconds", period_seconds},
      {"failureThreshold", tries},
      {"timeoutSeconds", kProbeTimeoutSeconds}};
}

json::object mount(std::string_view volume, std::string_view path) {
  return json::object{{"name", volume}, {"mountPath", path}};
}

json::object claim_volume(std::string_view claim) {
  return json::object{{"name", claim}, {"persistentVolumeClaim", json::object{{"claimName", claim}}}};
}

json::array volumes(const SessionSpec& spec) {
  const Mib shared =
      std::min(one_part_of(workspace_means(spec), kSharedMemoryParts).memory, kMaxSharedMemory);
  json::object memory{{"medium", "Memory"}, {"sizeLimit", kube_mib(shared)}};
  json::object facts{{"name", kSessionConfigName}};
  return json::array{claim_volume(kHomeClaimName), claim_volume(kModelCacheClaimName),
                     json::object{{"name", "shared-memory"}, {"emptyDir", std::move(memory)}},
                     json::object{{"name", "session-facts"}, {"configMap", std::move(facts)}}};
}

json::object container(const SessionSpec& spec) {
  json::object port{{"name", kWorkspacePortName}, {"containerPort", kWorkspacePort}, {"protocol", "TCP"}};
  // The proxy's settings come through here as well, for clusters that serve no mutating policies.
  json::object proxy{{"configMapRef", json::object{{"name", kProxyConfigName}, {"optional", true}}}};
  json::object security{{"allowPrivilegeEscalation", false},
                        {"capabilities", json::object{{"drop", strings({"ALL"})}}}};
  return json::object{
      {"name", kWorkspaceName},
      {"image", spec.cluster.workspace_image},
      {"env", environment()},
      {"envFrom", json::array{std::move(proxy)}},
      {"ports", json::array{std::move(port)}},
      {"resources", resources(spec)},
      {"securityContext", std::move(security)},
      {"startupProbe", probe(kStartupPeriodSeconds, kStartupTries)},
      {"readinessProbe", probe(kReadyPeriodSeconds, 2)},
      {"livenessProbe", probe(kLivePeriodSeconds, 6)},
      {"volumeMounts",
       json::array{mount(kHomeClaimName, kHomePath), mount(kModelCacheClaimName, kModelsPath),
                   mount("shared-memory", "/dev/shm"), mount("session-facts", kSessionFactsPath)}},
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
      {"containers", json::array{container(spec)}},
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

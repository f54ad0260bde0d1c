#include "cli/workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

#include "cli/zone.hpp"

namespace berth::cli {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Where the workspace's pod has its facts mounted.
constexpr const char* kFactsVariable = "BERTH_SESSION_FACTS";
/// Instead of the pod's own account, for tests.
constexpr const char* kKubeconfigVariable = "BERTH_KUBECONFIG";

constexpr milliseconds kCallDeadline{5'000};
constexpr milliseconds kBetweenLooks{250};
constexpr std::size_t kMaxFactBytes = 8192;
constexpr std::size_t kMaxFacts = 64;

kube::ClientSettings client_settings() {
  kube::ClientSettings settings;
  settings.user_agent = "berth-workspace";
  settings.call_deadline = kCallDeadline;
  settings.max_retry_after = milliseconds(1'000);
  settings.max_tries = 2;
  settings.max_response_bytes = 4U * 1024 * 1024;
  return settings;
}

/// What is said of the network is for whoever looks after it; people want to know that there is no answer.
Error unanswered(const Error& error) {
  return {.code = Code::kUnavailable, .message = "the cluster's API does not answer (" + error.message + ")"};
}

}  // namespace

Workspace::Workspace(std::filesystem::path folder, Result<kube::ClientFactory> cluster, std::string ns)
    : folder_(std::move(folder)), cluster_(std::move(cluster)), ns_(std::move(ns)) {}

Result<Workspace> Workspace::here(const kube::Environment& environment) {
  const auto folder = environment(kFactsVariable).value_or("");
  if (folder.empty()) {
    return fail(
        Code::kNotFound,
        fmt::format("this is not inside a workspace ({} is not set). Outside, berth list and berth show "
                    "say what is booked",
                    kFactsVariable));
  }
  const auto kubeconfig = environment(kKubeconfigVariable).value_or("");
  auto config = kubeconfig.empty() ? kube::load_in_cluster(environment) : kube::load_kubeconfig(kubeconfig);
  if (!config) return Workspace(folder, fail(config.error()), "");
  auto ns = config->default_namespace;
  return Workspace(folder, kube::ClientFactory(std::move(*config), client_settings()), std::move(ns));
}

kube::ObjectRef Workspace::config_map(std::string_view name) const {
  return {{"", "v1", "configmaps", "ConfigMap", true}, ns_, std::string(name)};
}

Result<FactTexts> Workspace::texts_of_api() const {
  if (!cluster_) return fail(cluster_.error());
  auto client = cluster_->client();
  const auto object = client.get(config_map(said::kFactsName));
  if (!object) return fail(unanswered(object.error()));
  FactTexts texts;
  if (const auto* data = find(*object, {"data"}); data != nullptr && data->is_object()) {
    for (const auto& [key, value] : data->get_object()) {
      if (value.is_string()) texts.emplace(std::string(key), std::string(value.get_string()));
    }
  }
  return texts;
}

Result<FactTexts> Workspace::texts_of_files() const {
  FactTexts texts;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end;
       at.increment(error)) {
    const auto key = at->path().filename().string();
    if (key.starts_with(".") || texts.size() >= kMaxFacts) continue;
    std::ifstream file(at->path(), std::ios::binary);
    std::string text(kMaxFactBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
    texts.emplace(key, std::move(text));
  }
  if (error)
    return fail(Code::kNotFound, fmt::format("{} cannot be read: {}", folder_.string(), error.message()));
  return texts;
}

Result<SessionFacts> Workspace::facts() const {
  if (const auto texts = texts_of_api()) {
    if (auto facts = facts_of(*texts)) return facts;
  }
  const auto texts = texts_of_files();
  if (!texts) return fail(texts.error());
  return facts_of(*texts);
}

Result<Quota> Workspace::quota(const SessionFacts& facts) const {
  if (!cluster_) return fail(cluster_.error());
  auto client = cluster_->client();
  const auto object =
      client.get({{"", "v1", "resourcequotas", "ResourceQuota", true}, ns_, std::string(said::kQuotaName)});
  if (!object) return fail(unanswered(object.error()));
  return quota_of(*object, facts.resource_names);
}

/// `text` under that key, beside what is there; null takes it away.
Status Workspace::say(kube::Client& client, std::string_view key, const json::value& text) const {
  const auto ref = config_map(said::kSaidName);
  const json::value patch = json::object{{"data", json::object{{key, text}}}};
  auto told = client.merge_patch(ref, patch);
  if (!told && told.error().code == Code::kNotFound && !text.is_null()) {
    json::object made{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", json::object{{"name", ref.name}, {"namespace", ns_}}}};
    made["data"] = patch.at("data");
    told = client.create(ref.resource, ns_, made);
    // Another command of this workspace was quicker.
    if (!told && told.error().slug == "AlreadyExists") told = client.merge_patch(ref, patch);
  }
  if (told || (text.is_null() && told.error().code == Code::kNotFound)) return {};
  return fail(within("tell Berth", told.error()));
}

Result<said::Answer> Workspace::wait_for_answer(kube::Client& client, const std::string& id,
                                                milliseconds patience) const {
  const auto until = Steady::now() + patience;
  while (Steady::now() < until) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Steady::now());
    client.set_call_deadline(std::clamp(left, milliseconds(100), kCallDeadline));
    // One look that fails is no reason to stop looking: the time is what ends it.
    const auto object = client.get(config_map(said::kFactsName));
    if (object) {
      const auto answer = said::parse_answer(string_at(*object, {"data", said::kAnswerKey}));
      if (answer && answer->id == id) return answer;
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return fail(
      Code::kTimeout,
      fmt::format("Berth has not answered within {} s: it may be busy, or away. Nothing is known to have "
                  "changed; berth here says when it ends",
                  patience.count() / 1000));
}

Result<said::Answer> Workspace::wish(const said::Wish& wish, milliseconds patience) const {
  if (!cluster_) return fail(cluster_.error());
  auto client = cluster_->client();
  if (auto told = say(client, said::kExtendKey, json::value(said::to_text(wish))); !told)
    return fail(told.error());
  auto answer = wait_for_answer(client, wish.id, patience);
  client.set_call_deadline(kCallDeadline);
  // Else it would be heard late, by a Berth that is away now.
  if (const auto back = say(client, said::kExtendKey, nullptr); !back && !answer) {
    auto error = answer.error();
    error.message += ". The wish could not be taken back (" + back.error().message + ")";
    return fail(std::move(error));
  }
  return answer;
}

Status Workspace::tell(const said::Activity& activity) const {
  if (!cluster_) return fail(cluster_.error());
  auto client = cluster_->client();
  return say(client, said::kActivityKey, json::value(said::to_text(activity)));
}

void show_times_of(const std::string& zone) {
  if (std::getenv("TZ") != nullptr || zone.empty() || !Zone::named(zone)) return;
  setenv("TZ", zone.c_str(), 1);
  tzset();
}

}  // namespace berth::cli

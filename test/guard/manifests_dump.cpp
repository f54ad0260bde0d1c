// Prints the objects of a session of the reference machine as Kubernetes Lists, for kubectl to apply. With
// --against it reads the list of objects that a cluster holds and prints each wanted one that is missing or
// differs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "manifests/manifests.hpp"
#include "manifests/reference_session_for_test.hpp"
#include "planning/steps/table.hpp"

namespace {

using namespace berth;

struct Options {
  std::string what = "session";
  std::string step;
  std::string flavour = "kubernetes";
  std::string device_class = "slice";
  std::string mode = "interactive_ml";
  std::string namespace_name = "berth-x7f3k2m9";
  std::string installation;
  std::string mutating_policy_version;
  std::string node = "gpu1";
  std::string hostname;
  std::string storage_class;
  std::string default_storage_class;
  std::string proxy;
  std::vector<std::string> gpu_names;
  std::vector<std::string> api_servers;
  bool several_nodes = false;
  std::string against;
};

manifests::SessionSpec spec_of(const Options& options) {
  const auto flavour =
      options.flavour == "openshift" ? model::Flavour::kOpenshift : model::Flavour::kKubernetes;
  auto spec =
      manifests::reference_session(flavour, options.device_class == "whole",
                                   model::parse_mode(options.mode).value_or(model::Mode::kInteractiveMl));
  spec.session.namespace_name = options.namespace_name;
  spec.session.host = options.namespace_name + "-host." + spec.cluster.apps_domain;
  spec.node.kubernetes_name = options.node;
  spec.cluster.storage_class = options.storage_class;
  spec.cluster.proxy = {.http = options.proxy, .https = options.proxy, .no_proxy = {}};
  if (!options.installation.empty()) spec.installation = options.installation;
  if (!options.gpu_names.empty()) spec.facts.gpu_resource_names = options.gpu_names;
  if (!options.api_servers.empty()) spec.cluster.api_servers = options.api_servers;
  spec.facts.mutating_policy_version = options.mutating_policy_version;
  spec.facts.several_nodes = options.several_nodes;
  if (!options.hostname.empty()) spec.facts.hostnames = {{options.node, options.hostname}};
  spec.default_storage_class = options.default_storage_class;
  return spec;
}

std::vector<manifests::Object> objects_of(const Options& options) {
  const auto spec = spec_of(options);
  if (options.what == "cluster") return manifests::cluster_objects(spec.facts);
  auto objects = planning::all_objects(spec);
  if (!options.step.empty()) {
    const auto step = model::parse_step_name(options.step);
    if (!step) throw CLI::ValidationError("--step", options.step + " is no step");
    objects = planning::objects_of(*step, spec);
  }
  return objects;
}

int compare(const std::vector<manifests::Object>& wanted, const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto actual = parse_json(text, 64);
  if (!actual) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), actual.error().message.c_str());
    return 2;
  }
  const auto* items = find(*actual, {"items"});
  int differing = 0;
  for (const auto& object : wanted) {
    const auto is_it = [&](const json::value& item) {
      return string_at(item, {"kind"}) == object.kind.kind &&
             string_at(item, {"metadata", "name"}) == object.name;
    };
    const auto& list = items == nullptr ? json::array{} : items->as_array();
    const auto found = std::find_if(list.begin(), list.end(), is_it);
    if (found != list.end() && manifests::matches(object.body, *found)) continue;
    std::printf("%s %s %s\n", found == list.end() ? "missing" : "differs", object.kind.kind.c_str(),
                object.name.c_str());
    ++differing;
  }
  return differing == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Prints the objects of a session as a Kubernetes List."};
  app.add_option("what", options.what)->check(CLI::IsMember({"session", "cluster"}));
  app.add_option("--step", options.step, "the objects of this step alone");
  app.add_option("--flavour", options.flavour)->check(CLI::IsMember({"kubernetes", "openshift"}));
  app.add_option("--class", options.device_class)->check(CLI::IsMember({"slice", "whole"}));
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"interactive_ml", "inference_containers"}));
  app.add_option("--namespace", options.namespace_name);
  app.add_option("--installation", options.installation);
  app.add_option("--mutating-policies", options.mutating_policy_version)
      ->check(CLI::IsMember({"", "v1", "v1beta1"}));
  app.add_option("--node", options.node);
  app.add_option("--storage-class", options.storage_class);
  app.add_option("--hostname", options.hostname, "of the node, where it is not its name");
  app.add_option("--default-storage-class", options.default_storage_class);
  app.add_option("--proxy", options.proxy);
  app.add_option("--gpu-name", options.gpu_names);
  app.add_option("--api-server", options.api_servers);
  app.add_flag("--several-nodes", options.several_nodes);
  app.add_option("--against", options.against, "a List in a file, as `kubectl get -o json` prints it");
  CLI11_PARSE(app, argc, argv);

  const auto objects = objects_of(options);
  if (!options.against.empty()) return compare(objects, options.against);
  json::array items;
  for (const auto& object : objects) items.emplace_back(object.body);
  const json::object list{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
  std::puts(json::serialize(list).c_str());
  return 0;
}

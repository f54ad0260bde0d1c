#include "contract.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace berth::contract {

namespace {

constexpr std::chrono::milliseconds kLook{50};
constexpr std::size_t kRandomLetters = 8;

const Run* run_of_this_program = nullptr;

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

bool has_cause(const Error& error, std::string_view reason) {
  return std::ranges::any_of(error.fields, [&](const FieldError& field) { return field.limit == reason; });
}

Result<Run> Run::start() {
  const auto path = kube::process_environment()("BERTH_CONTRACT_KUBECONFIG").value_or("");
  if (path.empty()) {
    return fail(Code::kInvalid, "BERTH_CONTRACT_KUBECONFIG must name the kubeconfig of the cluster to test");
  }
  auto config = kube::load_kubeconfig(path);
  if (!config) return fail(config.error());
  SystemRandom random;
  Run run(std::move(*config), random_name_part(random, kRandomLetters));
  auto client = run.factory().client();
  const auto version = client.raw_get("/version");
  if (!version) return fail(version.error());
  return run;
}

Status Run::clean_up() const {
  auto client = factory_.client();
  const kube::ListQuery ours{.label_selector = fmt::format("{}={}", kRunLabel, id_), .metadata_only = true};
  std::string left;
  const bool gone = eventually([&] {
    const auto list = client.list(kube::resources::namespaces(), ours);
    if (!list) {
      left = list.error().message;
      return false;
    }
    left.clear();
    for (const auto& ns : list->items) {
      left += kube::name_of(ns) + " ";
      if (kube::is_deleting(ns)) continue;
      const auto removed = client.remove(
          {.resource = kube::resources::namespaces(), .name = kube::name_of(ns)}, {.uid = kube::uid_of(ns)});
      if (!removed) left += "(" + removed.error().message + ") ";
    }
    return list->items.empty();
  });
  if (!gone) return fail(Code::kTimeout, "namespaces of this run are still there: " + left);
  return {};
}

const Run& current_run() {
  return *run_of_this_program;
}
void set_current_run(const Run* run) {
  run_of_this_program = run;
}

Contract::Contract() : client(current_run().factory().client()) {}

Contract::~Contract() {
  for (const auto& ref : at_end_) {
    const auto removed = client.remove(ref);
    EXPECT_TRUE(ok(removed)) << kube::describe(ref);
  }
}

std::string Contract::unique_name() {
  return "contract-" + random_name_part(random_, kRandomLetters);
}

std::string Contract::make_namespace() {
  const auto name = unique_name();
  const auto made = client.create(
      kube::resources::namespaces(), "",
      json::object{{"apiVersion", "v1"},
                   {"kind", "Namespace"},
                   {"metadata", {{"name", name}, {"labels", {{kRunLabel, current_run().id()}}}}}},
      {.field_manager = std::string(kManager)});
  EXPECT_TRUE(ok(made));
  if (made) remove_at_end({.resource = kube::resources::namespaces(), .name = name});
  EXPECT_TRUE(wait_for({.resource = kube::resources::service_accounts(), .ns = name, .name = "default"},
                       [](const json::value&) { return true; }))
      << "no default service account in " << name;
  return name;
}

bool Contract::serves(const kube::Resource& resource) {
  const auto discovery = client.discover();
  EXPECT_TRUE(ok(discovery));
  return discovery && discovery->serves(resource);
}

std::string Contract::storage_class() {
  const auto classes = client.list(kube::resources::storage_classes());
  EXPECT_TRUE(ok(classes));
  if (!classes || classes->items.empty()) return {};
  for (const auto& one : classes->items) {
    if (string_at(one, {"metadata", "annotations", "storageclass.kubernetes.io/is-default-class"}) == "true")
      return kube::name_of(one);
  }
  return kube::name_of(classes->items.front());
}

std::optional<json::value> Contract::wait_for(const kube::ObjectRef& ref,
                                              const std::function<bool(const json::value&)>& condition) {
  std::optional<json::value> last;
  const bool held = eventually([&] {
    auto found = client.find(ref);
    EXPECT_TRUE(ok(found)) << kube::describe(ref);
    last = found ? std::move(*found) : std::nullopt;
    return !found || (last && condition(*last));
  });
  if (!held && last) ADD_FAILURE() << kube::describe(ref) << " is still " << json::serialize(*last);
  return held ? last : std::nullopt;
}

bool Contract::wait_gone(const kube::ObjectRef& ref) {
  return eventually([&] {
    const auto found = client.find(ref);
    return found && !found->has_value();
  });
}

}  // namespace berth::contract

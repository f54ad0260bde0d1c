#include "install/init.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "install/secrets.hpp"

namespace berth::install {
namespace {

constexpr std::string_view kManager = "berth-init";
constexpr std::string_view kAlreadyExists = "AlreadyExists";

kube::Resource secrets() {
  return {"", "v1", "secrets", "Secret", true};
}

/// True when it was made now. The manifests have it too, with its labels.
Result<bool> ensure_namespace(kube::Client& cluster, const std::string& ns) {
  const auto resource = kube::resources::namespaces();
  const auto there = cluster.find({resource, "", ns});
  if (!there) return fail(there.error());
  if (there->has_value()) {
    if (!kube::is_deleting(**there)) return false;
    return fail(Code::kConflict, fmt::format("the namespace {} is being deleted; wait until it is gone", ns));
  }
  const json::object wanted{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}};
  const auto made = cluster.create(resource, "", wanted, {.field_manager = std::string(kManager)});
  if (!made && made.error().slug != kAlreadyExists) return fail(made.error());
  return made.has_value();
}

Result<Existing> look(kube::Client& cluster, const std::string& ns) {
  Existing existing;
  for (const auto name : {kDatabaseSecret, kFirstAdminSecret}) {
    auto found = cluster.find({secrets(), ns, std::string(name)});
    if (!found) return fail(found.error());
    if (!found->has_value()) continue;
    auto& keys = existing[std::string(name)];
    const auto* data = (**found).as_object().if_contains("data");
    if (data == nullptr || !data->is_object()) continue;
    for (const auto& [key, value] : data->get_object()) keys.emplace(key);
  }
  return existing;
}

json::object object_of(const Secret& secret, const std::string& ns) {
  json::object values;
  for (const auto& [key, value] : secret.values) values[key] = base64_encode(value);
  json::object labels{{"app.kubernetes.io/part-of", "berth"}};
  for (const auto& [key, value] : secret.labels) labels[key] = value;
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", secret.name}, {"namespace", ns}, {"labels", std::move(labels)}}},
          {"type", secret.type},
          {"data", std::move(values)}};
}

Result<std::map<std::string, std::string>> passwords_in(kube::Client& cluster, const std::string& ns) {
  const auto found = cluster.get({secrets(), ns, std::string(kDatabaseSecret)});
  if (!found) return fail(found.error());
  std::map<std::string, std::string> passwords;
  const auto* data = found->as_object().if_contains("data");
  if (data == nullptr || !data->is_object()) return passwords;
  for (const auto& [key, value] : data->get_object()) {
    const auto text = value.is_string() ? base64_decode(std::string_view(value.get_string())) : std::nullopt;
    if (!text)
      return fail(Code::kInvalid,
                  fmt::format("the Secret {} has no text at \"{}\"", kDatabaseSecret, std::string_view(key)));
    passwords.emplace(key, *text);
  }
  return passwords;
}

/// Each as the database's Secret has it now.
Status copy_for_cloudnativepg(kube::Client& cluster, const std::string& ns, Initialised& done) {
  const auto passwords = passwords_in(cluster, ns);
  if (!passwords) return fail(passwords.error());
  for (const auto& secret : for_cloudnativepg(*passwords)) {
    const kube::ObjectRef ref{secrets(), ns, secret.name};
    const auto wanted = object_of(secret, ns);
    const auto there = cluster.find(ref);
    if (!there) return fail(there.error());
    if (there->has_value()) {
      const auto* data = (**there).as_object().if_contains("data");
      if (data != nullptr && *data == wanted.at("data")) {
        done.kept.push_back(secret.name);
        continue;
      }
    }
    const auto made = cluster.apply(ref, wanted, {.field_manager = std::string(kManager), .force = true});
    if (!made) return fail(made.error());
    done.made.push_back(fmt::format("{}: {}", secret.name, secret.what));
  }
  return {};
}

}  // namespace

Result<Initialised> initialise(kube::Client& cluster, const InitSettings& settings, Random& random) {
  Initialised done;
  // Before anything is made: whatever is wrong is wrong for all of it.
  if (auto fine = plan_secrets({}, settings.first_admin, random); !fine) return fail(fine.error());
  auto fresh = ensure_namespace(cluster, settings.ns);
  if (!fresh) return fail(fresh.error());
  done.made_namespace = *fresh;
  const auto existing = look(cluster, settings.ns);
  if (!existing) return fail(existing.error());
  auto plan = plan_secrets(*existing, settings.first_admin, random);
  if (!plan) return fail(plan.error());
  done.kept = std::move(plan->keep);
  for (const auto& secret : plan->make) {
    const auto made = cluster.create(secrets(), settings.ns, object_of(secret, settings.ns),
                                     {.field_manager = std::string(kManager)});
    if (!made && made.error().slug == kAlreadyExists) {  // somebody else did, a moment ago: theirs counts
      done.kept.push_back(secret.name);
      continue;
    }
    if (!made) return fail(made.error());
    done.made.push_back(fmt::format("{}: {}", secret.name, secret.what));
    if (secret.name == kFirstAdminSecret) done.first_password = secret.values.at("password");
  }
  if (settings.cloudnativepg)
    if (auto copied = copy_for_cloudnativepg(cluster, settings.ns, done); !copied)
      return fail(copied.error());
  return done;
}

}  // namespace berth::install

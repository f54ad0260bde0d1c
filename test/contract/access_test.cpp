// Who may do what: bindings, tokens, admission policies; and who of several leads.
#include "base/base64.hpp"
#include "contract.hpp"
#include "objects.hpp"

namespace berth::contract {
namespace {

json::object role_binding(std::string_view name, std::string_view cluster_role,
                          std::string_view service_account, std::string_view ns) {
  return {
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "RoleBinding"},
      {"metadata", {{"name", name}}},
      {"roleRef",
       {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", cluster_role}}},
      {"subjects", json::array{{{"kind", "ServiceAccount"}, {"name", service_account}, {"namespace", ns}}}}};
}

json::object service_account(std::string_view name) {
  return {{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", name}}}};
}

json::object lease(std::string_view name, std::string_view holder) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"holderIdentity", holder},
            {"leaseDurationSeconds", 15},
            {"acquireTime", "2026-01-02T03:04:05.000006Z"},
            {"renewTime", "2026-01-02T03:04:05.000006Z"},
            {"leaseTransitions", 0}}}};
}

TEST_F(Contract, RoleBindingsAreAppliedAndTheirRoleIsFixed) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::role_bindings(), .ns = ns, .name = "user"};
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  const auto first = client.apply(ref, role_binding("user", "view", "user", ns), {.field_manager = "ada"});
  ASSERT_TRUE(ok(first));
  const auto again = client.apply(ref, role_binding("user", "view", "user", ns), {.field_manager = "ada"});
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(kube::resource_version_of(again->object), kube::resource_version_of(first->object));
  EXPECT_TRUE(fails(client.apply(ref, role_binding("user", "edit", "user", ns), {.field_manager = "ada"}),
                    Code::kInvalid, "Invalid"))
      << "another role needs another binding";
}

TEST_F(Contract, ClusterRolesAndTheirBindingsAreOfTheCluster) {
  const kube::ObjectRef role{.resource = kube::resources::cluster_roles(), .name = unique_name()};
  remove_at_end(role);
  const json::object role_object{{"apiVersion", "rbac.authorization.k8s.io/v1"},
                                 {"kind", "ClusterRole"},
                                 {"metadata", {{"name", role.name}}},
                                 {"rules", json::array{{{"apiGroups", json::array{""}},
                                                        {"resources", json::array{"pods"}},
                                                        {"verbs", json::array{"get"}}}}}};
  ASSERT_TRUE(ok(client.apply(role, role_object, {.field_manager = "ada"})));

  const kube::ObjectRef binding{.resource = kube::resources::cluster_role_bindings(), .name = unique_name()};
  remove_at_end(binding);
  auto binding_object = role_binding(binding.name, role.name, "user", "default");
  binding_object["kind"] = "ClusterRoleBinding";
  ASSERT_TRUE(ok(client.apply(binding, binding_object, {.field_manager = "ada"})));
  EXPECT_TRUE(ok(client.get(binding)));
}

TEST_F(Contract, AdmissionPoliciesAreAccepted) {
  const kube::ObjectRef policy{.resource = kube::resources::validating_admission_policies(),
                               .name = unique_name()};
  remove_at_end(policy);
  const json::object object{
      {"apiVersion", "admissionregistration.k8s.io/v1"},
      {"kind", "ValidatingAdmissionPolicy"},
      {"metadata", {{"name", policy.name}}},
      {"spec",
       {{"failurePolicy", "Fail"},
        {"matchConstraints",
         {{"namespaceSelector", {{"matchLabels", {{std::string(kRunLabel), "none"}}}}},
          {"resourceRules", json::array{{{"apiGroups", json::array{""}},
                                         {"apiVersions", json::array{"v1"}},
                                         {"operations", json::array{"CREATE", "UPDATE"}},
                                         {"resources", json::array{"pods"}}}}}}},
        {"validations", json::array{{{"expression", "!has(object.spec.runtimeClassName)"},
                                     {"message", "no runtime class here"}}}}}}};
  ASSERT_TRUE(ok(client.apply(policy, object, {.field_manager = "ada"})));

  const kube::ObjectRef binding{.resource = kube::resources::validating_admission_policy_bindings(),
                                .name = unique_name()};
  remove_at_end(binding);
  const json::object binding_object{
      {"apiVersion", "admissionregistration.k8s.io/v1"},
      {"kind", "ValidatingAdmissionPolicyBinding"},
      {"metadata", {{"name", binding.name}}},
      {"spec", {{"policyName", policy.name}, {"validationActions", json::array{"Deny"}}}}};
  ASSERT_TRUE(ok(client.apply(binding, binding_object, {.field_manager = "ada"})));

  // What others add to the set stays in an apply, and may be what makes it refused. A merge patch replaces
  // it.
  const auto set_actions = [&](json::array actions) {
    return client.merge_patch(binding, {{"spec", {{"validationActions", std::move(actions)}}}},
                              {.field_manager = "bob"});
  };
  ASSERT_TRUE(ok(set_actions({"Warn"})));
  EXPECT_TRUE(
      fails(client.apply(binding, binding_object, {.field_manager = "ada"}), Code::kInvalid, "Invalid"));
  const auto replaced = set_actions({"Deny"});
  ASSERT_TRUE(ok(replaced));
  EXPECT_EQ(*find(*replaced, {"spec", "validationActions"}), json::value(json::array{"Deny"}));
}

TEST_F(WholeServer, AServiceAccountMayDoWhatItsBindingSays) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  ASSERT_TRUE(
      ok(client.create(kube::resources::role_bindings(), ns, role_binding("user", "view", "user", ns))));
  ASSERT_TRUE(ok(client.create(kube::resources::config_maps(), ns, config_map("one", {}))));
  ASSERT_TRUE(ok(client.create(
      kube::resources::secrets(), ns,
      json::object{
          {"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "kubernetes.io/service-account-token"},
          {"metadata",
           {{"name", "token"}, {"annotations", {{"kubernetes.io/service-account.name", "user"}}}}}})));
  const auto given = wait_for({kube::resources::secrets(), ns, "token"}, [](const json::value& object) {
    return !string_at(object, {"data", "token"}).empty();
  });
  ASSERT_TRUE(given);
  auto config = current_run().config();
  config.client_certificate = {};
  config.client_key = {};
  config.token = base64_decode(string_at(*given, {"data", "token"})).value_or("");
  auto user = kube::ClientFactory(config).client();
  EXPECT_TRUE(eventually([&] { return user.get(config_map_ref(ns, "one")).has_value(); }));
  EXPECT_TRUE(fails(user.create(kube::resources::config_maps(), ns, config_map("two", {})), Code::kForbidden,
                    "Forbidden"));
  EXPECT_TRUE(fails(user.list(kube::resources::namespaces()), Code::kForbidden, "Forbidden"));

  const json::object review{
      {"apiVersion", "authorization.k8s.io/v1"},
      {"kind", "SelfSubjectAccessReview"},
      {"spec", {{"resourceAttributes", {{"namespace", ns}, {"verb", "get"}, {"resource", "configmaps"}}}}}};
  const auto answer = user.create(kube::resources::self_subject_access_reviews(), "", review);
  ASSERT_TRUE(ok(answer));
  EXPECT_EQ(find_bool(*answer, {"status", "allowed"}), true);
}

class Tokens : public Contract {
 protected:
  static kube::Client with(const std::string& token) {
    auto config = current_run().config();
    config.client_certificate = {};
    config.client_key = {};
    config.token = token;
    return kube::ClientFactory(config).client();
  }
};

TEST_F(Tokens, OfAnAccountAreMadeForAWhile) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  const kube::ObjectRef user{kube::resources::service_accounts(), ns, "user"};
  const auto before = SystemClock().now();
  const auto given = client.make_token(user, {.lifetime = seconds(1200)});
  ASSERT_TRUE(ok(given));
  EXPECT_FALSE(given->token.empty());
  constexpr seconds kClocksDiffer{300};
  EXPECT_LT(given->expires, SystemClock().now() + seconds(1200) + kClocksDiffer);
  EXPECT_GT(given->expires, before + seconds(1200) - kClocksDiffer);
  EXPECT_TRUE(fails(client.make_token(user, {.lifetime = seconds(599)}), Code::kInvalid, "Invalid"));
  EXPECT_TRUE(ok(client.make_token(user, {.lifetime = seconds(600)})));
  EXPECT_TRUE(fails(client.make_token({user.resource, ns, "nobody"}, {.lifetime = seconds(600)}),
                    Code::kNotFound, "NotFound"));
}

TEST_F(Tokens, LeadIntoTheirNamespaceUntilTheirAccountIsGone) {
  const auto ns = make_namespace();
  const auto elsewhere = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  ASSERT_TRUE(
      ok(client.create(kube::resources::role_bindings(), ns, role_binding("user", "view", "user", ns))));
  const kube::ObjectRef account{kube::resources::service_accounts(), ns, "user"};
  const auto given = client.make_token(account, {.lifetime = seconds(600)});
  ASSERT_TRUE(ok(given));
  auto user = with(given->token);
  EXPECT_TRUE(eventually([&] { return user.list(kube::resources::pods(), {.ns = ns}).has_value(); }));
  EXPECT_TRUE(fails(user.list(kube::resources::pods(), {.ns = elsewhere}), Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(fails(user.list(kube::resources::pods()), Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(fails(user.list(kube::resources::namespaces()), Code::kForbidden, "Forbidden"));
  EXPECT_TRUE(user.discover().has_value());

  ASSERT_TRUE(ok(client.remove(account)));
  EXPECT_TRUE(eventually([&] {
    const auto refused = user.list(kube::resources::pods(), {.ns = ns});
    return !refused && refused.error().code == Code::kUnauthenticated;
  }));
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  EXPECT_TRUE(fails(user.list(kube::resources::pods(), {.ns = ns}), Code::kUnauthenticated, "Unauthorized"))
      << "an account of that name that is made anew is another";
}

TEST_F(Tokens, BoundToAnObjectGoWithThatVeryOne) {
  const auto ns = make_namespace();
  ASSERT_TRUE(ok(client.create(kube::resources::service_accounts(), ns, service_account("user"))));
  ASSERT_TRUE(
      ok(client.create(kube::resources::role_bindings(), ns, role_binding("user", "view", "user", ns))));
  const kube::ObjectRef account{kube::resources::service_accounts(), ns, "user"};
  const kube::ObjectRef hook{kube::resources::secrets(), ns, "hook"};
  const json::object secret{{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "hook"}}}};
  const auto bound_to = [&](std::string uid) {
    return kube::TokenQuery{.lifetime = seconds(600),
                            .bound_to = kube::ObjectIdentity{hook.resource, hook.name, std::move(uid)}};
  };
  EXPECT_TRUE(fails(client.make_token(account, bound_to("1")), Code::kNotFound, "NotFound"));
  const auto made = client.create(hook.resource, ns, secret);
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(fails(client.make_token(account, bound_to("1")), Code::kConflict, "Conflict"));
  const auto given = client.make_token(account, bound_to(kube::uid_of(*made)));
  ASSERT_TRUE(ok(given));
  auto user = with(given->token);
  EXPECT_TRUE(eventually([&] { return user.list(kube::resources::pods(), {.ns = ns}).has_value(); }));
  ASSERT_TRUE(ok(client.remove(hook)));
  ASSERT_TRUE(ok(client.create(hook.resource, ns, secret)))
      << "one of that name that is made anew is another";
  EXPECT_TRUE(eventually([&] {
    const auto refused = user.list(kube::resources::pods(), {.ns = ns});
    return !refused && refused.error().code == Code::kUnauthenticated;
  }));
}

TEST_F(WholeServer, AWrongTokenIsNobody) {
  auto config = current_run().config();
  config.client_certificate = {};
  config.client_key = {};
  config.token = "wrong";
  auto nobody = kube::ClientFactory(config).client();
  const auto list = nobody.list(kube::resources::namespaces());
  ASSERT_TRUE(fails(list, Code::kUnauthenticated, "Unauthorized"));
  EXPECT_EQ(list.error().message.find("wrong"), std::string::npos) << "the token is never told";
}

TEST_F(Contract, ALeaseGoesToOne) {
  const auto ns = make_namespace();
  const kube::ObjectRef ref{.resource = kube::resources::leases(), .ns = ns, .name = "one"};
  const auto made = client.create(ref.resource, ns, lease("one", "ada"));
  ASSERT_TRUE(ok(made));
  EXPECT_TRUE(fails(client.create(ref.resource, ns, lease("one", "bob")), Code::kConflict, "AlreadyExists"));
  auto by_ada = *made;
  by_ada.as_object()["spec"].as_object()["renewTime"] = "2026-01-02T03:04:07.000006Z";
  auto by_bob = *made;
  by_bob.as_object()["spec"].as_object()["holderIdentity"] = "bob";
  const auto renewed = client.replace(ref, by_ada);
  ASSERT_TRUE(ok(renewed));
  EXPECT_EQ(string_at(*renewed, {"spec", "renewTime"}), "2026-01-02T03:04:07.000006Z");
  EXPECT_TRUE(fails(client.replace(ref, by_bob), Code::kConflict, "Conflict"));
}

TEST_F(Contract, OneOfTwoLeadsAndTheOtherFollows) {
  const auto ns = make_namespace();
  const auto stand_for = [&](std::string identity) {
    return kube::LeaderElection::start(current_run().factory(),
                                       {.ns = ns,
                                        .lease_name = "leader",
                                        .identity = std::move(identity),
                                        .field_manager = "contract",
                                        .lease_duration = std::chrono::milliseconds(20'000),
                                        .renew_deadline = std::chrono::milliseconds(15'000),
                                        .retry_period = std::chrono::milliseconds(200)},
                                       {}, Log::silent());
  };
  auto ada = stand_for("ada");
  ASSERT_TRUE(ok(ada));
  ASSERT_TRUE(eventually([&] { return (*ada)->is_leader(); }));
  auto bob = stand_for("bob");
  ASSERT_TRUE(ok(bob));
  ASSERT_TRUE(eventually([&] { return (*bob)->holder() == "ada"; }));
  EXPECT_FALSE((*bob)->is_leader());
  (*ada)->stop();
  EXPECT_FALSE((*ada)->is_leader());
  EXPECT_TRUE(eventually([&] { return (*bob)->is_leader(); })) << "a lease given back is taken at once";
}

}  // namespace
}  // namespace berth::contract

#include "manifests/manifests.hpp"

#include <gtest/gtest.h>

#include "manifests/names_and_labels.hpp"
#include "manifests/reference_session_for_test.hpp"

namespace berth::manifests {
namespace {

SessionSpec slice() {
  return reference_session(model::Flavour::kKubernetes, false, model::Mode::kInteractiveMl);
}

TEST(WorkspaceUrl, NamesThePortOnlyWhereTheClusterHasOne) {
  auto spec = slice();
  EXPECT_EQ(workspace_url(spec), "https://x7f3k2m9q1w8.apps.gpu1.lab.example/");
  spec.cluster.url_scheme = "http";
  spec.cluster.url_port = 8080;
  EXPECT_EQ(workspace_url(spec), "http://x7f3k2m9q1w8.apps.gpu1.lab.example:8080/");
}

std::string guarded(const SessionSpec& spec) {
  return string_at(kubeconfig_guard(spec).body, {"metadata", "annotations", kKubeconfigsOfAnnotation});
}

TEST(KubeconfigGuard, IsAnotherForAnotherOwnerAndOnceAllWaysInHaveEnded) {
  auto spec = slice();
  spec.reservation.owner.value = "ana";
  EXPECT_EQ(guarded(spec), "nobody") << "who was disabled";
  spec.may_enter = {{"ben", "ben@lab.example"}, {"ana", "ana@lab.example"}};
  EXPECT_EQ(guarded(spec), "ana");
  spec.may_enter[1].since = *parse_rfc3339("2026-02-15T23:58:00.000125Z");
  EXPECT_EQ(guarded(spec), "ana since 2026-02-15T23:58:00.000125Z");
  spec.may_enter[0].since = spec.may_enter[1].since;
  spec.reservation.owner.value = "ben";
  EXPECT_EQ(guarded(spec), "ben since 2026-02-15T23:58:00.000125Z");
  const auto object = kubeconfig_guard(spec);
  EXPECT_TRUE(object.renewed);
  EXPECT_EQ(object.body.if_contains("data"), nullptr) << "there is nothing secret in it";
  EXPECT_EQ(string_at(object.body, {"metadata", "labels", kGuardLabel}), "true");
}

}  // namespace
}  // namespace berth::manifests

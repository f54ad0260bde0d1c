#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(AccessStep, BindsTheServiceAccountOfTheSessionAndNobodyElse) {
  const auto spec =
      manifests::reference_session(model::Flavour::kOpenshift, false, model::Mode::kInteractiveMl);
  const auto objects = access_objects(spec);
  ASSERT_EQ(objects.size(), 3U);
  EXPECT_EQ(objects.front().kind.kind, "ServiceAccount");
  const json::value self = {
      {"kind", "ServiceAccount"}, {"name", "workspace"}, {"namespace", spec.session.namespace_name}};
  for (std::size_t i = 1; i < objects.size(); ++i) {
    EXPECT_EQ(objects[i].kind.kind, "RoleBinding");
    EXPECT_EQ(objects[i].body.at("subjects"), json::value(json::array{self})) << objects[i].name;
  }
}

}  // namespace
}  // namespace berth::planning

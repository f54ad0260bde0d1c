#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(ConfigStep, HasTheSessionsFactsAndASecretWithoutItsPassword) {
  const auto objects = config_objects(slice());
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].name, "berth-session");
  EXPECT_EQ(objects[1].kind.kind, "Secret");
  EXPECT_EQ(objects[1].password_key, "password");
  EXPECT_EQ(objects[1].body.at("data"), json::value(json::object{}));
}

TEST(ConfigStep, HasTheProxysSettingsOnlyWhereTheClusterHasOne) {
  auto spec = slice();
  spec.cluster.proxy.https = "http://192.0.2.1:3128";
  const auto objects = config_objects(spec);
  const auto& data = find_object(objects, "ConfigMap", "berth-proxy").body.at("data").as_object();
  EXPECT_EQ(data.at("HTTPS_PROXY"), data.at("https_proxy"));
  EXPECT_FALSE(data.contains("HTTP_PROXY"));
}

}  // namespace
}  // namespace berth::planning

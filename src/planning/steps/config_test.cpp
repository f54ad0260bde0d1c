#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

TEST(ConfigStep, HasTheSessionsFactsAndWhatKubeconfigsHangOn) {
  const auto objects = config_objects(slice());
  ASSERT_EQ(objects.size(), 3U);
  EXPECT_EQ(objects[0].name, "berth-session");
  EXPECT_EQ(objects[2].kind.kind, "Secret");
  EXPECT_TRUE(objects[2].renewed);
}

TEST(ConfigStep, SaysWhatBecomesOfTheFiles) {
  auto spec = slice();
  const auto said = [&] { return string_at(config_objects(spec)[0].body, {"data", "files_kept_days"}); };
  EXPECT_EQ(said(), "0");
  spec.home_kept_days = 14;
  EXPECT_EQ(said(), "14");
}

TEST(ConfigStep, TellsTheGateWhoMayEnterAndNothingSecret) {
  const auto spec = slice();
  const auto objects = config_objects(spec);
  const auto& object = find_object(objects, "ConfigMap", "berth-gate");
  EXPECT_EQ(find_string(object.body, {"metadata", "labels", manifests::kGuardLabel}), "true");
  const auto list = entry::parse_access_list(string_at(object.body, {"data", "access.json"}));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->session, spec.session.id.value);
  EXPECT_EQ(list->host, spec.session.host);
  EXPECT_EQ(list->people, spec.may_enter);
  EXPECT_EQ(list->keys, spec.gate_keys);
}

TEST(ConfigStep, TellsTheGateWhereATicketIsToBeHad) {
  auto spec = slice();
  const auto told = [&] {
    const auto objects = config_objects(spec);
    const auto& object = find_object(objects, "ConfigMap", "berth-gate");
    return entry::parse_access_list(string_at(object.body, {"data", "access.json"}))->portal;
  };
  EXPECT_EQ(told(), "") << "nobody said where the pages are";
  for (const auto* const url : {"https://berth.lab.example", "https://berth.lab.example/"}) {
    spec.cluster.portal_url = url;
    EXPECT_EQ(told(), "https://berth.lab.example/reservations/" + spec.reservation.id.value);
  }
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

// What the programs themselves pass over, and what they refuse.
#include "layout/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/yaml.hpp"
#include "layout/pool_for_test.hpp"
#include "layout/render.hpp"

namespace berth::layout {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json::value yaml(std::string_view text) {
  return yaml_documents(text).value().at(0);
}

std::vector<std::string> fields(const std::vector<FieldError>& faults) {
  std::vector<std::string> out;
  for (const auto& one : faults) out.push_back(one.field);
  return out;
}

std::vector<std::string> of_mig(std::string_view text) {
  return fields(judge_mig_config(yaml(text)));
}
std::vector<std::string> of_plugin(std::string_view text) {
  return fields(judge_plugin_config(yaml(text)));
}

TEST(Judge, WhatIsRenderedIsSound) {
  const auto pool = reference_pool();
  const auto rendered = render(std::span(&pool, 1), model::Flavour::kOpenshift, "nvidia-gpu-operator");
  ASSERT_TRUE(rendered);
  for (const auto& document : rendered->documents) {
    if (string_at(document, {"kind"}) != "ConfigMap") continue;
    const bool is_mig = string_at(document, {"metadata", "name"}) == kMigConfigMap;
    for (const auto& [key, text] : document.at("data").as_object()) {
      const auto config = yaml(std::string_view(text.as_string()));
      EXPECT_THAT(is_mig ? judge_mig_config(config) : judge_plugin_config(config), IsEmpty()) << key;
    }
  }
}

TEST(MigConfig, IsReadAsItIsMeant) {
  EXPECT_THAT(of_mig(R"(
version: v1
mig-configs:
  all-disabled: [{devices: all, mig-enabled: false}]
  all-enabled: [{devices: all, mig-enabled: true, mig-devices: {}}]
  balanced:
  - {device-filter: ["0x233010DE", "0x20b210de"], devices: all, mig-enabled: true, mig-devices: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}
  - {device-filter: "0x2BB510DE:0x000010DE", devices: [0, 1], mig-enabled: true, mig-devices: {1g.24gb: 2, 2g.48gb: 1}}
)"),
              IsEmpty());
}

TEST(MigConfig, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(of_mig("[]"), ElementsAre(""));
  EXPECT_THAT(of_mig("{version: v2, mig-configs: {a: [{devices: all, mig-enabled: false}]}, more: 1}"),
              ElementsAre("more", "version"));
  EXPECT_THAT(of_mig("{version: v1}"), ElementsAre("mig-configs"));
  const auto entry = [](const std::string& text) {
    return of_mig("version: v1\nmig-configs:\n  a:\n  - " + text + "\n");
  };
  const std::string one = "mig-configs.a[0]";
  EXPECT_THAT(entry("{devices: all, mig-enabled: true}"), ElementsAre(one + ".mig-devices"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: false, mig-devices: {1g.24gb: 1}}"),
              ElementsAre(one + ".mig-devices"));
  EXPECT_THAT(entry("{devices: [0, 0], mig-enabled: false}"), ElementsAre(one + ".devices"));
  EXPECT_THAT(entry("{devices: some, mig-enabled: false}"), ElementsAre(one + ".devices"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: 'yes'}"), ElementsAre(one + ".mig-enabled"));
  EXPECT_THAT(entry("{devices: all, migEnabled: true, mig-enabled: false}"),
              ElementsAre(one + ".migEnabled"));
  EXPECT_THAT(entry("{device-filter: '0x2BB51002', devices: all, mig-enabled: false}"),
              ElementsAre(one + ".device-filter"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: true, mig-devices: {1c.3g.20gb: 1}}"),
              ElementsAre(one + ".mig-devices.1c.3g.20gb"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: true, mig-devices: {1g.24gb: 0}}"),
              ElementsAre(one + ".mig-devices.1g.24gb"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: true, mig-devices: {1g.24gb: 99999999}}"),
              ElementsAre(one + ".mig-devices.1g.24gb"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: true, mig-devices: {2g.48gb: 2, 1g.24gb: 1}}"),
              ElementsAre(one + ".mig-devices"));
  EXPECT_THAT(entry("{devices: all, mig-enabled: true, mig-devices: {1g.24gb: 1, 1g.10gb: 1}}"),
              ElementsAre(one + ".mig-devices"));
  EXPECT_THAT(of_mig("{version: v1, mig-configs: {'a+b': [{devices: all, mig-enabled: false}]}}"),
              ElementsAre("mig-configs.a+b"));
  const auto faults =
      judge_mig_config(yaml("{version: v1, mig-configs: {a: [{device-filter: '0x2BB510DE', devices: all, "
                            "mig-enabled: true, mig-devices: {1g.24gb+me.all: 1, 1g.24gb: 1}}]}}"));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_THAT(faults[0].message, HasSubstr("Beside 1g.24gb+me.all"));
}

TEST(PluginConfig, IsStricterThanThePlugin) {
  const std::string sound =
      "version: v1\nflags: {migStrategy: mixed}\nsharing:\n  timeSlicing:\n    failRequestsGreaterThanOne: "
      "true\n    resources:\n"
      "    - {name: nvidia.com/gpu, replicas: 4}\n    - {name: nvidia.com/mig-1g.24gb, replicas: 2}\n";
  EXPECT_THAT(of_plugin(sound), IsEmpty());
  const auto with = [&](std::string_view what, std::string_view instead) {
    auto text = sound;
    text.replace(text.find(what), what.size(), instead);
    return of_plugin(text);
  };
  const std::string sharing = "sharing.timeSlicing.";
  EXPECT_THAT(with("failRequestsGreaterThanOne", "failRequestGreaterThanOne"),
              ElementsAre(sharing + "failRequestGreaterThanOne", sharing + "failRequestsGreaterThanOne"));
  EXPECT_THAT(with("true", "false"), ElementsAre(sharing + "failRequestsGreaterThanOne"));
  EXPECT_THAT(with("mixed", "both"), ElementsAre("flags.migStrategy"));
  EXPECT_THAT(with("migStrategy", "migstrategy"), ElementsAre("flags.migstrategy"));
  EXPECT_THAT(with("replicas: 2", "replicas: 1"), ElementsAre(sharing + "resources[1].replicas"));
  EXPECT_THAT(with("replicas: 2", "replicas: two"), ElementsAre(sharing + "resources[1].replicas"));
  EXPECT_THAT(with("nvidia.com/gpu", "gpu"), ElementsAre(sharing + "resources[0].name"));
  EXPECT_THAT(with("mig-1g.24gb", "mig-1g.24gb+me"), ElementsAre(sharing + "resources[1].name"));
  EXPECT_THAT(with("nvidia.com/mig-1g.24gb", "nvidia.com/gpu"), ElementsAre(sharing + "resources[1].name"));
  EXPECT_THAT(with("replicas: 2", "replicas: 2, devices: [0]"),
              ElementsAre(sharing + "resources[1].devices"));
  EXPECT_THAT(with("sharing:",
                   "sharing:\n  mps: {failRequestsGreaterThanOne: true, resources: [{name: nvidia.com/gpu, "
                   "replicas: 2}]}"),
              ElementsAre("sharing"));
  EXPECT_THAT(
      of_plugin("{version: v1, sharing: {timeSlicing: {failRequestsGreaterThanOne: true, resources: []}}}"),
      ElementsAre(sharing + "resources"));
  EXPECT_THAT(of_plugin("{}"), ElementsAre("version"));
}

}  // namespace
}  // namespace berth::layout

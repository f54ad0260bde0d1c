// The operator's files for pools.
#include "layout/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layout/pool_for_test.hpp"

namespace berth::layout {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Result<Rendered> render_one(const model::Pool& pool, model::Flavour flavour, std::string_view ns) {
  return render(std::span(&pool, 1), flavour, ns);
}

const json::value& of_kind(const Rendered& rendered, std::string_view kind, std::string_view name) {
  for (const auto& one : rendered.documents) {
    if (string_at(one, {"kind"}) == kind && string_at(one, {"metadata", "name"}) == name) return one;
  }
  throw std::runtime_error("there is no " + std::string(kind) + " " + std::string(name));
}

json::value inner(const json::value& map, std::string_view key) {
  return yaml_documents(string_at(map, {"data", key})).value().at(0);
}

TEST(Render, TheReferenceMachineIsCutAndSharedAsItsPoolFileSays) {
  const auto rendered = render_one(reference_pool(), model::Flavour::kOpenshift, "nvidia-gpu-operator");
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_THAT(rendered->documents, SizeIs(4));
  EXPECT_THAT(rendered->notes, IsEmpty());
  const auto& node = of_kind(*rendered, "Node", "gpu-node-1");
  const auto name = string_at(node, {"metadata", "labels", "nvidia.com/mig.config"});
  EXPECT_EQ(string_at(node, {"metadata", "labels", "nvidia.com/device-plugin.config"}), "gpu-node-1");
  const auto mig = inner(of_kind(*rendered, "ConfigMap", "custom-mig-config"), "config.yaml");
  EXPECT_EQ(string_at(mig, {"version"}), "v1");
  EXPECT_EQ(mig.at("mig-configs").at(name),
            (json::array{
                {{"devices", json::array{0}},
                 {"mig-enabled", true},
                 {"mig-devices", {{"1g.24gb", 1}, {"1g.24gb+gfx", 1}, {"1g.24gb+me", 1}, {"1g.24gb-me", 1}}}},
                {{"devices", json::array{1}}, {"mig-enabled", false}}}));
  EXPECT_EQ(mig.at("mig-configs").at("all-disabled"),
            (json::array{{{"devices", "all"}, {"mig-enabled", false}}}));
  const auto plugin = inner(of_kind(*rendered, "ConfigMap", "device-plugin-config"), "gpu-node-1");
  EXPECT_EQ(string_at(plugin, {"flags", "migStrategy"}), "mixed");
  const auto& sharing = plugin.at("sharing").at("timeSlicing");
  EXPECT_EQ(sharing.at("failRequestsGreaterThanOne"), true);
  EXPECT_EQ(sharing.at("resources"), (json::array{{{"name", "nvidia.com/gpu"}, {"replicas", 4}},
                                                  {{"name", "nvidia.com/mig-1g.24gb"}, {"replicas", 2}},
                                                  {{"name", "nvidia.com/mig-1g.24gb-me"}, {"replicas", 2}},
                                                  {{"name", "nvidia.com/mig-1g.24gb.gfx"}, {"replicas", 2}},
                                                  {{"name", "nvidia.com/mig-1g.24gb.me"}, {"replicas", 2}}}));
  const auto& policy = of_kind(*rendered, "ClusterPolicy", "gpu-cluster-policy");
  EXPECT_EQ(string_at(policy, {"spec", "mig", "strategy"}), "mixed");
  EXPECT_EQ(string_at(policy, {"spec", "migManager", "config", "name"}), "custom-mig-config");
}

TEST(Render, WhatIsNotSharedIsLeftOutSinceThePluginRefusesOneReplica) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  for (int i = 0; i < 4; ++i) card.unit(std::to_string(i), "nvidia.com/mig-1g.24gb", i, i + 1);
  const auto rendered = render_one(card.pool(), model::Flavour::kKubernetes, "gpu-operator");
  ASSERT_TRUE(rendered);
  const auto text = string_at(of_kind(*rendered, "ConfigMap", "device-plugin-config"), {"data", "node.lab"});
  EXPECT_THAT(text, Not(HasSubstr("replicas")));
  EXPECT_THAT(text, Not(HasSubstr("sharing")));
  EXPECT_EQ(string_at(of_kind(*rendered, "ClusterPolicy", "cluster-policy"),
                      {"spec", "migManager", "config", "default"}),
            "all-disabled");
}

TEST(Render, EveryLayoutHasANameByItsContent) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  card.unit("whole", "nvidia.com/gpu", 0, 4);
  for (int i = 0; i < 4; ++i) card.unit(std::to_string(i), "nvidia.com/mig-1g.24gb", i, i + 1);
  const auto& node = card.pool().nodes.front();
  const auto layouts = layouts_of(card.pool(), node);
  ASSERT_TRUE(layouts);
  ASSERT_THAT(*layouts, SizeIs(2));
  EXPECT_NE(layouts->at(0).name, layouts->at(1).name);
  const auto rendered = render_one(card.pool(), model::Flavour::kKubernetes, "gpu-operator");
  ASSERT_TRUE(rendered);
  EXPECT_THAT(rendered->notes, ElementsAre(HasSubstr("Node node has 2 layouts")));
  const auto mig = inner(of_kind(*rendered, "ConfigMap", "custom-mig-config"), "config.yaml");
  EXPECT_TRUE(mig.at("mig-configs").as_object().contains(layouts->at(1).name));
  // The same cuts elsewhere have the same name; names of units are no part of it.
  PoolOfOneCard other("NVIDIA RTX PRO 6000 Blackwell", 96, 4);
  for (int i = 0; i < 4; ++i) other.unit("x" + std::to_string(i), "nvidia.com/mig-1g.24gb", i, i + 1);
  EXPECT_EQ(layouts_of(other.pool(), other.pool().nodes.front())->at(0).name, layouts->at(1).name);
}

TEST(Render, TellsAllFaultsAtOnceAndWhatThePluginCannotDo) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  card.unit("a", "nvidia.com/mig-1g.24gb", 0, 1, 2).unit("b", "nvidia.com/mig-1g.24gb", 1, 2, 3);
  const auto shared = render_one(card.pool(), model::Flavour::kKubernetes, "gpu-operator");
  ASSERT_FALSE(shared);
  EXPECT_EQ(shared.error().fields.at(0).field, "nodes.node.units.b.replicas");
  EXPECT_THAT(shared.error().message, HasSubstr("shares by name"));
  card.unit("c", "nvidia.com/mig-9g.9gb", 2, 3).unit("d", "nvidia.com/mig-2g.48gb", 1, 3);
  EXPECT_THAT(render_one(card.pool(), model::Flavour::kKubernetes, "gpu-operator").error().fields, SizeIs(2));
}

TEST(Render, ANodeOfTwoPoolsIsDeclaredByOne) {
  PoolOfOneCard card("RTX PRO 6000", 95, 4);
  card.unit("whole", "nvidia.com/gpu", 0, 4);
  const std::vector<model::Pool> twice{card.pool(), card.pool()};
  const auto rendered = render(twice, model::Flavour::kKubernetes, "gpu-operator");
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().fields.at(0).value, "node.lab");
}

TEST(Render, SaysWhereTheTableIsNotSeen) {
  PoolOfOneCard card("H200", 140, 8);
  card.unit("a", "nvidia.com/mig-7g.141gb", 0, 8);
  const auto rendered = render_one(card.pool(), model::Flavour::kKubernetes, "gpu-operator");
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_THAT(rendered->notes, ElementsAre(HasSubstr("expected, not seen")));
}

}  // namespace
}  // namespace berth::layout

// Whole sets of objects against committed files. BERTH_UPDATE_GOLDEN=1 writes them anew; the difference is
// then for people to read.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "manifests/manifests.hpp"
#include "manifests/reference_session_for_test.hpp"

namespace berth::manifests {
namespace {

/// One member a line, so that differences are readable.
void print(const json::value& value, std::string& out, const std::string& indent) {
  const std::string inner = indent + "  ";
  const char* separator = "\n";
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& [key, item] : *object) {
      out += separator + inner + json::serialize(json::value(key)) + ": ";
      print(item, out, inner);
      separator = ",\n";
    }
    out += "\n" + indent + '}';
  } else if (const auto* list = value.if_array(); list != nullptr && !list->empty()) {
    out += '[';
    for (const auto& item : *list) {
      out += separator + inner;
      print(item, out, inner);
      separator = ",\n";
    }
    out += "\n" + indent + ']';
  } else {
    out += json::serialize(value);
  }
}

std::string printed(const std::vector<Object>& objects) {
  json::array bodies;
  for (const auto& object : objects) bodies.emplace_back(object.body);
  std::string text;
  print(bodies, text, "");
  return text + "\n";
}

void expect_golden(const std::string& name, const std::vector<Object>& objects) {
  const auto path = std::filesystem::path(BERTH_MANIFESTS_GOLDEN_DIR) / (name + ".json");
  const auto text = printed(objects);
  if (std::getenv("BERTH_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing; BERTH_UPDATE_GOLDEN=1 writes it";
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), text) << path << " differs; BERTH_UPDATE_GOLDEN=1 writes it anew";
}

struct Case {
  bool whole;
  model::Flavour flavour;
  model::Mode mode;
};

std::string name_of(const Case& c) {
  return std::string(c.whole ? "whole" : "slice") + "_" + std::string(model::to_string(c.flavour)) + "_" +
         std::string(model::to_string(c.mode));
}

class SessionObjects : public testing::TestWithParam<Case> {};

TEST_P(SessionObjects, AreAsCommitted) {
  const auto& c = GetParam();
  const auto spec = reference_session(c.flavour, c.whole, c.mode);
  auto objects = all_objects(spec);
  objects.push_back(access_secret(spec, "correct horse battery staple"));
  expect_golden(name_of(c), objects);
}

INSTANTIATE_TEST_SUITE_P(
    Reference, SessionObjects,
    testing::Values(Case{false, model::Flavour::kOpenshift, model::Mode::kInteractiveMl},
                    Case{false, model::Flavour::kOpenshift, model::Mode::kInferenceContainers},
                    Case{false, model::Flavour::kKubernetes, model::Mode::kInteractiveMl},
                    Case{false, model::Flavour::kKubernetes, model::Mode::kInferenceContainers},
                    Case{true, model::Flavour::kOpenshift, model::Mode::kInteractiveMl},
                    Case{true, model::Flavour::kOpenshift, model::Mode::kInferenceContainers},
                    Case{true, model::Flavour::kKubernetes, model::Mode::kInteractiveMl},
                    Case{true, model::Flavour::kKubernetes, model::Mode::kInferenceContainers}),
    [](const testing::TestParamInfo<Case>& tested) { return name_of(tested.param); });

TEST(NodeObjects, OfAClusterWithSeveralGpuNodesAreHeldToTheirNode) {
  for (const auto flavour : {model::Flavour::kOpenshift, model::Flavour::kKubernetes}) {
    auto spec = reference_session(flavour, false, model::Mode::kInteractiveMl);
    spec.cluster.several_gpu_nodes = true;
    auto objects = objects_of(model::StepName::kNamespace, spec);
    for (auto& object : objects_of(model::StepName::kWorkspace, spec)) objects.push_back(std::move(object));
    expect_golden("several_nodes_" + std::string(model::to_string(flavour)), objects);
  }
}

TEST(ClusterObjects, AreTheSameWhateverTheClusterAdvertises) {
  ClusterFacts facts;
  facts.gpu_resource_names = {"nvidia.com/gpu"};
  facts.several_gpu_nodes = true;
  EXPECT_EQ(printed(cluster_objects(facts)), printed(cluster_objects({})));
}

}  // namespace
}  // namespace berth::manifests

// All objects of whole sessions against committed files.
#include "manifests/golden_for_test.hpp"
#include "manifests/reference_session_for_test.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {
namespace {

using namespace manifests;

void expect_golden(const std::string& name, const std::vector<Object>& objects) {
  manifests::expect_golden(
      std::filesystem::path(BERTH_SOURCE_DIR) / "src/planning/steps/golden" / (name + ".json"),
      printed(objects));
}

struct Booking {
  bool whole;
  model::Flavour flavour;
  model::Mode mode;
};

std::string name_of(const Booking& c) {
  return std::string(c.whole ? "whole" : "slice") + "_" + std::string(model::to_string(c.flavour)) + "_" +
         std::string(model::to_string(c.mode));
}

class SessionObjects : public testing::TestWithParam<Booking> {};

TEST_P(SessionObjects, AreAsCommitted) {
  const auto& c = GetParam();
  const auto spec = reference_session(c.flavour, c.whole, c.mode);
  expect_golden(name_of(c), all_objects(spec));
}

INSTANTIATE_TEST_SUITE_P(
    Reference, SessionObjects,
    testing::Values(Booking{false, model::Flavour::kOpenshift, model::Mode::kInteractiveMl},
                    Booking{false, model::Flavour::kOpenshift, model::Mode::kInferenceContainers},
                    Booking{false, model::Flavour::kKubernetes, model::Mode::kInteractiveMl},
                    Booking{false, model::Flavour::kKubernetes, model::Mode::kInferenceContainers},
                    Booking{true, model::Flavour::kOpenshift, model::Mode::kInteractiveMl},
                    Booking{true, model::Flavour::kOpenshift, model::Mode::kInferenceContainers},
                    Booking{true, model::Flavour::kKubernetes, model::Mode::kInteractiveMl},
                    Booking{true, model::Flavour::kKubernetes, model::Mode::kInferenceContainers}),
    [](const testing::TestParamInfo<Booking>& tested) { return name_of(tested.param); });

TEST(NodeObjects, OfAClusterWithSeveralNodesAreHeldToTheirNode) {
  for (const auto flavour : {model::Flavour::kOpenshift, model::Flavour::kKubernetes}) {
    auto spec = reference_session(flavour, false, model::Mode::kInteractiveMl);
    spec.facts.several_nodes = true;
    auto objects = namespace_objects(spec);
    for (auto& object : workspace_step_objects(spec)) objects.push_back(std::move(object));
    expect_golden("several_nodes_" + std::string(model::to_string(flavour)), objects);
  }
}

}  // namespace
}  // namespace berth::planning

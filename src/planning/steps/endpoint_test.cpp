#include <gtest/gtest.h>

#include "planning/steps/case_for_test.hpp"

namespace berth::planning {
namespace {

void route_says(Case& it, std::string_view status, std::string_view reason) {
  const auto objects = endpoint_objects(it.spec);
  const json::value condition = {{"type", "Admitted"}, {"status", status}, {"reason", reason}};
  it.see(find_object(objects, "Route", "workspace"),
         {{"status", {{"ingress", json::array{{{"conditions", json::array{condition}}}}}}}});
}

TEST(EndpointStep, IsDoneOnPlainKubernetesAsSoonAsItIsApplied) {
  Case it;
  EXPECT_EQ(judge_endpoint(it.view()).state, Standing::State::kDone);
}

TEST(EndpointStep, WaitsOnOpenshiftForTheRouter) {
  Case it(model::Flavour::kOpenshift);
  EXPECT_EQ(judge_endpoint(it.view()).detail, "Waiting until the router publishes the address.");
  route_says(it, "False", "HostAlreadyClaimed");
  EXPECT_EQ(judge_endpoint(it.view()).state, Standing::State::kTrouble);
  EXPECT_EQ(judge_endpoint(it.view()).detail, "The router refused the address: HostAlreadyClaimed.");
  route_says(it, "True", "");
  EXPECT_EQ(judge_endpoint(it.view()).state, Standing::State::kDone);
}

}  // namespace
}  // namespace berth::planning

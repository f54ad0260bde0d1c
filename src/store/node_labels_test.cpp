#include "store/node_labels.hpp"

#include <gmock/gmock.h>

#include "store/fixture.hpp"
#include "store/outages.hpp"

namespace berth::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NodeLabelsTest : public StoreTest {
 protected:
  std::vector<std::string> declare(std::optional<poolfile::NodeLabels> labels) {
    DeclareOptions options;
    if (labels) options.labels.emplace().emplace("lab", std::move(*labels));
    const auto done = must(store::declare(connection_, admin_author(), {{}, {lab_pool()}}, options));
    return std::get<AppliedAll>(done).pools.front().changes;
  }
  std::vector<planning::DeclaredUnit> units() {
    pg::Batch batch;
    add_units_read(batch, lab_.cluster);
    return read_units(must(connection_.exec(batch)).front());
  }
};

TEST_F(NodeLabelsTest, AreDeclaredToldAndGivenBack) {
  const poolfile::NodeLabels wanted{{"gpu-node-1", {"a=b", "nvidia.com/gpu.product=X"}}};
  EXPECT_THAT(declare(wanted),
              ElementsAre("Node gpu-node-1: labels was [], is [a=b, nvidia.com/gpu.product=X]."));
  EXPECT_EQ(must(load_node_labels(connection_, lab_.id)), wanted);
  EXPECT_THAT(declare(wanted), IsEmpty()) << "done twice it changes nothing";
  for (const auto& unit : units())
    EXPECT_EQ(unit.labels, (std::map<std::string, std::string>{{"a", "b"}, {"nvidia.com/gpu.product", "X"}}));
}

TEST_F(NodeLabelsTest, AFileWithoutThemTakesThemAwayAndWhoSaysNothingLeavesThem) {
  declare(poolfile::NodeLabels{{"gpu-node-1", {"a=b"}}});
  EXPECT_THAT(declare(std::nullopt), IsEmpty());
  EXPECT_EQ(must(load_node_labels(connection_, lab_.id)).size(), 1U);
  EXPECT_THAT(declare(poolfile::NodeLabels{}), ElementsAre("Node gpu-node-1: labels was [a=b], is []."));
  EXPECT_THAT(must(load_node_labels(connection_, lab_.id)), IsEmpty());
}

TEST_F(NodeLabelsTest, ADryRunChangesNothing) {
  DeclareOptions options;
  options.labels.emplace().emplace("lab", poolfile::NodeLabels{{"gpu-node-1", {"a=b"}}});
  options.keep = Keep::kNo;
  const auto done = must(store::declare(connection_, admin_author(), {{}, {lab_pool()}}, options));
  EXPECT_FALSE(std::get<AppliedAll>(done).pools.front().changes.empty());
  EXPECT_THAT(must(load_node_labels(connection_, lab_.id)), IsEmpty());
}

}  // namespace
}  // namespace berth::store

#include "simcluster/saved_state.hpp"

#include <fstream>

#include "base/private_file.hpp"
#include "base/temporary_folder_for_test.hpp"
#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

class SavedState : public testing::Test {
 protected:
  std::filesystem::path file() const { return state_file(folder_); }
  void write(std::string_view text) const { std::ofstream(file()) << text; }

 private:
  const TemporaryFolder folder_;
};

TEST_F(SavedState, ComesBackAsItWas) {
  TestWorld world;
  world.make_namespace("lab");
  world.post("/api/v1/namespaces/lab/configmaps",
             R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}})");
  const auto& store = world.world().store();
  ASSERT_TRUE(write_private_file(file(), dump_state(store)));
  Store restored(10);
  ASSERT_TRUE(load_state_file(file(), restored));
  EXPECT_EQ(restored.revision(), store.revision());
  EXPECT_EQ(restored.size(), store.size());
  EXPECT_EQ(*restored.get({"configmaps", "lab", "a"}), *store.get({"configmaps", "lab", "a"}));
  EXPECT_FALSE(restored.events_after(store.revision() - 1)) << "history is not kept";
}

TEST_F(SavedState, IsEmptyWithoutAFile) {
  Store store(10);
  EXPECT_TRUE(load_state_file(file(), store));
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(SavedState, ThatIsBrokenIsAnErrorThatNamesTheFile) {
  for (const auto* text : {"", "{", "[]", R"({"format":2})", R"({"format":1,"revision":3})",
                           R"({"format":1,"revision":3,"objects":[{"storage":"pods","object":{}}]})"}) {
    write(text);
    Store store(10);
    const auto loaded = load_state_file(file(), store);
    ASSERT_FALSE(loaded) << text;
    EXPECT_EQ(loaded.error().code, Code::kMalformed);
    EXPECT_NE(loaded.error().message.find(file().string()), std::string::npos);
    EXPECT_EQ(store.size(), 0U);
  }
}

}  // namespace
}  // namespace berth::simcluster

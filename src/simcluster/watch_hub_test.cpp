#include "simcluster/watch_hub.hpp"

#include "simcluster/test_world.hpp"

namespace berth::simcluster {
namespace {

/// Keeps what it is sent; can be made to refuse, as a reader that is too slow.
class Reader final : public http::Stream {
 public:
  bool send(std::string bytes) override {
    if (!open_) return false;
    lines.push_back(parsed(bytes));
    return true;
  }
  void finish() override {
    finished = true;
    open_ = false;
  }
  bool open() const override { return open_; }
  void leave() { open_ = false; }

  std::vector<json::value> lines;
  bool finished = false;

 private:
  bool open_ = true;
};

class Watches : public testing::Test {
 protected:
  Watches() : hub(2, seconds(10)) { world.make_namespace("lab"); }

  std::shared_ptr<Reader> watch(std::optional<Revision> from, std::string_view selector = "",
                                bool initial = false) {
    auto reader = std::make_shared<Reader>();
    WatchRequest request;
    request.type = world.world().table().by_kind("v1", "ConfigMap");
    request.ns = "lab";
    request.labels = *LabelSelector::parse(selector);
    request.from = from;
    request.bookmarks = true;
    request.initial_events = initial;
    request.timeout = seconds(60);
    hub.open(world.world(), request, reader);
    return reader;
  }
  void make(const std::string& name, const std::string& colour) {
    world.post("/api/v1/namespaces/lab/configmaps",
               R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":")" + name +
                   R"(","labels":{"colour":")" + colour + "\"}}}");
    hub.follow(world.world());
  }
  Revision now() { return world.world().store().revision(); }
  static std::vector<std::string> told(const Reader& reader) {
    std::vector<std::string> out;
    for (const auto& line : reader.lines)
      out.push_back(string_at(line, {"type"}) + " " + string_at(line, {"object", "metadata", "name"}));
    return out;
  }
  using Told = std::vector<std::string>;

  TestWorld world;
  WatchHub hub;
};

TEST_F(Watches, BeginWithWhatIsThereOrAfterAVersion) {
  make("a", "red");
  const auto from = now();
  make("b", "red");
  EXPECT_EQ(told(*watch(std::nullopt, "colour")), (Told{"ADDED a", "ADDED b"}));
  EXPECT_EQ(told(*watch(from, "colour")), (Told{"ADDED b"}));
}

TEST_F(Watches, TellEnteringAndLeavingTheSelection) {
  make("a", "red");
  const auto reader = watch(now(), "colour=blue");
  for (const auto* colour : {"blue", "green", "blue"}) {
    world.merge("/api/v1/namespaces/lab/configmaps/a",
                std::string(R"({"metadata":{"labels":{"colour":")") + colour + "\"}}}");
    hub.follow(world.world());
  }
  world.remove("/api/v1/namespaces/lab/configmaps/a");
  hub.follow(world.world());
  EXPECT_EQ(told(*reader), (Told{"ADDED a", "DELETED a", "ADDED a", "DELETED a"}));
}

TEST_F(Watches, AnswerAForgottenVersionWith410) {
  const auto from = now();
  make("a", "red");
  world.world().store_for_restore().compact(now());
  const auto reader = watch(from);
  ASSERT_EQ(reader->lines.size(), 1U);
  EXPECT_EQ(string_at(reader->lines[0], {"type"}), "ERROR");
  EXPECT_EQ(find_int(reader->lines[0], {"object", "code"}), 410);
  EXPECT_TRUE(reader->finished);
  EXPECT_EQ(hub.size(), 0U);
}

TEST_F(Watches, EndInTimeWithABookmark) {
  const auto reader = watch(now());
  world.clock.advance(seconds(11));
  hub.look_at_time(world.world());
  ASSERT_EQ(reader->lines.size(), 1U);
  EXPECT_EQ(string_at(reader->lines[0], {"object", "metadata", "resourceVersion"}), std::to_string(now()));
  world.clock.advance(seconds(60));
  hub.look_at_time(world.world());
  EXPECT_EQ(told(*reader), (Told{"BOOKMARK ", "BOOKMARK "}));
  EXPECT_TRUE(reader->finished);
  EXPECT_EQ(hub.size(), 0U);
}

TEST_F(Watches, MarkTheEndOfInitialEvents) {
  make("a", "red");
  const auto reader = watch(std::nullopt, "colour", true);
  EXPECT_EQ(told(*reader), (Told{"ADDED a", "BOOKMARK "}));
  EXPECT_EQ(string_at(reader->lines[1], {"object", "metadata", "annotations", "k8s.io/initial-events-end"}),
            "true");
}

TEST_F(Watches, AreForgottenWhenTheirReaderLeaves) {
  const auto first = watch(now());
  const auto second = watch(now());
  EXPECT_TRUE(hub.full());
  first->leave();
  make("a", "red");
  EXPECT_EQ(hub.size(), 1U);
  hub.end_all(false);
  EXPECT_FALSE(second->finished);
  EXPECT_EQ(hub.size(), 0U);
}

}  // namespace
}  // namespace berth::simcluster

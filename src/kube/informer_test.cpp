#include "kube/informer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kube/silence.hpp"
#include "kube/test_servers.hpp"

namespace berth::kube {
namespace {

using namespace std::chrono_literals;

const ObjectKey kOne{.ns = "lab", .name = "one"};
const ObjectKey kTwo{.ns = "lab", .name = "two"};

/// What an informer asked, and what it is told: a list of lists and a list of watches, each used once; then
/// silence.
class Script {
 public:
  struct Watch {
    std::string lines{};
    std::chrono::milliseconds lasts{0};
    Exchange end = HttpResponse{.status = 200};
  };
  std::deque<Exchange> lists;
  std::deque<Watch> watches;

  ClientFactory factory() {
    return memory_factory(
        [this](const HttpRequest& request, const std::stop_token& stop) { return answer(request, stop); });
  }
  std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }
  bool silent() const {
    const std::scoped_lock lock(mutex_);
    return silent_;
  }

 private:
  Exchange answer(const HttpRequest& request, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!request.on_bytes) {
      asked_.emplace_back("list");
      if (lists.empty()) return no_answer("no more", false);
      auto list = lists.front();
      lists.pop_front();
      return list;
    }
    const auto at = request.target.find("resourceVersion=");
    asked_.push_back("watch from " + (at == std::string::npos ? "" : request.target.substr(at + 16)));
    if (watches.empty()) {
      silent_ = true;
      std::condition_variable_any woken;
      woken.wait(lock, stop, [] { return false; });
      return tl::unexpected(TransportError{.error = stopped_error()});
    }
    auto watch = watches.front();
    watches.pop_front();
    if (watch.lasts > 0ms) {
      std::condition_variable_any ended;
      ended.wait_for(lock, stop, watch.lasts, [] { return false; });
    }
    lock.unlock();
    if (!watch.lines.empty() && !request.on_bytes(watch.lines)) return HttpResponse{.status = 200};
    return watch.end;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  bool silent_ = false;
};

Exchange listed(const std::vector<json::object>& items, std::string_view version) {
  return HttpResponse{.status = 200, .body = list_body(items, version)};
}
/// What was told of changes, as sentences: "+one@1", "one@1->2", "-one".
class Changes {
 public:
  OnChange listener() {
    return [this](const ObjectPtr& before, const ObjectPtr& after) {
      std::string text;
      if (!before)
        text = "+" + name_of(*after) + "@" + resource_version_of(*after);
      else if (!after)
        text = "-" + name_of(*before);
      else
        text = name_of(*before) + "@" + resource_version_of(*before) + "->" + resource_version_of(*after);
      const std::scoped_lock lock(mutex_);
      told_.push_back(std::move(text));
    };
  }
  std::vector<std::string> told() const {
    const std::scoped_lock lock(mutex_);
    return told_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> told_;
};

using Texts = std::vector<std::string>;

InformerSettings quick_informer() {
  return {
      .resource = resources::pods(), .ns = "lab", .backoff = {.first = 1ms, .most = 5ms}, .jitter_seed = 1};
}

TEST(Informer, ListsThenFollows) {
  Script script;
  script.lists = {listed({named("one", "1")}, "10")};
  script.watches = {{.lines = event_line("ADDED", named("two", "11")) +
                              event_line("MODIFIED", named("one", "12")) +
                              event_line("DELETED", named("two", "13"))}};
  Changes changes;
  const Informer informer(script.factory(), quick_informer(), changes.listener(), Log::silent());
  ASSERT_TRUE(informer.wait_synced(kTestPatience));
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(changes.told(), (Texts{"+one@1", "+two@11", "one@1->12", "-two"}));
  EXPECT_EQ(informer.snapshot().size(), 1U);
  ASSERT_NE(informer.find(kOne), nullptr);
  EXPECT_EQ(resource_version_of(*informer.find(kOne)), "12");
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "watch from 13"}));
  EXPECT_TRUE(informer.age());
}

TEST(Informer, GoesOnFromABookmark) {
  Script script;
  script.lists = {listed({named("one", "1")}, "10")};
  script.watches = {{.lines = event_line("BOOKMARK", {{"metadata", {{"resourceVersion", "99"}}}}),
                     .end = no_answer("cut")}};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "watch from 99"}));
  EXPECT_EQ(informer.snapshot().size(), 1U);
}

TEST(Informer, ListsAgainWhenItsVersionIsTooOldAndTellsWhatWasMissed) {
  Script script;
  auto replaced = named("three", "21");
  replaced["metadata"].as_object()["uid"] = "another";
  script.lists = {
      listed({named("one", "1"), named("two", "2"), named("three", "3"), named("same", "4")}, "10"),
      listed({named("one", "20"), replaced, named("same", "4"), named("new", "22")}, "30")};
  script.watches = {{.lines = R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"
                              "\n"}};
  Changes changes;
  const Informer informer(script.factory(), quick_informer(), changes.listener(), Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "list", "watch from 30"}));
  auto told = changes.told();
  told.erase(told.begin(), told.begin() + 4);
  EXPECT_EQ(told, (Texts{"+new@22", "one@1->20", "-three", "+three@21", "-two"}));
  EXPECT_EQ(informer.find(kTwo), nullptr);
}

TEST(Informer, GoesOnAfterTheConnectionBreaksWithoutListing) {
  Script script;
  script.lists = {listed({}, "10")};
  script.watches = {{.lines = event_line("ADDED", named("one", "11")), .end = no_answer("cut")},
                    {.end = no_answer("cut")}};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "watch from 11", "watch from 11"}));
}

Exchange no_byte() {
  return tl::unexpected(TransportError{
      .error = {.code = Code::kTimeout, .message = "no byte for long", .slug = std::string(kSilentSlug)},
      .may_pass = true});
}

/// A log that can be read.
class LogFile {
 public:
  LogFile() { std::filesystem::remove(path_); }
  ~LogFile() { std::filesystem::remove(path_); }
  Log log() const { return Log::to_file("kube", LogLevel::kWarning, path_.string()); }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("berth-informer-" + std::to_string(::getpid()));
};

TEST(Informer, ListsAgainAfterSilenceWhichIsNoTroubleWhereNothingChanged) {
  const LogFile file;
  Script script;
  script.lists = {listed({named("one", "1")}, "10"), listed({named("one", "1")}, "20"),
                  listed({named("one", "1")}, "30")};
  script.watches = {
      {.lines = event_line("BOOKMARK", {{"metadata", {{"resourceVersion", "15"}}}}), .end = no_byte()},
      {.end = no_byte()}};
  auto settings = quick_informer();
  settings.backoff = {.first = std::chrono::hours(1), .most = std::chrono::hours(1)};  // no pause is made
  const Informer informer(script.factory(), settings, {}, file.log());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(),
            (Texts{"list", "watch from 10", "list", "watch from 20", "list", "watch from 30"}));
  EXPECT_TRUE(informer.hears_bookmarks());
  EXPECT_FALSE(informer.trouble());
  EXPECT_EQ(file.text(), "");
}

TEST(Informer, SaysSoWhenASilentWatchHadMissedChanges) {
  const LogFile file;
  Script script;
  script.lists = {listed({named("one", "1")}, "10"), listed({named("two", "11")}, "20")};
  script.watches = {
      {.lines = event_line("BOOKMARK", {{"metadata", {{"resourceVersion", "15"}}}}), .end = no_byte()}};
  const Informer informer(script.factory(), quick_informer(), {}, file.log());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "list", "watch from 20"}));
  EXPECT_FALSE(informer.trouble()) << "the list was heard";
  EXPECT_NE(file.text().find("a silent watch had missed changes"), std::string::npos) << file.text();
}

TEST(Informer, SaysThatNobodyAnswersWhenTheListAfterSilenceFails) {
  const LogFile file;
  Script script;
  script.lists = {listed({named("one", "1")}, "10")};
  script.watches = {{.end = no_byte()}};
  const Informer informer(script.factory(), quick_informer(), {}, file.log());
  EXPECT_TRUE(eventually([&] { return informer.trouble().has_value(); }));
  EXPECT_TRUE(eventually([&] { return !file.text().empty(); }));
}

TEST(Informer, ListsAgainAfterAnErrorOfTheServer) {
  Script script;
  script.lists = {listed({}, "10"), listed({named("one", "12")}, "20")};
  script.watches = {{.lines =
                         R"({"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}})"
                         "\n"}};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_EQ(script.asked(), (Texts{"list", "watch from 10", "list", "watch from 20"}));
  EXPECT_NE(informer.find(kOne), nullptr);
}

TEST(Informer, TriesUntilTheFirstListWorks) {
  Script script;
  const Exchange forbidden = HttpResponse{.status = 403, .body = status_body(403, "Forbidden")};
  script.lists = {forbidden, forbidden, listed({named("one", "1")}, "10")};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(informer.wait_synced(kTestPatience));
  EXPECT_NE(informer.find(kOne), nullptr);
  EXPECT_EQ(informer.trouble().has_value(), false) << "it is over";
}

TEST(Informer, TellsItsTrouble) {
  Script script;
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  EXPECT_TRUE(eventually([&] { return informer.trouble().has_value(); }));
  EXPECT_FALSE(informer.synced());
  EXPECT_FALSE(informer.age());
  EXPECT_FALSE(informer.wait_synced(1ms));
}

TEST(Informer, ItsTroubleIsOverWhenAWatchEndsInGoodOrder) {
  Script script;
  script.lists = {listed({}, "10")};
  script.watches = {{.end = no_answer("cut")}, {.lasts = 1'100ms}};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return informer.trouble().has_value(); }));
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_FALSE(informer.trouble()) << "the connection stood for as long as the server wanted it to";
}

TEST(Informer, DoesNotHammerAServerThatForgetsAtOnce) {
  Script script;
  const std::string gone = R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"
                           "\n";
  for (int i = 0; i < 3; ++i) {
    script.lists.push_back(listed({}, "10"));
    script.watches.push_back({.lines = gone});
  }
  script.lists.push_back(listed({}, "10"));
  auto settings = quick_informer();
  settings.backoff = {.first = 100ms, .most = 100ms};
  const auto began = std::chrono::steady_clock::now();
  const Informer informer(script.factory(), settings, {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 200ms) << "only the first new list comes at once";
}

TEST(Informer, DoesNotSpinWhenStreamsEndAtOnce) {
  Script script;
  script.lists = {listed({}, "10")};
  script.watches.resize(3);
  auto settings = quick_informer();
  settings.backoff = {.first = 100ms, .most = 100ms};
  const auto began = std::chrono::steady_clock::now();
  const Informer informer(script.factory(), settings, {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
  EXPECT_EQ(script.asked(),
            (Texts{"list", "watch from 10", "watch from 10", "watch from 10", "watch from 10"}));
}

TEST(Informer, DropsManagedFieldsButKeepsTheRest) {
  Script script;
  auto object = named("one", "1");
  object["metadata"].as_object()["managedFields"] = json::array{{{"manager", "ada"}}};
  object["metadata"].as_object()["labels"] = json::object{{"a", "b"}};
  script.lists = {listed({object}, "10")};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(informer.wait_synced(kTestPatience));
  EXPECT_EQ(find(*informer.find(kOne), {"metadata", "managedFields"}), nullptr);
  EXPECT_EQ(label_of(*informer.find(kOne), "a"), "b");
}

TEST(Informer, ASnapshotDoesNotChange) {
  Script script;
  script.lists = {listed({named("one", "1")}, "10"), listed({}, "20")};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(informer.wait_synced(kTestPatience));
  const auto before = informer.snapshot();
  const auto copy = informer.snapshot();
  EXPECT_EQ(before, copy) << "objects are shared, not copied";
}

TEST(Informer, ManyReadersAndOneWriterAgree) {
  Script script;
  script.lists = {listed({named("one", "1")}, "10")};
  std::string lines;
  for (int i = 2; i < 500; ++i) lines += event_line("MODIFIED", named("one", std::to_string(i)));
  script.watches = {{.lines = lines}};
  const Informer informer(script.factory(), quick_informer(), {}, Log::silent());
  constexpr int kReaders = 4;
  std::vector<std::jthread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      while (!script.silent()) {
        const auto object = informer.find(kOne);
        EXPECT_TRUE(!object || name_of(*object) == "one");
        for (const auto& [key, value] : informer.snapshot()) EXPECT_EQ(key, key_of(*value));
      }
    });
  }
  ASSERT_TRUE(eventually([&] { return script.silent(); }));
  readers.clear();
  EXPECT_EQ(resource_version_of(*informer.find(kOne)), "499");
}

TEST(Informer, StopsAtOnceOnASilentStreamOfARealConnection) {
  std::atomic<bool> silent{false};
  RawApi api([&](int number, RawApi::Connection& connection) {
    connection.read_request();
    if (number == 0) {
      connection.write(http_answer(200, list_body({named("one", "1")}, "10"), "Connection: close\r\n"));
      return;
    }
    connection.write(kChunkedHead);
    silent = true;
    connection.wait_closed();
  });
  Informer informer(api.factory(), quick_informer(), {}, Log::silent());
  ASSERT_TRUE(informer.wait_synced(kTestPatience));
  ASSERT_TRUE(eventually([&] { return silent.load(); }));
  const auto began = std::chrono::steady_clock::now();
  informer.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTestPatience / 2);
}

TEST(Informer, StopsWhileItWaitsToTryAgain) {
  Script script;
  auto settings = quick_informer();
  settings.backoff = {.first = 3600s, .most = 3600s};
  Informer informer(script.factory(), settings, {}, Log::silent());
  ASSERT_TRUE(eventually([&] { return informer.trouble().has_value(); }));
  const auto began = std::chrono::steady_clock::now();
  informer.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace berth::kube

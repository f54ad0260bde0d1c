#include "cli/workspace.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/temporary_folder_for_test.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kOwn = "/api/v1/namespaces/berth-s-1/configmaps/";
const std::string kId = "44444444-4444-4444-8444-444444444444";

/// The API, as a function.
class Answers final : public kube::Transport {
 public:
  using Answer = std::function<kube::HttpResponse(const kube::HttpRequest&)>;
  explicit Answers(Answer answer) : answer_(std::move(answer)) {}
  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits&,
                          const std::stop_token&) override {
    return answer_(request);
  }

 private:
  Answer answer_;
};

kube::HttpResponse object(const json::value& body) {
  kube::HttpResponse response;
  response.status = 200;
  response.content_type = "application/json";
  response.body = json::serialize(body);
  return response;
}
kube::HttpResponse refused(int status, const char* reason) {
  auto response =
      object(json::object{{"kind", "Status"}, {"code", status}, {"reason", reason}, {"message", "no"}});
  response.status = status;
  return response;
}

class InAWorkspace : public testing::Test {
 protected:
  InAWorkspace() {
    for (const auto& [key, text] : FactTexts{{"reservation", "r-1"},
                                             {"name", "night"},
                                             {"starts_at", "2026-11-24T13:00:00Z"},
                                             {"ends_at", "2026-11-24T16:00:00Z"}}) {
      std::ofstream(place_ / key) << text;
    }
    std::filesystem::create_directory(place_ / "..data");  // as a kubelet mounts it
  }

  Workspace with(const Answers::Answer& answer) const {
    kube::ClientSettings settings;
    settings.jitter_seed = 1;
    settings.max_tries = 1;
    return Workspace(place_,
                     kube::ClientFactory([answer] { return std::make_unique<Answers>(answer); }, settings),
                     "berth-s-1");
  }
  static Answers::Answer away() {
    return [](const kube::HttpRequest&) { return refused(503, "ServiceUnavailable"); };
  }

  const TemporaryFolder place_;
};

TEST_F(InAWorkspace, OutsideOfOneThereIsNoneAndTheWordsSaySo) {
  const auto none = Workspace::here([](const std::string&) { return std::nullopt; });
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("not inside a workspace"));
}

TEST_F(InAWorkspace, WithoutAnAccountThereAreTheMountedFacts) {
  const auto here = Workspace::here([&](const std::string& name) {
    return name == "BERTH_SESSION_FACTS" ? std::optional(place_.string()) : std::nullopt;
  });
  ASSERT_TRUE(here);
  const auto facts = here->facts();
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->name, "night");
  EXPECT_FALSE(here->quota(*facts));
}

TEST_F(InAWorkspace, TheApisFactsComeBeforeTheMountedOnes) {
  const auto workspace = with([](const kube::HttpRequest& request) {
    EXPECT_EQ(request.target, std::string(kOwn) + "berth-session");
    return object(json::object{{"data", json::object{{"reservation", "r-1"},
                                                     {"name", "night"},
                                                     {"starts_at", "2026-11-24T13:00:00Z"},
                                                     {"ends_at", "2026-11-24T17:00:00Z"}}}});
  });
  EXPECT_EQ(format_rfc3339(workspace.facts()->end), "2026-11-24T17:00:00Z");
  EXPECT_EQ(format_rfc3339(with(away()).facts()->end), "2026-11-24T16:00:00Z") << "it does not answer";
  const auto quota = with(away()).quota(*with(away()).facts());
  ASSERT_FALSE(quota);
  EXPECT_THAT(quota.error().message, HasSubstr("does not answer"));
}

TEST_F(InAWorkspace, AWishIsSaidAnsweredAndTakenBack) {
  std::vector<std::string> sent;
  int looks = 0;
  const auto workspace = with([&](const kube::HttpRequest& request) {
    if (request.method == "GET") {
      const auto answer = said::Answer{.id = ++looks < 3 ? "55555555-5555-4555-8555-555555555555" : kId,
                                       .granted = true,
                                       .end = Instant(hours(500'000))};
      return object(json::object{{"data", json::object{{"answer.json", said::to_text(answer)}}}});
    }
    sent.push_back(request.method + " " + request.target.substr(request.target.rfind('/') + 1) + " " +
                   request.body);
    return sent.size() == 1 ? refused(404, "NotFound") : object(json::object{});
  });
  const auto answer = workspace.wish({kId, Instant(hours(500'000))}, std::chrono::seconds(20));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->granted);
  EXPECT_EQ(looks, 3) << "another wish's answer is not this one's";
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_THAT(sent[0], testing::StartsWith("PATCH berth-said"));
  EXPECT_THAT(sent[1], testing::StartsWith("POST configmaps"));
  EXPECT_THAT(sent[1], HasSubstr(kId));
  EXPECT_THAT(sent[2], HasSubstr(R"({"data":{"extend.json":null}})"));
}

TEST_F(InAWorkspace, AWishThatNobodyAnswersIsTakenBackInTime) {
  std::string last;
  const auto workspace = with([&](const kube::HttpRequest& request) {
    if (request.method != "GET") last = request.body;
    return object(json::object{});
  });
  const auto answer = workspace.wish({kId, Instant(hours(500'000))}, std::chrono::milliseconds(300));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kTimeout);
  EXPECT_THAT(answer.error().message, HasSubstr("Nothing is known to have changed"));
  EXPECT_EQ(last, R"({"data":{"extend.json":null}})");
}

TEST_F(InAWorkspace, AWishThatMayNotBeSaidIsAnErrorAtOnce) {
  const auto workspace = with([](const kube::HttpRequest&) { return refused(403, "Forbidden"); });
  const auto answer = workspace.wish({kId, Instant(hours(500'000))}, std::chrono::seconds(20));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("tell Berth"));
}

}  // namespace
}  // namespace berth::cli

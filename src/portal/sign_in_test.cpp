// Signing in with a password, and the cookie that comes of it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <thread>

#include "portal/client_address.hpp"
#include "portal/sign_in_for_test.hpp"
#include "portal/sign_in_guard.hpp"
#include "portal/sign_in_limits.hpp"

namespace berth::portal {
namespace {

/// What tells two answers apart, apart from when and under which request id they came.
std::string essence(const Answer& answer) {
  auto body = answer.json.is_object() ? answer.json.get_object() : json::object();
  body.erase("request_id");
  std::string all = fmt::format("{} {}", answer.status, json::serialize(body));
  for (const auto& [name, value] : answer.headers) {
    if (name != "Date" && name != "Berth-Server-Time" && name != "X-Request-Id")
      all += fmt::format("\n{}: {}", name, value);
  }
  return all;
}

TEST_F(SignIn, SaysWhoOneIsAndSetsACookieThatScriptsCannotRead) {
  const auto answer = login("ANA@Example.org", kPassword);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json.at("user").at("email"), json::value("ana@example.org"));
  EXPECT_EQ(answer.json.at("user").at("role"), json::value("member"));
  EXPECT_EQ(answer.json.at("user").at("teams"), json::value(json::array{"vision"}));
  const auto cookie = answer.header("Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("berth_session=")) << cookie;
  EXPECT_NE(cookie.find("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Secure"), std::string::npos) << "over plain HTTP it would not come back";
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
}

TEST_F(SignIn, TheCookieIsSecureWhereTlsIs) {
  auto settings = site().settings();
  settings.secure_cookies = true;
  const auto portal = site().start_portal(settings);
  Client client(portal->port());
  const auto answer =
      client.post("/api/v1/auth/login", {{"email", site().ana.email}, {"password", kPassword}});
  const auto cookie = answer.header("Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("__Host-berth_session="))
      << "nor can a sibling of its host set it: " << cookie;
  EXPECT_NE(cookie.find("; Path=/;"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("; Secure"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Domain"), std::string::npos) << cookie;
  const auto pair = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(client.get("/api/v1/auth/me", {{"Cookie", "berth_session=tossed; " + pair}}).status, 200);
  const auto value = pair.substr(pair.find('='));
  EXPECT_EQ(client.get("/api/v1/auth/me", {{"Cookie", "berth_session" + value}}).code(), "not_signed_in")
      << "the name that anybody can set does not count where cookies are secure";
}

TEST_F(SignIn, TwoSessionCookiesAreRefusedAndTakenAway) {
  const auto mine = sign_in(site().ana);
  const auto theirs = sign_in(site().ben);
  auto client = site().stranger();
  for (const auto& both : {theirs.cookie + "; " + mine.cookie, mine.cookie + "; berth_session=tossed"}) {
    const auto answer = client.get("/api/v1/auth/me", {{"Cookie", both}, {"Host", "berth.apps.example.com"}});
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.code(), "two_session_cookies");
    std::set<std::string> taken;
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") taken.insert(value);
    }
    EXPECT_TRUE(taken.contains("berth_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    EXPECT_TRUE(taken.contains("berth_session=; Path=/api; Domain=apps.example.com; Max-Age=0"));
  }
  const auto changed =
      client.send("POST", "/api/v1/auth/logout", {},
                  {{"Cookie", theirs.cookie + "; " + mine.cookie}, {"X-CSRF-Token", mine.csrf_token}});
  EXPECT_EQ(changed.code(), "two_session_cookies") << "nobody's session is ended by somebody else's cookie";
  EXPECT_EQ(client.get("/api/v1/auth/me", mine.reading()).status, 200);
  EXPECT_EQ(client
                .post("/api/v1/auth/login", {{"email", site().ana.email}, {"password", kPassword}},
                      {{"Cookie", theirs.cookie + "; " + mine.cookie}})
                .status,
            200)
      << "signing in is how one gets out of it";
}

TEST_F(SignIn, AWrongPasswordAnUnknownAndADisabledAccountAreAnsweredAlike) {
  const auto wrong = login(site().tom.email, "wrong password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.code(), "wrong_credentials");
  EXPECT_EQ(wrong.header("Set-Cookie"), "");
  EXPECT_EQ(essence(login("nobody@example.org", "wrong password")), essence(wrong));
  EXPECT_EQ(essence(login("not an address", "wrong password")), essence(wrong));
  site().sql(
      fmt::format("UPDATE berth.app_user SET disabled_at = now() WHERE id = '{}'", site().tom.id.value));
  EXPECT_EQ(essence(login(site().tom.email, kPassword)), essence(wrong));
  site().sql(
      fmt::format("UPDATE berth.app_user SET disabled_at = NULL WHERE id = '{}'", site().tom.id.value));
  EXPECT_EQ(login(site().tom.email, kPassword).status, 200);
}

TEST_F(SignIn, AnAddressAsLongAsItMayBeIsRefusedLikeAnyOther) {
  // 254 characters, and its 254th byte is in the middle of one: what goes to the audit log is cut before it.
  const auto answer = login(std::string(253, 'a') + "\xc3\xa4", "wrong password");
  EXPECT_EQ(answer.status, 401) << answer.body;
  EXPECT_EQ(answer.code(), "wrong_credentials");
}

TEST_F(SignIn, IsRefusedForAWhileAfterTooManyFailures) {
  Answer answer;
  int tries = 0;
  for (; tries < 20 && answer.status != 429; ++tries)
    answer = login("guess@example.org", fmt::format("guess {}", tries));
  EXPECT_EQ(tries, 11);
  EXPECT_EQ(answer.code(), "too_many_sign_ins");
  const auto wait = std::stoi(answer.header("Retry-After"));
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 60);
  EXPECT_EQ(login(site().lead.email, kPassword).status, 200) << "others sign in as ever";
}

TEST_F(SignIn, AFloodIsServedOrRefusedAndProbesAreAnsweredMeanwhile) {
  const auto portal = site().start_portal();
  std::vector<Answer> answers(40);
  Answer health;
  {
    std::vector<std::jthread> crowd;
    for (auto& answer : answers) {
      crowd.emplace_back([&] {
        answer = Client(portal->port())
                     .post("/api/v1/auth/login", {{"email", site().ana.email}, {"password", kPassword}});
      });
    }
    const auto begun = std::chrono::steady_clock::now();
    health = Client(portal->port()).get("/healthz");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    fmt::print("a probe beside the flood: {:.2f} s (promised 2)\n", took.count());
    EXPECT_LT(took, std::chrono::seconds(20));
  }
  EXPECT_EQ(health.status, 200);
  const auto with = [&](int status) {
    return std::count_if(answers.begin(), answers.end(),
                         [&](const Answer& answer) { return answer.status == status; });
  };
  EXPECT_GE(with(200), 4);
  EXPECT_EQ(with(200) + with(429), 40);
  for (const auto& answer : answers) {
    if (answer.status != 429) continue;
    EXPECT_EQ(answer.code(), "too_many_sign_ins");
    EXPECT_EQ(answer.header("Retry-After"), "1");
  }
}

// From many addresses: what comes from one is held to as many workers as there are places to hash at, and so
// waits before it comes to these.
TEST_F(SignIn, AMembersOwnSignInsKeepNobodyElseOut) {
  auto settings = site().settings();
  settings.trusted_proxies = must(TrustedProxies::parse({"127.0.0.0/8"}));
  const auto portal = site().start_portal(settings);
  const auto sign_in_there = [&](const Person& person, const std::string& from) {
    return Client(portal->port())
        .post("/api/v1/auth/login", {{"email", person.email}, {"password", kPassword}},
              {{"X-Forwarded-For", from}})
        .status;
  };
  std::atomic<bool> over = false;
  std::atomic<int> turned_away = 0;
  std::vector<std::jthread> crowd;
  for (int i = 1; i <= 12; ++i) {
    crowd.emplace_back([&, from = fmt::format("198.51.100.{}", i)] {
      while (!over) {
        if (sign_in_there(site().ana, from) == 429) ++turned_away;
      }
    });
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (turned_away == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_GT(turned_away, 0) << "no crowd: all places are never taken";

  // The next place that becomes free is his, whoever came before. So he is refused only where a hash takes
  // longer than one may wait for a place, as on a machine that does much else; never at once, as whoever is
  // pushed aside.
  int let_in = 0;
  int tries = 0;
  for (; tries < 5 || (let_in == 0 && tries < 20); ++tries) {
    const auto begun = std::chrono::steady_clock::now();
    const auto status = sign_in_there(site().ben, "203.0.113.7");
    if (status == 200) {
      ++let_in;
      continue;
    }
    EXPECT_EQ(status, 429);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, SignInGuard::kHashingWait) << "pushed aside by ana's";
  }
  over = true;
  crowd.clear();
  EXPECT_GT(let_in, 0);
  fmt::print("let in {} of {} times, beside {} that were turned away\n", let_in, tries, turned_away.load());
}

TEST_F(SignIn, WritesRefusalsAndSuccessesIntoTheAuditLog) {
  login("my secret by slip", "x");
  login(site().finance.email, "x");
  login(site().finance.email, kPassword);
  const auto refused = [&](const std::string& object) {
    return site().number(
        fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = 'auth.refused' AND object_id = '{}'"
                    " AND outcome = 'refused' AND source_ip = '127.0.0.1'",
                    object));
  };
  EXPECT_EQ(refused(site().finance.email), 1);
  EXPECT_GE(refused("unknown account"), 1);
  EXPECT_EQ(site().number("SELECT count(*) AS x FROM berth.audit a WHERE a::text LIKE '%by slip%'"), 0);
  EXPECT_EQ(site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = 'auth.signed_in'"
                                      " AND actor = 'user:{}'",
                                      site().finance.id.value)),
            1);
}

TEST_F(SignIn, AChangeWithTheCookieNeedsTheTokenThatOtherSitesCannotRead) {
  const auto browser = sign_in(site().ana);
  auto client = site().stranger();
  const auto body = booking_body(site().fresh_day());
  EXPECT_EQ(client.get("/api/v1/pools", browser.reading()).status, 200);
  const auto missing = client.post("/api/v1/reservations", body, browser.reading());
  EXPECT_EQ(missing.status, 403);
  EXPECT_EQ(missing.code(), "csrf_token");
  const auto other = sign_in(site().ana);
  EXPECT_EQ(client
                .post("/api/v1/reservations", body,
                      {{"Cookie", browser.cookie}, {"X-CSRF-Token", other.csrf_token}})
                .status,
            403)
      << "another session's token is not this one's";
  EXPECT_EQ(client.post("/api/v1/reservations", body, browser.changing()).status, 201);
  EXPECT_EQ(string_at(client.get("/api/v1/auth/me", browser.reading()).json, {"csrf_token"}),
            browser.csrf_token)
      << "a page that was reloaded gets it again";
}

TEST_F(SignIn, EndsWithSigningOut) {
  const auto browser = sign_in(site().ben);
  const auto other = sign_in(site().ben);
  auto client = site().stranger();
  EXPECT_EQ(client.send("POST", "/api/v1/auth/logout", {}, browser.reading()).status, 403);
  const auto answer = client.send("POST", "/api/v1/auth/logout", {}, browser.changing());
  EXPECT_EQ(answer.status, 204);
  EXPECT_TRUE(answer.header("Set-Cookie").starts_with("berth_session=; ")) << answer.header("Set-Cookie");
  EXPECT_NE(answer.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  const auto after = client.get("/api/v1/auth/me", browser.reading());
  EXPECT_EQ(after.status, 401);
  EXPECT_EQ(after.code(), "session_expired");
  EXPECT_EQ(client.get("/api/v1/auth/me", other.reading()).status, 200)
      << "the other browser stays signed in";
  EXPECT_EQ(site().number(fmt::format("SELECT count(*) AS x FROM berth.audit WHERE action = 'auth.signed_out'"
                                      " AND actor = 'user:{0}' AND object_id = '{0}'",
                                      site().ben.id.value)),
            1);
}

TEST_F(SignIn, EndsByItselfAndWithTheAccount) {
  const auto browser = sign_in(site().ben);
  auto client = site().stranger();
  const auto set = [&](const std::string& value) {
    site().sql(fmt::format("UPDATE berth.app_user SET disabled_at = {} WHERE id = '{}'", value,
                           site().ben.id.value));
  };
  set("now()");
  EXPECT_EQ(client.get("/api/v1/auth/me", browser.reading()).status, 401);
  EXPECT_EQ(site().client(site().ben).get("/api/v1/auth/me").code(), "token_unknown");
  set("NULL");
  EXPECT_EQ(client.get("/api/v1/auth/me", browser.reading()).status, 200);
  site().sql("UPDATE berth.web_session SET expires_at = now() - interval '1 second'");
  EXPECT_EQ(client.get("/api/v1/auth/me", browser.reading()).code(), "session_expired");
}

// --- Tokens ---

/// Standard error goes into a file for as long as this lives: that is where logs go.
class CapturedLog {
 public:
  CapturedLog() : file_(std::tmpfile()), kept_(dup(STDERR_FILENO)) { dup2(fileno(file_), STDERR_FILENO); }
  ~CapturedLog() {
    dup2(kept_, STDERR_FILENO);
    ::close(kept_);
    std::fclose(file_);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  std::string text() const {
    std::fflush(stderr);
    std::string all(static_cast<std::size_t>(lseek(fileno(file_), 0, SEEK_END)), '\0');
    all.resize(
        static_cast<std::size_t>(std::max<ssize_t>(0, pread(fileno(file_), all.data(), all.size(), 0))));
    return all;
  }

 private:
  std::FILE* file_;
  int kept_;
};

TEST_F(SignIn, TheLogSaysWhenEverybodyComesThroughARouterThatIsNotTrusted) {
  const CapturedLog log;
  const auto sign_in_often = [&](bool trusting) {
    auto settings = site().settings();
    if (trusting) settings.trusted_proxies = must(TrustedProxies::parse({"127.0.0.0/8"}));
    const auto portal = must(Portal::start(settings, Log("portal", LogLevel::kInfo)));
    Client client(portal->port());
    for (int i = 0; i < ForwardingWatch::kEnough + 1; ++i) {
      client.post("/api/v1/auth/login", {{"email", fmt::format("{}@example.org", i)}, {"password", "guess"}},
                  {{"X-Forwarded-For", fmt::format("203.0.113.{}", i)}});
    }
  };
  sign_in_often(true);
  EXPECT_EQ(log.text().find("--trusted-proxy"), std::string::npos);
  sign_in_often(false);
  const auto text = log.text();
  const auto first = text.find("--trusted-proxy");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("--trusted-proxy", first + 1), std::string::npos) << "said once";
}

TEST_F(SignIn, NoSecretIsInTheDatabaseOrTheLog) {
  const CapturedLog log;
  const Site own(Log("portal", LogLevel::kDebug));
  auto stranger = own.stranger();
  const auto login = stranger.post("/api/v1/auth/login", {{"email", own.ana.email}, {"password", kPassword}});
  const auto cookie = login.header("Set-Cookie").substr(std::string_view("berth_session=").size(), 43);
  const auto csrf_token = string_at(login.json, {"csrf_token"});
  auto ana = own.browser(own.ana);
  const auto token = string_at(ana.post("/api/v1/tokens", {{"name", "laptop"}}).json, {"token"});
  Client(own.port(), {{"Authorization", "Bearer " + token}}).get("/api/v1/pools");
  Client(own.port(), {{"Authorization", "Bearer " + token + "x"}}).get("/api/v1/pools");
  stranger.post("/api/v1/auth/login", {{"email", own.ana.email}, {"password", "a wrong secret"}});
  stranger.post("/api/v1/reservations", booking_body(Instant()),
                {{"Cookie", "berth_session=" + cookie}, {"X-CSRF-Token", csrf_token}});

  std::string all = log.text();
  EXPECT_NE(all.find("/api/v1/auth/login"), std::string::npos) << "the log was captured";
  for (const auto& row :
       own.sql("SELECT table_name AS x FROM information_schema.tables WHERE table_schema = 'berth'")) {
    const auto table = row.get<std::string>("x");
    all +=
        own.text(fmt::format("SELECT coalesce(string_agg(t::text, ' '), '') AS x FROM berth.{} AS t", table));
  }
  EXPECT_NE(all.find(own.ana.email), std::string::npos) << "the database was read";
  ASSERT_EQ(cookie.size(), 43U);
  for (const auto& secret :
       {token, cookie, csrf_token, std::string(kPassword), std::string("a wrong secret")}) {
    ASSERT_FALSE(secret.empty());
    EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace berth::portal

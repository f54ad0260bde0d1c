#include "cli/people_text.hpp"

#include <gmock/gmock.h>

namespace berth::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

json::value token(const char* id, const char* name, const char* prefix, bool revoked = false) {
  return {{"id", id},
          {"name", name},
          {"prefix", prefix},
          {"scopes", json::array{"read", "write"}},
          {"expires_at", "2030-01-01T00:00:00Z"},
          {"last_used_at", nullptr},
          {"revoked_at", revoked ? json::value("2029-01-01T00:00:00Z") : json::value(nullptr)}};
}

TEST(PeopleText, ATokenIsMeantByItsIdItsBeginningOrItsName) {
  const json::array tokens{token("1", "laptop", "berth_aaaaaa"), token("2", "ci", "berth_bbbbbb"),
                           token("3", "ci", "berth_cccccc"), token("4", "laptop", "berth_dddddd", true)};
  const auto id = [&](const std::string& ref) {
    const auto found = choose_token(ref, tokens);
    return found ? string_at(*found, {"id"}) : std::string(to_string(found.error().code));
  };
  EXPECT_EQ(id("laptop"), "1") << "the revoked one of that name is not meant";
  EXPECT_EQ(id("4"), "4");
  EXPECT_EQ(id("berth_bbbbbb"), "2");
  EXPECT_EQ(id("berth_cccccc..."), "3");
  EXPECT_EQ(id("ci"), std::string(to_string(Code::kInvalid)));
  EXPECT_EQ(id("berth_"), std::string(to_string(Code::kNotFound)));
  EXPECT_EQ(id(""), std::string(to_string(Code::kNotFound)));
}

TEST(PeopleText, TablesTellWhoIsWhatAndMisleadNoTerminal) {
  const json::value user{{"id", "1"},
                         {"email", "ana@example.org"},
                         {"name", "\u202EanA\x1b[31m"},
                         {"role", "lead"},
                         {"teams", json::array{"vision", "speech"}},
                         {"disabled", true},
                         {"last_sign_in_at", nullptr}};
  const auto users = users_text({{"items", json::array{user}}}, Instant());
  for (const auto* part : {"ana@example.org", "lead", "vision, speech", "disabled", "never", "?anA?[31m"})
    EXPECT_THAT(users, HasSubstr(part));
  const auto given = given_password_text({{"user", user}, {"password", "secret"}});
  EXPECT_THAT(given, HasSubstr("password secret"));
  const auto teams = teams_text(
      {{"items",
        json::array{
            {{"name", "vision"},
             {"members", json::array{{{"email", "ana@example.org"}, {"name", "Ana"}, {"leads", true}},
                                     {{"email", "ben@example.org"}, {"name", "Ben"}, {"leads", false}}}}},
            {{"name", "empty"}, {"members", json::array{}}}}}});
  EXPECT_THAT(teams, HasSubstr("leads"));
  EXPECT_THAT(teams, HasSubstr("empty"));
  const auto tokens =
      tokens_text({{"items", json::array{token("1", "laptop", "berth_aaaaaa", true)}}}, Instant());
  EXPECT_THAT(tokens, HasSubstr("berth_aaaaaa..."));
  EXPECT_THAT(tokens, HasSubstr("revoked"));
}

TEST(PeopleText, WhoIsInATeamIsKnownByTheirId) {
  const json::value team{{"members", json::array{json::object{{"id", "1"}, {"email", "ana@example.org"}}}}};
  EXPECT_TRUE(has_member(team, "1"));
  EXPECT_FALSE(has_member(team, "2"));
  EXPECT_FALSE(has_member({{"members", json::array{}}}, "1"));
}

TEST(PeopleText, AWrongPasswordOfOnesOwnIsNotAnEMailsFault) {
  const json::value wrong{{"code", "wrong_credentials"}, {"detail", "E-mail or password is wrong."}};
  EXPECT_EQ(refused_password_text(wrong, "ana@example.org", Instant{}),
            "that is not the password of ana@example.org, who is signed in here");
  const json::value slow{{"code", "too_many"}, {"detail", "Try again in 5 s."}};
  EXPECT_EQ(refused_password_text(slow, "ana@example.org", Instant{}), "Try again in 5 s.");
}

}  // namespace
}  // namespace berth::cli

#include "kube/status_error.hpp"

#include <gtest/gtest.h>

#include "kube/client.hpp"

namespace berth::kube {
namespace {

Error error_of(int status, std::string body) {
  return error_of_response("apply pods lab/one", {.status = status, .body = std::move(body)});
}

TEST(StatusError, GoesByTheReasonNotTheText) {
  struct Case {
    int status;
    std::string reason;
    Code code;
  };
  for (const auto& [status, reason, code] :
       {Case{401, "Unauthorized", Code::kUnauthenticated}, Case{403, "Forbidden", Code::kForbidden},
        Case{404, "NotFound", Code::kNotFound}, Case{409, "AlreadyExists", Code::kConflict},
        Case{409, "Conflict", Code::kConflict}, Case{410, "Expired", Code::kGone},
        Case{410, "Gone", Code::kGone}, Case{422, "Invalid", Code::kInvalid},
        Case{400, "BadRequest", Code::kInvalid}, Case{413, "RequestEntityTooLarge", Code::kTooLarge},
        Case{429, "TooManyRequests", Code::kTooMany}, Case{500, "InternalError", Code::kUnavailable},
        Case{500, "ServerTimeout", Code::kUnavailable}, Case{504, "Timeout", Code::kTimeout},
        Case{503, "ServiceUnavailable", Code::kUnavailable}}) {
    const auto error =
        error_of(status, json::serialize(json::object{{"kind", "Status"},
                                                      {"code", status},
                                                      {"reason", reason},
                                                      {"message", "NotFound Conflict Expired"}}));
    EXPECT_EQ(error.code, code) << reason;
    EXPECT_EQ(error.slug, reason);
    EXPECT_NE(error.message.find("apply pods lab/one"), std::string::npos);
  }
}

TEST(StatusError, FallsBackToTheStatusNumber) {
  EXPECT_EQ(error_of(404, "").slug, "NotFound");
  EXPECT_EQ(error_of(502, "<html>bad gateway</html>").code, Code::kUnavailable);
  EXPECT_EQ(error_of(599, "{}").code, Code::kUnavailable);
  EXPECT_EQ(error_of(302, "").code, Code::kUnavailable) << "a redirect is not followed";
  EXPECT_EQ(error_of(418, "").code, Code::kInvalid);
  EXPECT_EQ(error_of(409, R"({"kind":"Status","reason":"SomethingNew"})").code, Code::kConflict);
  EXPECT_EQ(error_of(409, R"({"kind":"Status","reason":"SomethingNew"})").slug, "SomethingNew");
}

TEST(StatusError, KeepsCauses) {
  const auto error =
      error_of(403, R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no","details":{
      "retryAfterSeconds":7,"causes":[{"reason":"NamespaceTerminating","message":"namespace lab is being terminated",
      "field":"metadata.namespace"}]}})");
  ASSERT_EQ(error.fields.size(), 1U);
  EXPECT_EQ(error.fields.at(0).limit, "NamespaceTerminating");
  EXPECT_EQ(error.fields.at(0).field, "metadata.namespace");
  EXPECT_EQ(error.retry_after_seconds, 7);
}

TEST(StatusError, BoundsWhatItRepeats) {
  const auto page = error_of(500, std::string(1'000'000, 'x') + "\x01\n");
  EXPECT_LT(page.message.size(), 400U);
  const auto status = error_of(
      500, json::serialize(json::object{{"kind", "Status"}, {"message", std::string(1'000'000, 'x')}}));
  EXPECT_LT(status.message.size(), 3000U);
  const std::string endless(1'000'000, 'x');
  const json::object causes{{"causes", json::array{json::object{{"field", endless}, {"reason", endless}}}}};
  const auto reason = error_of(
      500, json::serialize(json::object{{"kind", "Status"}, {"reason", endless}, {"details", causes}}));
  EXPECT_LT(reason.message.size() + reason.slug.size(), 400U);
  EXPECT_LT(reason.fields.at(0).field.size() + reason.fields.at(0).limit.size(), 400U);
  std::string wide;
  for (int i = 0; i < 2000; ++i) wide += "\xc3\xa4";
  const auto cut = error_of(500, json::serialize(json::object{{"kind", "Status"}, {"message", wide}}));
  EXPECT_EQ(cut.message.find("\xc3..."), std::string::npos) << "not cut inside a character";
}

TEST(StatusError, SurvivesStrangeShapes) {
  for (const std::string body :
       {"null", "[]", "3", R"({"kind":"Status","details":3})",
        R"({"kind":"Status","details":{"causes":{"a":1}}})",
        R"({"kind":"Status","code":"x","reason":5,"details":{"causes":[1,null]}})",
        R"({"kind":"Status","code":99999999999,"details":{"retryAfterSeconds":-5}})"}) {
    const auto error = error_of(500, body);
    EXPECT_EQ(error.code, Code::kUnavailable) << body;
    EXPECT_EQ(error.retry_after_seconds, 0) << body;
  }
}

}  // namespace
}  // namespace berth::kube

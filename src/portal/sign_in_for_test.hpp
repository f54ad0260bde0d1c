// Signing in as a browser does, for the tests of it and of what it is good for.
#pragma once

#include <gtest/gtest.h>

#include "portal/fixture.hpp"

namespace berth::portal {

class SignIn : public PortalTest {
 protected:
  Answer login(const std::string& email, std::string_view password) {
    auto client = site().stranger();
    return client.post("/api/v1/auth/login", {{"email", email}, {"password", password}});
  }

  struct Browser {
    std::string cookie;  // "berth_session=..."
    std::string csrf_token;
    http::Headers reading() const { return {{"Cookie", "theme=dark; " + cookie}}; }
    http::Headers changing() const { return {{"Cookie", cookie}, {"X-CSRF-Token", csrf_token}}; }
  };
  Browser sign_in(const Person& person) {
    const auto answer = login(person.email, kPassword);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto cookie = answer.header("Set-Cookie");
    return {cookie.substr(0, cookie.find(';')), string_at(answer.json, {"csrf_token"})};
  }
};

}  // namespace berth::portal

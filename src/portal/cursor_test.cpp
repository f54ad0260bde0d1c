// Whatever is given as a list's cursor, the answer is a page or says that it is none.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "base/base64.hpp"
#include "portal/fixture.hpp"

namespace berth::portal {
namespace {

using Cursors = PortalTest;

/// Texts that look like what a cursor is made of, at and beyond every edge, and some that do not.
std::vector<std::string> texts() {
  std::vector<std::string> found;
  for (const auto* at :
       {"0", "-1", "1577836799999999", "1577836800000000", "253402300799999999", "253402300800000000"}) {
    for (const auto* id :
         {"0", "999999999999999999", "9999999999999999999", "0b0f8c1e-0000-4000-8000-000000000001", ""})
      found.push_back(fmt::format("{}:{}", at, id));
  }
  std::mt19937 random(20261129);  // a seed that is written down
  std::uniform_int_distribution<int> byte(0, 255);
  for (std::size_t i = 0; i < 8; ++i) {
    std::string text(i, '\0');
    for (auto& c : text) c = static_cast<char>(byte(random));
    found.push_back(std::move(text));
  }
  return found;
}

TEST_F(Cursors, AnyTextIsAPageOrARefusalThatNamesIt) {
  auto client = site().client(site().admin);
  for (const std::string list : {"/usage?pool=lab&", "/reservations?", "/tokens?", "/audit?", "/findings?"}) {
    int pages = 0;
    int refusals = 0;
    for (const auto& text : texts()) {
      const auto target = fmt::format("/api/v1{}cursor={}", list, base64_url_encode(text));
      const auto answer = client.get(target);
      ASSERT_TRUE(answer.status == 200 || answer.status == 422)
          << target << " of " << text << ": " << answer.body;
      ++(answer.status == 200 ? pages : refusals);
      if (answer.status == 422) {
        EXPECT_TRUE(answer.fault("cursor").is_object()) << target << ": " << answer.body;
      }
    }
    EXPECT_GT(refusals, 10) << list;
    EXPECT_GT(pages, 0) << list;
  }
}

TEST_F(Cursors, OneOfBeforeThereWereAnyIsNone) {
  auto client = site().client(site().ana);
  const auto answer = client.get("/api/v1/usage?pool=lab&cursor=MDow");  // 0:0
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(string_at(answer.fault("cursor"), {"limit"}), "as given in next");
}

}  // namespace
}  // namespace berth::portal

#include "portal/page_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace berth::portal {
namespace {

using testing::HasSubstr;

constexpr std::array<base::EmbeddedFile, 4> kFiles{{
    {"index.html", "<!doctype html>"},
    {"index.html.gz", "compressed page"},
    {"assets/app-1a2b.js", "run()"},
    {"favicon.svg", "<svg/>"},
}};

http::Request get(const std::string& path, http::Headers headers = {}) {
  http::Request request;
  request.method = "GET";
  request.path = path;
  request.headers = std::move(headers);
  return request;
}

std::string header(const http::Response& response, std::string_view name) {
  return std::string(http::find_header(response.headers, name).value_or(""));
}

TEST(PageFiles, AnAddressOfThePageIsThePage) {
  const PageFiles page(kFiles);
  for (const auto* path : {"/", "/calendar", "/reservations/4711", "/apiary"}) {
    ASSERT_TRUE(page.answers(get(path))) << path;
    EXPECT_EQ(page.answer(get(path)).bytes(), "<!doctype html>") << path;
  }
}

TEST(PageFiles, TheApisAddressesAreNotThePages) {
  const PageFiles page(kFiles);
  for (const auto* path :
       {"/api", "/api/v1/nothing", "/api/v2", "/healthz", "/metrics/x", "/assets/gone-99.js"}) {
    EXPECT_FALSE(page.answers(get(path))) << path;
  }
  auto post = get("/calendar");
  post.method = "POST";
  EXPECT_FALSE(page.answers(post));
}

TEST(PageFiles, AssetsAreKeptForEverAndThePageIsAskedForAgain) {
  const PageFiles page(kFiles);
  EXPECT_THAT(header(page.answer(get("/assets/app-1a2b.js")), "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(header(page.answer(get("/assets/app-1a2b.js")), "Content-Type"),
            "text/javascript; charset=utf-8");
  EXPECT_EQ(header(page.answer(get("/calendar")), "Cache-Control"), "no-cache");
  EXPECT_EQ(header(page.answer(get("/favicon.svg")), "Cache-Control"), "no-cache");
}

TEST(PageFiles, AFileIsSentFromWhereItIsInTheProgram) {
  const PageFiles page(kFiles);
  const auto sent = [&](const http::Request& request) {
    const auto response = page.answer(request);
    EXPECT_TRUE(response.body.empty()) << request.path << ": a copy for each reader";
    return response.shared_body.data();
  };
  EXPECT_EQ(sent(get("/assets/app-1a2b.js")), kFiles[2].bytes.data());
  EXPECT_EQ(sent(get("/calendar")), kFiles[0].bytes.data());
  EXPECT_EQ(sent(get("/calendar", {{"Accept-Encoding", "gzip"}})), kFiles[1].bytes.data());
}

TEST(PageFiles, WhoTakesItCompressedGetsItCompressed) {
  const PageFiles page(kFiles);
  const auto small = page.answer(get("/", {{"Accept-Encoding", "br, gzip;q=0.8"}}));
  EXPECT_EQ(small.bytes(), "compressed page");
  EXPECT_EQ(header(small, "Content-Encoding"), "gzip");
  EXPECT_EQ(page.answer(get("/", {{"Accept-Encoding", "GZIP"}})).bytes(), "compressed page");
  for (const auto* refused : {"br", "gzip;q=0", "identity", "gzipped", "gzip; q=0.0"}) {
    const auto plain = page.answer(get("/", {{"Accept-Encoding", refused}}));
    EXPECT_EQ(plain.bytes(), "<!doctype html>") << refused;
    EXPECT_EQ(header(plain, "Content-Encoding"), "") << refused;
    EXPECT_NE(header(plain, "ETag"), header(small, "ETag"));
  }
}

TEST(PageFiles, WhatTheBrowserHasIsNotSentAgain) {
  const PageFiles page(kFiles);
  const auto tag = header(page.answer(get("/")), "ETag");
  const auto again = page.answer(get("/", {{"If-None-Match", "\"other\", " + tag}}));
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.bytes(), "");
  EXPECT_EQ(header(again, "ETag"), tag);
  EXPECT_EQ(page.answer(get("/", {{"If-None-Match", "\"other\""}})).status, 200);
}

TEST(PageFiles, NothingFromElsewhereRuns) {
  const auto policy = header(PageFiles(kFiles).answer(get("/")), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("'unsafe")));
  EXPECT_THAT(policy, HasSubstr("script-src 'self' 'wasm-unsafe-eval';"));
}

TEST(PageFiles, WithoutFilesThereIsNoPage) {
  EXPECT_FALSE(PageFiles({}).answers(get("/")));
}

}  // namespace
}  // namespace berth::portal

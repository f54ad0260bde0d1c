#include "modelcache/listing.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "modelcache/content_range.hpp"
#include "modelcache/publish.hpp"

namespace berth::modelcache {
namespace {

const std::string kSha1(40, 'a');
const std::string kSha256(64, 'b');

std::string entry(const std::string& path, const std::string& more = R"("size":3)") {
  return fmt::format(R"({{"type":"file","path":"{}","oid":"{}",{}}})", path, kSha1, more);
}

Result<std::vector<RemoteFile>> read(const std::string& page) {
  Listing listing;
  if (auto added = listing.add_page(page); !added) return fail(added.error());
  return std::move(listing).whole();
}

TEST(Listing, HasSmallFilesByGitsHashAndLargeOnesByTheirOwn) {
  const auto files =
      read("[" + entry("a/b.json") + "," +
           entry("w", fmt::format(R"("size":134,"lfs":{{"oid":"{}","size":7000000000,"pointerSize":134}})",
                                  kSha256)) +
           R"(,{"type":"directory","path":"a","oid":"x"}])");
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, (std::vector<RemoteFile>{{.path = "a/b.json", .size = 3, .hash = kSha1},
                                             {.path = "w", .size = 7'000'000'000, .hash = kSha256}}));
}

TEST(Listing, RefusesWhatWouldBecomeAnotherFilesName) {
  for (const std::string path :
       {"", "/a", "a/", "a//b", "../a", "a/../b", "a/.", "a\\\\b", "a\\u0000b", "a\\u001bb"})
    EXPECT_FALSE(read("[" + entry(path) + "]")) << path;
  EXPECT_FALSE(read("[" + entry(std::string(kMaxPathBytes + 1, 'x')) + "]"));
  EXPECT_FALSE(read("[" + entry(std::string(256, 'x')) + "]"));
  std::string deep = "x";
  for (std::size_t i = 1; i < kMaxPathDepth; ++i) deep += "/x";
  EXPECT_TRUE(read("[" + entry(deep) + "]"));
  EXPECT_FALSE(read("[" + entry(deep + "/x") + "]"));
}

TEST(Listing, RefusesSizesAndHashesThatAreNone) {
  for (const std::string more :
       {R"("size":-1)", R"("size":"3")", R"("size":20000000000000)", R"("x":3)",
        R"("size":3,"lfs":{"oid":"../../x","size":3})", R"("size":3,"lfs":{"size":3})"})
    EXPECT_FALSE(read("[" + entry("a", more) + "]")) << more;
  EXPECT_FALSE(read(R"([{"type":"file","path":"a","oid":"short","size":1}])"));
  EXPECT_FALSE(read(R"([{"type":"link","path":"a"}])"));
  for (const std::string page : {"", "{}", "[1]", "[{}]", "null", "[["}) EXPECT_FALSE(read(page)) << page;
}

TEST(Listing, HasEachNameOnceAndNoFileInAFile) {
  EXPECT_FALSE(read("[" + entry("a") + "," + entry("a") + "]"));
  EXPECT_FALSE(read("[" + entry("a/b/c") + "," + entry("a") + "]"));
  EXPECT_TRUE(read("[" + entry("a/b/c") + "," + entry("ab") + "]"));
}

TEST(Listing, OfTheNextPageOnlyTheQueryIsTaken) {
  EXPECT_EQ(next_query(R"(<https://elsewhere/api?recursive=true&cursor=x>; rel="next")"),
            "recursive=true&cursor=x");
  EXPECT_EQ(next_query(R"(<https://h/?a=1>; rel="prev", <https://h/?a=3#z>; rel="next")"), "a=3");
  for (const std::string link : {"", "<", "<x>", R"(<https://h/a>; rel="next")",
                                 R"(<https://h/?a=1>; rel="prev")", "<https://h/?a b>; rel=\"next\""})
    EXPECT_FALSE(next_query(link)) << link;
}

TEST(Listing, ACommitIsReadAndNothingElse) {
  EXPECT_EQ(parse_commit(fmt::format(R"({{"sha":"{}"}})", kSha1)).value(), kSha1);
  for (const std::string body : {"", "{}", R"({"sha":1})", R"({"sha":"../x"})", "[]"})
    EXPECT_FALSE(parse_commit(body)) << body;
}

TEST(ContentRange, IsReadWholeOrNotAtAll) {
  EXPECT_EQ(parse_content_range("bytes 3-9/10"), (ContentRange{.first = 3, .last = 9, .total = 10}));
  EXPECT_EQ(parse_content_range("bytes 3-9/*"), (ContentRange{.first = 3, .last = 9, .total = {}}));
  for (const std::string text : {"", "bytes", "bytes */10", "bytes 9-3/10", "bytes 3-10/10", "bytes 3-9/10x",
                                 "bytes -1-3/9", "bytes 3-99999999999999999999/9", "items 3-9/10"})
    EXPECT_FALSE(parse_content_range(text)) << text;
}

TEST(Publish, ALinkLeadsOutOfAsManyFoldersAsItIsIn) {
  EXPECT_EQ(link_target("a", "h"), "../../blobs/h");
  EXPECT_EQ(link_target("a/b/c", "h"), "../../../../blobs/h");
}

}  // namespace
}  // namespace berth::modelcache

#include "base/yaml_text.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/yaml.hpp"

namespace berth {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(std::string(BERTH_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_the_same_again(const std::vector<json::value>& documents) {
  const auto text = yaml_text(documents);
  const auto read = yaml_documents(text);
  ASSERT_TRUE(read.has_value()) << read.error().message << "\n" << text;
  EXPECT_EQ(*read, documents) << text;
}

TEST(YamlText, IsReadAsTheSame) {
  for (const char* file : {"deploy/pools/lab.yaml", "docs/scenarios/reference-machine.yaml"}) {
    const auto documents = yaml_documents(read_file(file));
    ASSERT_TRUE(documents.has_value() && !documents->empty()) << file;
    expect_the_same_again(*documents);
  }
}

TEST(YamlText, LinesStandAsTheyAre) {
  const json::value document = {
      {"data", {{"config.yaml", "version: v1\n\nmore:\n  - a\n"}, {"word", "one"}}},
      {"list", json::array{"a\nb\n", 1, json::object{{"deep", "x: y\n# no comment\n"}}}},
      {"none of these",
       json::array{"a\n", "a\nb", "a\nb\n\n", " a\nb\n", "\na\n", "a\r\nb\n", "a\tb\nc\n", "\n\n"}}};
  expect_the_same_again({document});
  EXPECT_NE(
      yaml_text(std::span(&document, 1)).find("  config.yaml: |\n    version: v1\n\n    more:\n      - a\n"),
      std::string::npos)
      << yaml_text(std::span(&document, 1));
}

TEST(YamlText, TextsThatLookLikeOtherValuesAreInQuotes) {
  json::array texts;
  for (const char* text : {"",
                           " ",
                           "1",
                           "1.5",
                           "0x1f",
                           "1e3",
                           "true",
                           "no",
                           "null",
                           "~",
                           "-",
                           "- a",
                           "a: b",
                           "a #b",
                           "#",
                           "12:30:00",
                           "2026-11-24",
                           "{",
                           "[x]",
                           "*a",
                           "&a",
                           "!t",
                           "|",
                           ">",
                           "%x",
                           "@x",
                           "`x",
                           "'x'",
                           "\"x\"",
                           "line\nbreak",
                           "\t",
                           "\x01",
                           "\u00dc",
                           ".inf",
                           "=",
                           "<<",
                           "---",
                           "plain",
                           "nvidia.com/mig-1g.24gb",
                           "10.128.0.0/14"}) {
    texts.emplace_back(text);
  }
  json::object keys;
  for (const auto& text : texts) keys[std::string_view(text.as_string())] = text;
  expect_the_same_again({json::value(json::object{{"texts", texts}, {"keys", keys}})});
}

std::vector<json::value> parsed(std::initializer_list<std::string_view> texts) {
  std::vector<json::value> documents;
  for (const auto text : texts) documents.push_back(*parse_json(text));
  return documents;
}

TEST(YamlText, NestsAsFarAsItGoes) {
  expect_the_same_again(
      parsed({R"({"empty": {}, "none": [], "nothing": null, "numbers": [0.8, 1, -3, 1e22, true, false],
           "rows": [{"name": "a", "below": [{"x": [1, 2]}, {"y": {"z": {"deep": [{}]}}}]}, {"name": "b"}, [[1, 2], [], [3]], {}]})",
              R"({"kind": "second"})"}));
}

TEST(YamlText, IsAsAPersonWouldWriteIt) {
  EXPECT_EQ(
      yaml_text(parsed(
          {R"({"kind": "Pool", "ranges": ["10.0.0.0/8"], "nodes": [{"name": "node", "units": [{"slots": 4}]}]})",
           R"({"kind": "Cluster"})"})),
      "kind: Pool\nranges: [\"10.0.0.0/8\"]\nnodes:\n  - name: node\n    units:\n      - { slots: 4 "
      "}\n---\nkind: "
      "Cluster\n");
}

}  // namespace
}  // namespace berth

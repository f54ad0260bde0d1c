#include "base/yaml.hpp"

#include <gtest/gtest.h>

namespace berth {
namespace {

Error refused(std::string_view text) {
  const auto documents = yaml_documents(text);
  if (documents) {
    ADD_FAILURE() << "accepted";
    return {};
  }
  return documents.error();
}

TEST(Yaml, ReadsTheCoreSchema) {
  const auto documents = yaml_documents(R"(
a: 1
b: -2.5
c: true
d: ~
e: "1"
f: yes
g: [x, 1e3, 0.80]
h: { i: '' }
j: 10.128.0.0/14
k: +7
l: .5
m: [~]
n: !!str 12
)");
  ASSERT_TRUE(documents) << documents.error().message;
  ASSERT_EQ(documents->size(), 1U);
  EXPECT_EQ(
      documents->front(),
      json::parse(R"({"a":1,"b":-2.5,"c":true,"d":null,"e":"1","f":"yes","g":["x",1000.0,0.8],"h":{"i":""},
                            "j":"10.128.0.0/14","k":7,"l":0.5,"m":[null],"n":"12"})"));
}

TEST(Yaml, JsonIsYamlToo) {
  const auto documents = yaml_documents(R"({"a": ["b", 1, null, {"c": "é\n"}]})");
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(documents->at(0), json::parse(R"({"a":["b",1,null,{"c":"é\n"}]})"));
}

TEST(Yaml, EachDocumentIsOneElementAndEmptyOnesAreNone) {
  const auto documents = yaml_documents("---\na: 1\n---\n---\nb: 2\n");
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(*documents, (std::vector{json::parse(R"({"a":1})"), json::parse(R"({"b":2})")}));
  EXPECT_EQ(yaml_documents("")->size(), 0U);
}

TEST(Yaml, FollowsAliasesWithinReason) {
  const auto documents = yaml_documents("a: &x { n: 1 }\nb: *x\nc: [*x, *x]\n");
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(documents->at(0), json::parse(R"({"a":{"n":1},"b":{"n":1},"c":[{"n":1},{"n":1}]})"));
}

TEST(Yaml, AnAliasBombIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += before + ", ";
    bomb += before + "]\n";
  }
  EXPECT_EQ(refused(bomb).code, Code::kTooLarge);
}

TEST(Yaml, AliasesThatDeepenAreRefused) {
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_NE(refused(deep).message.find("nested deeper than 32"), std::string::npos);
}

TEST(Yaml, AnAliasOfItselfIsRefused) {
  EXPECT_EQ(refused("a: &a [*a]").code, Code::kMalformed);
}

TEST(Yaml, DeepNestingIsRefused) {
  EXPECT_EQ(refused(std::string(200'000, '[')).code, Code::kMalformed);
  EXPECT_TRUE(yaml_documents(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(yaml_documents(std::string(33, '[') + std::string(33, ']')));
}

TEST(Yaml, FaultsSayWhere) {
  EXPECT_NE(refused("a: 1\na: 2\n").message.find("line 2, column 1: the key \"a\" is there twice"),
            std::string::npos);
  EXPECT_NE(refused("a: 1\nb: [1, 2\n").message.find("line "), std::string::npos);
  EXPECT_NE(refused("? [1]\n: 2\n").message.find("a key must be a text"), std::string::npos);
  EXPECT_NE(refused("a: !!binary aGk=\n").message.find("tags"), std::string::npos);
  EXPECT_NE(refused("a: \"\xff\"\n").message.find("UTF-8"), std::string::npos);
  EXPECT_NE(refused(std::string("!\0\0\0G\"\"\"\"", 9)).message.find("UTF-8"), std::string::npos);
  EXPECT_NE(refused("a: \"b\\Nc\"\n").message.find("line 1, column 4"), std::string::npos);
  EXPECT_NE(refused("\"b\\_c\": 1\n").message.find("UTF-8"), std::string::npos);
  EXPECT_EQ(refused(std::string(kMaxYamlBytes + 1, ' ')).code, Code::kTooLarge);
}

TEST(Yaml, NumbersStayTextsWhereTokensMayLookLikeThem) {
  const auto documents = yaml_documents("a: 1\nb: [x, 'true', true, ~, 1e3]\n", {.numbers = false});
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(documents->at(0), json::value({{"a", "1"}, {"b", {"x", "true", true, nullptr, "1e3"}}}));
}

TEST(Yaml, WhatHoldsSecretsIsToldByItsPlaceAlone) {
  for (const std::string text :
       {"users:\n- token: {secret-of-ours\n", "a: *secret-of-ours\n", "a: !secret-of-ours x\n",
        "secret-of-ours: 1\nsecret-of-ours: 2\n", "a: \"\\secret-of-ours\"\n"}) {
    const auto documents = yaml_documents(text, {.holds_secrets = true});
    ASSERT_FALSE(documents) << text;
    EXPECT_EQ(documents.error().code, Code::kMalformed) << text;
    EXPECT_NE(documents.error().message.find("line "), std::string::npos) << documents.error().message;
    EXPECT_EQ(documents.error().message.find("ecret"), std::string::npos) << documents.error().message;
  }
}

}  // namespace
}  // namespace berth

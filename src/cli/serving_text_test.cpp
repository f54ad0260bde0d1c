#include "cli/serving_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace berth::cli {
namespace {

using modelmemory::kGib;
using testing::HasSubstr;
using testing::Not;

modelmemory::Model eight_billion() {
  return modelmemory::parse_model(
             R"({"model_type":"qwen3","vocab_size":151936,"hidden_size":4096,"num_hidden_layers":36,
                 "num_attention_heads":32,"num_key_value_heads":8,"head_dim":128,"intermediate_size":12288,
                 "max_position_embeddings":40960})")
      .value();
}

TEST(ServingText, ReadsMemoryAsPeopleWriteIt) {
  EXPECT_EQ(parse_memory("24Gi"), 24 * kGib);
  EXPECT_EQ(parse_memory("24GiB"), 24 * kGib);
  EXPECT_EQ(parse_memory("96GB"), 96'000'000'000);
  EXPECT_EQ(parse_memory("23.6Gi"), 25'340'307'046);
  for (const char* wrong : {"", "24", "B", "1Mi", "-24Gi", "17Ti", "24 GB", "much", "1e30"}) {
    const auto read = parse_memory(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_THAT(read.error().message, HasSubstr("from 1Gi to 16Ti")) << wrong;
    EXPECT_EQ(read.error().fields.at(0).field, "--memory") << wrong;
  }
}

TEST(ServingText, SaysWhatFits) {
  const auto model = eight_billion();
  const modelmemory::Question question{.device_bytes = 24 * kGib};
  const auto text = fit_text("Qwen3-8B", model, question, modelmemory::fit(model, question));
  EXPECT_THAT(text, HasSubstr("Qwen3-8B: 8.19 billion parameters, 36 layers"));
  EXPECT_THAT(text, HasSubstr("weights     15.3 GiB"));
  EXPECT_THAT(text, HasSubstr("an estimate"));
  EXPECT_THAT(text, HasSubstr("144.0 KiB a token"));
  EXPECT_THAT(text, HasSubstr("streams of 8192 tokens fit, or one of up to "));
  EXPECT_THAT(text, Not(HasSubstr("What would fit")));
}

/// Each line of what would fit is one of the command's own options, and fits indeed.
TEST(ServingText, WhatWouldFitDoes) {
  const auto model = eight_billion();
  int tried = 0;
  for (const std::int64_t gib : {8, 12, 16, 20, 24, 48}) {
    for (const std::int64_t streams : {1, 4, 64}) {
      for (const std::int64_t tokens : {2048, 8192, 40960}) {
        const modelmemory::Question question{
            .device_bytes = gib * kGib, .tokens = tokens, .streams = streams};
        const auto found = modelmemory::fit(model, question);
        if (found.fits) continue;
        bool larger = false;
        std::istringstream lines(fit_text("m", model, question, found));
        for (std::string line; std::getline(lines, line);) {
          auto changed = question;
          auto with = model;
          if (line.starts_with("  --streams ")) {
            changed.streams = std::stoll(line.substr(12));
          } else if (line.starts_with("  --context ")) {
            changed.tokens = std::stoll(line.substr(12));
          } else if (line == "  --cache fp8") {
            changed.element_bytes = 1;
          } else if (line.starts_with("  weights of ")) {
            with = *modelmemory::with_weights(model, line.substr(13, line.find(' ', 13) - 13));
          } else {
            larger = larger || line.starts_with("  a unit of ");
            continue;
          }
          ++tried;
          EXPECT_TRUE(modelmemory::fit(with, changed).fits)
              << gib << " GiB, " << streams << " of " << tokens << line;
        }
        EXPECT_TRUE(larger) << "a larger unit is always one";
      }
    }
  }
  EXPECT_GT(tried, 20);
}

TEST(ServingText, ToProgramsEachNumberByItself) {
  const auto model = eight_billion();
  const modelmemory::Question question{.device_bytes = 24 * kGib, .streams = 2};
  const auto found = modelmemory::fit(model, question);
  const auto json = to_json(model, question, found);
  EXPECT_EQ(find_int(json, {"parameters"}), 8'190'735'360);
  EXPECT_EQ(find_int(json, {"weight_bytes"}), 16'381'470'720);
  EXPECT_EQ(find_int(json, {"needed_bytes"}), found.needed);
  EXPECT_EQ(find_bool(json, {"fits"}), found.fits);
  EXPECT_EQ(find_bool(json, {"estimate"}), true);
}

}  // namespace
}  // namespace berth::cli

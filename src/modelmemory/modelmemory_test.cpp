// Sizes beside those that the models' makers published: the sum of all tensors, as the index of their files
// has it.
#include "modelmemory/modelmemory.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "base/json.hpp"

namespace berth::modelmemory {
namespace {

using testing::HasSubstr;

struct Published {
  const char* name;
  const char* config;
  std::int64_t parameters;   // 0: not published
  std::int64_t bytes;        // of all tensors; 0: not published
  std::int64_t cache_token;  // bytes a token of a short stream, 16 bit
};

const Published kPublished[] = {
    {"Llama-3.1-8B",
     R"({"model_type":"llama","vocab_size":128256,"hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"intermediate_size":14336,"tie_word_embeddings":false,"torch_dtype":"bfloat16"})",
     8'030'261'248, 16'060'522'496, 131'072},
    {"Llama-3.1-70B",
     R"({"model_type":"llama","vocab_size":128256,"hidden_size":8192,"num_hidden_layers":80,"num_attention_heads":64,
         "num_key_value_heads":8,"intermediate_size":28672,"tie_word_embeddings":false,"torch_dtype":"bfloat16"})",
     70'553'706'496, 141'107'412'992, 327'680},
    {"Llama-3.2-1B",
     R"({"model_type":"llama","vocab_size":128256,"hidden_size":2048,"num_hidden_layers":16,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":64,"intermediate_size":8192,"tie_word_embeddings":true})",
     1'235'814'400, 0, 32'768},
    {"Llama-3.2-3B",
     R"({"model_type":"llama","vocab_size":128256,"hidden_size":3072,"num_hidden_layers":28,"num_attention_heads":24,
         "num_key_value_heads":8,"head_dim":128,"intermediate_size":8192,"tie_word_embeddings":true})",
     3'212'749'824, 6'425'499'648, 114'688},
    {"TinyLlama-1.1B",
     R"({"model_type":"llama","vocab_size":32000,"hidden_size":2048,"num_hidden_layers":22,"num_attention_heads":32,
         "num_key_value_heads":4,"intermediate_size":5632,"tie_word_embeddings":false})",
     1'100'048'384, 0, 22'528},
    {"SmolLM2-135M",
     R"({"model_type":"llama","vocab_size":49152,"hidden_size":576,"num_hidden_layers":30,"num_attention_heads":9,
         "num_key_value_heads":3,"intermediate_size":1536,"tie_word_embeddings":true})",
     134'515'008, 269'030'016, 23'040},
    {"Mistral-7B-v0.1",
     R"({"model_type":"mistral","vocab_size":32000,"hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"intermediate_size":14336,"sliding_window":4096,"tie_word_embeddings":false})",
     7'241'732'096, 14'483'464'192, 131'072},
    {"Mistral-Nemo-12B",
     R"({"model_type":"mistral","vocab_size":131072,"hidden_size":5120,"num_hidden_layers":40,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":128,"intermediate_size":14336,"sliding_window":null})",
     12'247'782'400, 24'495'564'800, 163'840},
    {"Mixtral-8x7B",
     R"({"model_type":"mixtral","vocab_size":32000,"hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"intermediate_size":14336,"num_local_experts":8,"num_experts_per_tok":2})",
     46'702'792'704, 93'405'585'408, 131'072},
    {"Qwen2.5-0.5B",
     R"({"model_type":"qwen2","vocab_size":151936,"hidden_size":896,"num_hidden_layers":24,"num_attention_heads":14,
         "num_key_value_heads":2,"intermediate_size":4864,"tie_word_embeddings":true})",
     494'032'768, 0, 12'288},
    {"Qwen2.5-7B",
     R"({"model_type":"qwen2","vocab_size":152064,"hidden_size":3584,"num_hidden_layers":28,"num_attention_heads":28,
         "num_key_value_heads":4,"intermediate_size":18944,"sliding_window":131072,"use_sliding_window":false})",
     7'615'616'512, 15'231'233'024, 57'344},
    {"Qwen2.5-14B",
     R"({"model_type":"qwen2","vocab_size":152064,"hidden_size":5120,"num_hidden_layers":48,"num_attention_heads":40,
         "num_key_value_heads":8,"intermediate_size":13824})",
     14'770'033'664, 29'540'067'328, 196'608},
    {"Qwen2.5-32B",
     R"({"model_type":"qwen2","vocab_size":152064,"hidden_size":5120,"num_hidden_layers":64,"num_attention_heads":40,
         "num_key_value_heads":8,"intermediate_size":27648})",
     32'763'876'352, 65'527'752'704, 262'144},
    {"Qwen2.5-72B",
     R"({"model_type":"qwen2","vocab_size":152064,"hidden_size":8192,"num_hidden_layers":80,"num_attention_heads":64,
         "num_key_value_heads":8,"intermediate_size":29568})",
     0, 145'412'407'296, 327'680},
    {"Qwen3-8B",
     R"({"model_type":"qwen3","vocab_size":151936,"hidden_size":4096,"num_hidden_layers":36,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":128,"intermediate_size":12288,"attention_bias":false})",
     8'190'735'360, 16'381'470'720, 147'456},
    {"Qwen3-30B-A3B",
     R"({"model_type":"qwen3_moe","vocab_size":151936,"hidden_size":2048,"num_hidden_layers":48,
         "num_attention_heads":32,"num_key_value_heads":4,"head_dim":128,"intermediate_size":6144,"num_experts":128,
         "moe_intermediate_size":768,"decoder_sparse_step":1})",
     0, 61'064'245'248, 98'304},
    {"Phi-3-mini",
     R"({"model_type":"phi3","vocab_size":32064,"hidden_size":3072,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":32,"intermediate_size":8192,"tie_word_embeddings":false})",
     0, 7'642'159'104, 393'216},
    {"Gemma-2-2B",
     R"({"model_type":"gemma2","vocab_size":256000,"hidden_size":2304,"num_hidden_layers":26,"num_attention_heads":8,
         "num_key_value_heads":4,"head_dim":256,"intermediate_size":9216,"sliding_window":4096})",
     0, 5'228'683'776, 106'496},
    {"Gemma-2-9B",
     R"({"model_type":"gemma2","vocab_size":256000,"hidden_size":3584,"num_hidden_layers":42,"num_attention_heads":16,
         "num_key_value_heads":8,"head_dim":256,"intermediate_size":14336,"sliding_window":4096})",
     9'241'705'984, 18'483'411'968, 344'064},
    {"gpt-oss-20b",
     R"({"model_type":"gpt_oss","vocab_size":201088,"hidden_size":2880,"num_hidden_layers":24,"num_attention_heads":64,
         "num_key_value_heads":8,"head_dim":64,"intermediate_size":2880,"num_local_experts":32,"attention_bias":true,
         "sliding_window":128,"quantization_config":{"quant_method":"mxfp4"}})",
     0, 13'761'264'768, 49'152},
    {"gpt-oss-120b",
     R"({"model_type":"gpt_oss","vocab_size":201088,"hidden_size":2880,"num_hidden_layers":36,"num_attention_heads":64,
         "num_key_value_heads":8,"head_dim":64,"intermediate_size":2880,"num_local_experts":128,"attention_bias":true,
         "sliding_window":128,"quantization_config":{"quant_method":"mxfp4"}})",
     0, 65'248'815'744, 73'728},
    {"DeepSeek-V3",
     R"({"model_type":"deepseek_v3","vocab_size":129280,"hidden_size":7168,"num_hidden_layers":61,
         "num_attention_heads":128,"num_key_value_heads":128,"intermediate_size":18432,"n_routed_experts":256,
         "n_shared_experts":1,"moe_intermediate_size":2048,"first_k_dense_replace":3,"kv_lora_rank":512,
         "q_lora_rank":1536,"qk_rope_head_dim":64,"qk_nope_head_dim":128,"v_head_dim":128})",
     671'026'419'200, 0, 70'272},
};

Model parsed(const char* config) {
  auto model = parse_model(config);
  if (!model) throw std::runtime_error(model.error().message);
  return *model;
}

TEST(ModelMemory, AgreesWithWhatWasPublished) {
  for (const auto& one : kPublished) {
    const auto model = parsed(one.config);
    EXPECT_TRUE(model.known) << one.name;
    const auto off = [&](std::int64_t ours, std::int64_t theirs) {
      return theirs == 0 ? 0.0 : 100.0 * static_cast<double>(ours - theirs) / static_cast<double>(theirs);
    };
    const auto in_parameters = off(parameters(model), one.parameters);
    const auto in_bytes = off(weight_bytes(model), one.bytes);
    std::cout << fmt::format("{:16} parameters {:+.5f} %, weights {:+.5f} %\n", one.name, in_parameters,
                             in_bytes);
    EXPECT_NEAR(in_parameters, 0, 0.0001) << one.name << ": " << parameters(model);
    EXPECT_NEAR(in_bytes, 0, 0.0001) << one.name << ": " << weight_bytes(model);
    EXPECT_EQ(cache_bytes(model, 100, 2), 100 * one.cache_token) << one.name;
  }
}

TEST(ModelMemory, LayersThatLookBackNoFurtherThanTheirWindowKeepNoMore) {
  const auto mistral = parsed(kPublished[6].config);
  EXPECT_EQ(cache_bytes(mistral, 100'000, 2), 4096LL * 131'072);
  const auto gemma = parsed(kPublished[18].config);  // every second layer
  EXPECT_EQ(cache_bytes(gemma, 8192, 2), 344'064LL / 2 * (8192 + 4096));
  const auto qwen = parsed(kPublished[10].config);
  EXPECT_EQ(cache_bytes(qwen, 200'000, 2), 200'000LL * 57'344) << "it says that it does not use its window";
  EXPECT_EQ(cache_bytes(qwen, 1000, 1), 500LL * 57'344) << "fp8";
}

TEST(ModelMemory, QuantisedWeightsAreSmallerWhereTheyAreLinear) {
  const auto model = parsed(kPublished[10].config);
  const auto embeddings = 2LL * 152064 * 3584;
  const auto linear = static_cast<double>(parameters(model) - embeddings);
  const auto fp8 = weight_bytes(*with_weights(model, "fp8"));
  EXPECT_NEAR(static_cast<double>(fp8 - 2 * embeddings) / linear, 1.0, 0.001);
  const auto int4 = weight_bytes(*with_weights(model, "int4"));
  EXPECT_NEAR(static_cast<double>(int4 - 2 * embeddings) / linear, 0.52, 0.001);
  EXPECT_EQ(weight_bytes(*with_weights(model, "bf16")), weight_bytes(model));
  const auto refused = with_weights(model, "fp5");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "weights are bf16, fp8 or int4, not fp5");
}

TEST(ModelMemory, SaysHowManyStreamsFitAndHowLongASingleOneMayBe) {
  const auto model = parsed(kPublished[14].config);  // Qwen3-8B on a slice of 24 GB
  Question question{.device_bytes = 23'600 * (kGib / 1000), .tokens = 8192, .streams = 3};
  auto fits = fit(model, question);
  EXPECT_EQ(fits.stream, 8192LL * 147'456);
  EXPECT_TRUE(fits.fits);
  question.streams = fits.streams;
  EXPECT_TRUE(fit(model, question).fits);
  question.streams = fits.streams + 1;
  EXPECT_FALSE(fit(model, question).fits);
  question.streams = 1;
  question.tokens = fits.tokens_of_one;
  EXPECT_TRUE(fit(model, question).fits);
  question.tokens = fits.tokens_of_one + 1;
  EXPECT_FALSE(fit(model, question).fits);

  const auto big = fit(parsed(kPublished[13].config), question);  // 72B
  EXPECT_FALSE(big.fits);
  EXPECT_EQ(big.streams, 0);
  EXPECT_EQ(big.tokens_of_one, 0);
  EXPECT_GT(big.needed, big.weights);
}

TEST(ModelMemory, NoLongerThanTheModelWasMadeFor) {
  auto model = parsed(kPublished[5].config);
  model.longest = 8192;
  EXPECT_EQ(fit(model, {.device_bytes = 96 * kGib}).tokens_of_one, 8192);
}

TEST(ModelMemory, WhatIsNotKnownIsSaid) {
  const auto model =
      parsed(R"({"model_type":"newest","vocab_size":1000,"hidden_size":64,"num_hidden_layers":2,
                                "num_attention_heads":4,"intermediate_size":128})");
  EXPECT_FALSE(model.known);
  EXPECT_THAT(model.notes.at(0), HasSubstr("type newest are not known here"));
  const auto seeing =
      parsed(R"({"model_type":"mistral3","text_config":{"model_type":"mistral","vocab_size":1000,
      "hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":128},"vision_config":{}})");
  EXPECT_EQ(seeing.type, "mistral");
  EXPECT_THAT(seeing.notes.at(0), HasSubstr("pictures"));
}

TEST(ModelMemory, RefusesWithFieldValueAndLimit) {
  const auto refusal = [](const char* text) {
    const auto model = parse_model(text);
    return model ? std::string("accepted") : model.error().message;
  };
  EXPECT_THAT(refusal("{"), HasSubstr("read config.json"));
  EXPECT_THAT(refusal("[]"), HasSubstr("config.json has no model_type"));
  EXPECT_THAT(refusal(R"({"model_type":"llama"})"), HasSubstr("config.json has no num_hidden_layers"));
  const auto with = [](const std::string& more) {
    return R"({"model_type":"llama","vocab_size":1000,"hidden_size":64,"num_attention_heads":4,"intermediate_size":128,)" +
           more + "}";
  };
  EXPECT_THAT(refusal(with(R"("num_hidden_layers":100000)").c_str()),
              HasSubstr("num_hidden_layers of config.json is 100000, not a whole number from 1 to 1000"));
  EXPECT_THAT(refusal(with(R"("num_hidden_layers":2.5)").c_str()), HasSubstr("2.5"));
  EXPECT_THAT(refusal(with(R"("num_hidden_layers":2,"num_key_value_heads":5)").c_str()),
              HasSubstr("num_key_value_heads of config.json is 5, not a whole number from 1 to 4"));
  EXPECT_THAT(
      refusal(with(R"("num_hidden_layers":2,"quantization_config":{"quant_method":"magic"})").c_str()),
      HasSubstr("quantization_config.quant_method of config.json is magic, not awq, fp8, gptq or mxfp4"));
  EXPECT_THAT(refusal(with(R"("num_hidden_layers":2,"layer_types":["linear_attention"])").c_str()),
              HasSubstr("layer_types"));
  EXPECT_THAT(refusal(std::string(kMaxConfigBytes + 1, ' ').c_str()), HasSubstr("bytes, more than"));
}

/// The largest that is let through overflows nothing.
TEST(ModelMemory, TheLargestOfAllHasASizeToo) {
  const auto model = parsed(R"({"model_type":"mixtral","vocab_size":16777216,"hidden_size":131072,
      "num_hidden_layers":1000,"num_attention_heads":4096,"head_dim":128,"intermediate_size":1048576,
      "num_local_experts":4096,"torch_dtype":"float32"})");
  EXPECT_GT(parameters(model), 1'000'000'000'000'000);
  EXPECT_GT(weight_bytes(model), parameters(model));
  const auto asked = fit(model, {.device_bytes = 96 * kGib, .tokens = 1 << 24, .streams = 100'000});
  EXPECT_FALSE(asked.fits);
  EXPECT_GT(asked.needed, 1'000'000'000'000'000'000);
  const auto latent = parse_model(R"({"model_type":"deepseek_v3","vocab_size":1000,"hidden_size":131072,
      "num_hidden_layers":1000,"num_attention_heads":131072,"head_dim":1,"intermediate_size":128,"kv_lora_rank":131072,
      "q_lora_rank":131072,"qk_rope_head_dim":131072,"qk_nope_head_dim":131072,"v_head_dim":131072})");
  ASSERT_FALSE(latent);
  EXPECT_THAT(latent.error().message, HasSubstr("qk_nope_head_dim"));
}

TEST(ModelMemory, LayersOfAMixtureThatHaveNoExpertsAreThoseThatAreNamed) {
  const auto with = [](const std::string& more) {
    return parsed((R"({"model_type":"qwen3_moe","vocab_size":1000,"hidden_size":64,"num_hidden_layers":8,
        "num_attention_heads":4,"intermediate_size":128,"num_experts":4,"moe_intermediate_size":32,)" +
                   more + "}")
                      .c_str())
        .dense_layers;
  };
  EXPECT_EQ(with(R"("decoder_sparse_step":1)"), 0);
  EXPECT_EQ(with(R"("decoder_sparse_step":2)"), 4);
  EXPECT_EQ(with(R"("mlp_only_layers":[0,3,3])"), 2);
  EXPECT_EQ(with(R"("decoder_sparse_step":2,"mlp_only_layers":[0,3])"), 5);
  const auto hybrid =
      parse_model(R"({"model_type":"jamba","vocab_size":1000,"hidden_size":64,"num_hidden_layers":8,
      "num_attention_heads":4,"intermediate_size":128,"attn_layer_period":8})");
  ASSERT_FALSE(hybrid);
  EXPECT_THAT(hybrid.error().message, HasSubstr("attn_layer_period"));
}

}  // namespace
}  // namespace berth::modelmemory

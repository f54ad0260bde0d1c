#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/field_errors.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "modelmemory/modelmemory.hpp"

namespace berth::modelmemory {
namespace {

constexpr std::int64_t kMostLayers = 1000;
constexpr std::int64_t kWidest = 1 << 17;
constexpr std::int64_t kWidestFeedForward = 1 << 20;
constexpr std::int64_t kMostExperts = 4096;
constexpr std::int64_t kMostWords = 1 << 24;
constexpr std::int64_t kLongest = std::int64_t{1} << 24;

/// What a type has that its config.json does not say, as the reference implementation of each has it.
struct Form {
  std::string_view type;
  bool tied = false;
  bool qkv_bias = false;
  bool qk_norm = false;
  std::int64_t norms = 2;
};
constexpr std::array kForms{
    Form{.type = "llama"},
    Form{.type = "mistral"},
    Form{.type = "mixtral"},
    Form{.type = "phi3"},
    Form{.type = "qwen2", .qkv_bias = true},
    Form{.type = "qwen2_moe", .qkv_bias = true},
    Form{.type = "qwen3", .qk_norm = true},
    Form{.type = "qwen3_moe", .qk_norm = true},
    Form{.type = "gemma", .tied = true},
    Form{.type = "gemma2", .tied = true, .norms = 4},
    Form{.type = "gemma3_text", .tied = true, .qk_norm = true, .norms = 4},
    Form{.type = "gpt_oss"},
    Form{.type = "deepseek_v2"},
    Form{.type = "deepseek_v3"},
};

class Reading {
 public:
  explicit Reading(const json::value& text) : text_(text) {}

  /// The first of these names that is there and not null; `otherwise` where none is.
  std::int64_t count(std::initializer_list<std::string_view> names, std::int64_t least, std::int64_t most,
                     std::optional<std::int64_t> otherwise = {}) {
    for (const auto name : names) {
      const auto* value = find(text_, {name});
      if (value == nullptr || value->is_null()) continue;
      const auto number = find_int(text_, {name});
      if (number && *number >= least && *number <= most) return *number;
      wrong(name, shown(json::serialize(*value)), fmt::format("a whole number from {} to {}", least, most));
      return least;
    }
    if (otherwise) return *otherwise;
    wrong(*names.begin(), "", fmt::format("a whole number from {} to {}", least, most));
    return least;
  }
  bool yes(std::string_view name, bool otherwise) const {
    return find_bool(text_, {name}).value_or(otherwise);
  }
  void wrong(std::string_view field, std::string value, std::string limit) {
    auto message = value.empty() ? fmt::format("config.json has no {}", field)
                                 : fmt::format("{} of config.json is {}, not {}", field, value, limit);
    errors_.add(std::string(field), std::move(value), std::move(limit), std::move(message));
  }
  const FieldErrors& errors() const { return errors_; }
  const json::value& text() const { return text_; }

 private:
  const json::value& text_;
  FieldErrors errors_;
};

void read_experts(Reading& config, Model& model) {
  model.experts = config.count({"num_local_experts", "num_experts", "n_routed_experts"}, 0, kMostExperts, 0);
  if (model.experts == 0) return;
  model.expert_feed_forward =
      config.count({"moe_intermediate_size"}, 1, kWidestFeedForward, model.feed_forward);
  model.shared_feed_forward = config.count({"shared_expert_intermediate_size"}, 0, kWidestFeedForward, 0);
  model.shared_gate = model.shared_feed_forward > 0;
  model.shared_feed_forward +=
      config.count({"n_shared_experts"}, 0, kMostExperts, 0) * model.expert_feed_forward;
  if (model.shared_feed_forward > kWidestFeedForward)
    config.wrong("n_shared_experts", fmt::format("{} wide together", model.shared_feed_forward),
                 fmt::format("at most {} wide", kWidestFeedForward));
  model.dense_layers = config.count({"first_k_dense_replace"}, 0, model.layers, 0);
  const auto step = config.count({"decoder_sparse_step"}, 1, kMostLayers, 1);
  if (step == 1 && list_at(config.text(), {"mlp_only_layers"}).empty()) return;
  std::set<std::int64_t> dense;
  for (const auto& layer : list_at(config.text(), {"mlp_only_layers"})) {
    if (layer.is_int64() && layer.get_int64() >= 0 && layer.get_int64() < model.layers)
      dense.insert(layer.get_int64());
    else
      config.wrong("mlp_only_layers", shown(json::serialize(layer)),
                   fmt::format("layers from 0 to {}", model.layers - 1));
  }
  for (std::int64_t layer = 0; layer < model.layers; ++layer) {
    if ((layer + 1) % step != 0) dense.insert(layer);
  }
  model.dense_layers = static_cast<std::int64_t>(dense.size());
}

void read_latent(Reading& config, Model& model) {
  model.kv_rank = config.count({"kv_lora_rank"}, 0, kWidest, 0);
  if (model.kv_rank == 0) return;
  model.q_rank = config.count({"q_lora_rank"}, 0, kWidest, 0);
  model.rope_size = config.count({"qk_rope_head_dim"}, 1, kWidest);
  model.nope_size = config.count({"qk_nope_head_dim"}, 1, kWidest);
  model.value_size = config.count({"v_head_dim"}, 1, kWidest);
  const auto size = model.nope_size + model.rope_size + model.value_size;
  if (model.heads * size > 4 * kWidest)
    config.wrong("qk_nope_head_dim", fmt::format("{} with those beside it, for {} heads", size, model.heads),
                 fmt::format("at most {} together", 4 * kWidest));
}

/// Models that mix attention with other layers say so in fields of their own.
void refuse_hybrids(Reading& config) {
  for (const auto* name : {"attn_layer_period", "hybrid_override_pattern", "full_attention_interval",
                           "mamba_d_state", "ssm_cfg", "attn_layer_indices"}) {
    const auto* value = find(config.text(), {name});
    if (value != nullptr && !value->is_null())
      config.wrong(name, shown(json::serialize(*value)), "a model whose layers are all attention");
  }
}

void read_window(Reading& config, Model& model) {
  const auto window = config.count({"sliding_window"}, 1, kLongest, 0);
  const auto& kinds = list_at(config.text(), {"layer_types"});
  for (const auto& kind : kinds) {
    if (kind == "sliding_attention") {
      ++model.window_layers;
    } else if (kind != "full_attention") {
      config.wrong("layer_types", shown(json::serialize(kind)), "full_attention or sliding_attention");
      return;
    }
  }
  if (kinds.empty() && window > 0) {
    if (model.type == "mistral") model.window_layers = model.layers;
    if (model.type == "gemma2" || model.type == "gpt_oss")
      model.window_layers = model.layers - model.layers / 2;
  }
  if (model.window_layers > model.layers)
    config.wrong("layer_types", fmt::format("{} layers", kinds.size()),
                 fmt::format("{} layers", model.layers));
  if (window == 0) model.window_layers = 0;
  model.window = window;
}

/// Bytes of a weight of `bits`, with a scale of 16 bits and a zero of its own bits for each group.
double grouped(std::int64_t bits, std::int64_t group, bool zeros) {
  const auto own = static_cast<double>(bits) / 8;
  return group > 0 ? own + (2 + (zeros ? own : 0)) / static_cast<double>(group) : own;
}

void read_weights(Reading& config, Model& model) {
  auto stored = string_at(config.text(), {"torch_dtype"});
  if (stored.empty()) stored = string_at(config.text(), {"dtype"});
  auto& form = model.weights;
  form.name = stored.empty() ? "bfloat16" : shown(stored);
  if (stored == "float32") form.attention = form.feed_forward = form.other = 4;
  const auto* quantised = find(config.text(), {"quantization_config"});
  if (quantised == nullptr || quantised->is_null()) return;
  const auto method = string_at(*quantised, {"quant_method"});
  Reading of(*quantised);
  if (method == "fp8") {
    form.attention = form.feed_forward = 1;
    form.name = "fp8";
  } else if (method == "awq" || method == "gptq") {
    const auto bits = of.count({"bits", "w_bit"}, 2, 8, 4);
    const auto group = of.count({"group_size", "q_group_size"}, -1, 4096, 128);
    form.attention = form.feed_forward = grouped(bits, group, true);
    form.name = fmt::format("{} {} bit", method, bits);
  } else if (method == "mxfp4") {
    form.feed_forward = 0.5 + 1.0 / 32;
    form.name = "mxfp4";
  } else {
    config.wrong("quantization_config.quant_method", method.empty() ? "none" : shown(method),
                 "awq, fp8, gptq or mxfp4");
  }
  if (!of.errors().empty()) config.wrong("quantization_config", "not readable", of.errors().error().message);
}

}  // namespace

Result<Model> parse_model(std::string_view config_json) {
  if (config_json.size() > kMaxConfigBytes)
    return fail(Code::kTooLarge,
                fmt::format("config.json has {} bytes, more than {}", config_json.size(), kMaxConfigBytes));
  const auto whole = parse_json(config_json);
  if (!whole) return fail(within("read config.json", whole.error()));
  Model model;
  const auto* inner = find(*whole, {"text_config"});
  if (inner != nullptr && inner->is_object()) {
    model.notes.emplace_back("What it has for pictures and sound is not counted.");
  } else {
    inner = &*whole;
  }
  Reading config(*inner);
  model.type = string_at(*inner, {"model_type"});
  if (model.type.empty()) config.wrong("model_type", "", "a text");
  const auto* form =
      std::find_if(kForms.begin(), kForms.end(), [&](const Form& one) { return one.type == model.type; });
  model.known = form != kForms.end();
  if (!model.known) {
    form = kForms.begin();
    model.notes.push_back(fmt::format("Models of the type {} are not known here: counted as if it was llama.",
                                      shown(model.type)));
  }
  model.layers = config.count({"num_hidden_layers"}, 1, kMostLayers);
  model.hidden = config.count({"hidden_size"}, 1, kWidest);
  model.heads = config.count({"num_attention_heads"}, 1, kWidest);
  model.kv_heads = config.count({"num_key_value_heads"}, 1, model.heads, model.heads);
  model.head_size =
      config.count({"head_dim"}, 1, kWidest, std::max<std::int64_t>(1, model.hidden / model.heads));
  model.vocabulary = config.count({"vocab_size"}, 1, kMostWords);
  model.feed_forward = config.count({"intermediate_size"}, 1, kWidestFeedForward);
  model.longest = config.count({"max_position_embeddings"}, 1, kLongest, 0);
  model.tied = config.yes("tie_word_embeddings", form->tied);
  model.qkv_bias = form->qkv_bias || config.yes("attention_bias", false);
  model.output_bias = config.yes("attention_bias", false) && !form->qkv_bias;
  model.qk_norm = form->qk_norm;
  model.norms = form->norms;
  model.sinks = model.expert_bias = model.type == "gpt_oss";
  model.router_bias = model.type == "gpt_oss" || model.type == "deepseek_v3";
  if (model.heads * model.head_size > 4 * kWidest)
    config.wrong("head_dim", fmt::format("{} for {} heads", model.head_size, model.heads),
                 fmt::format("at most {} together", 4 * kWidest));
  read_experts(config, model);
  read_latent(config, model);
  read_window(config, model);
  refuse_hybrids(config);
  read_weights(config, model);
  if (!config.errors().empty()) return fail(config.errors().error());
  return model;
}

Result<Model> with_weights(Model model, std::string_view form) {
  WeightForm weights;
  if (form == "fp8") {
    weights.attention = weights.feed_forward = 1;
  } else if (form == "int4") {
    weights.attention = weights.feed_forward = grouped(4, 128, true);
  } else if (form != "bf16") {
    FieldErrors errors;
    errors.add("weights", shown(form), "bf16, fp8 or int4",
               fmt::format("weights are bf16, fp8 or int4, not {}", shown(form)));
    return fail(errors.error());
  }
  weights.name = form;
  model.weights = std::move(weights);
  return model;
}

}  // namespace berth::modelmemory

// What a language model takes of a GPU's memory, from its config.json: weights, the KV cache of a stream, and
// what an engine takes besides. Pure. Weights are counted tensor by tensor; what an engine takes besides is
// an estimate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace berth::modelmemory {

inline constexpr std::int64_t kGib = std::int64_t{1} << 30;
/// Of a config.json; those of real models have a few KiB.
inline constexpr std::size_t kMaxConfigBytes = 1 << 20;

/// Bytes of one weight of a linear layer, with the scales that go with it. Embeddings, norms and routers keep
/// `other`.
struct WeightForm {
  std::string name;         // "bfloat16", "fp8", "awq 4 bit"
  double attention = 2;     // bytes a weight
  double feed_forward = 2;  // bytes a weight
  double other = 2;         // bytes a weight
};

/// A model as its config.json says it is. Counts; all bounded by `parse_model`.
struct Model {
  std::string type;   // model_type, "llama"
  bool known = true;  // false: of a type that is not known here, counted as Llama's form
  std::int64_t layers = 0;
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t vocabulary = 0;
  std::int64_t feed_forward = 0;  // width of a dense layer
  std::int64_t experts = 0;       // 0: dense
  std::int64_t expert_feed_forward = 0;
  std::int64_t shared_feed_forward = 0;  // of experts that every token passes, together
  std::int64_t dense_layers = 0;         // of a model with experts: those without
  bool tied = false;                     // the output is the embedding
  bool qkv_bias = false;
  bool output_bias = false;
  bool sinks = false;  // one weight a head
  bool expert_bias = false;
  bool router_bias = false;
  bool shared_gate = false;
  bool qk_norm = false;
  std::int64_t norms = 2;  // a layer
  // Attention through a narrow latent (DeepSeek's); 0: none.
  std::int64_t kv_rank = 0;
  std::int64_t q_rank = 0;
  std::int64_t rope_size = 0;
  std::int64_t nope_size = 0;
  std::int64_t value_size = 0;
  // Layers that look back no further than `window` tokens.
  std::int64_t window_layers = 0;
  std::int64_t window = 0;
  std::int64_t longest = 0;  // context it was made for, tokens; 0: not said
  WeightForm weights;
  std::vector<std::string> notes;  // what is not counted, sentences
};

/// kMalformed for what is no JSON; kInvalid, with field, value and limit, for what is no such model.
Result<Model> parse_model(std::string_view config_json);

/// The same model with its linear layers at so many bytes: "bf16", "fp8" or "int4". kInvalid for other words.
Result<Model> with_weights(Model model, std::string_view form);

std::int64_t parameters(const Model& model);
std::int64_t weight_bytes(const Model& model);

/// What the KV cache of one stream of `tokens` takes, at `element_bytes` (2, or 1 for fp8).
std::int64_t cache_bytes(const Model& model, std::int64_t tokens, std::int64_t element_bytes);

/// What an engine takes besides, an estimate of ours: CUDA's own (0.6 GiB), and the activations of a batch of
/// `batch_tokens` with its logits.
std::int64_t working_bytes(const Model& model, std::int64_t batch_tokens);

struct Question {
  std::int64_t device_bytes = 0;  // of the unit, all of it
  double fraction = 0.92;         // of it that the engine may take
  std::int64_t tokens = 8192;     // of a stream
  std::int64_t streams = 1;       // at the same time
  std::int64_t element_bytes = 2;
  std::int64_t batch_tokens = 8192;
};

struct Fit {
  std::int64_t weights = 0;  // bytes, as all here
  std::int64_t working = 0;
  std::int64_t stream = 0;         // one, of the question's tokens
  std::int64_t may_take = 0;       // fraction of the device
  std::int64_t needed = 0;         // for all streams that are asked for
  std::int64_t streams = 0;        // that fit
  std::int64_t tokens_of_one = 0;  // the longest single stream, at most what the model was made for
  bool fits = false;
};
Fit fit(const Model& model, const Question& question);

}  // namespace berth::modelmemory

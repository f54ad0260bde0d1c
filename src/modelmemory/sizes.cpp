#include <algorithm>
#include <cmath>
#include <limits>

#include "modelmemory/modelmemory.hpp"

namespace berth::modelmemory {
namespace {

constexpr std::int64_t kCudaBytes = kGib * 6 / 10;
constexpr std::int64_t kLogitRows = 256;  // sequences of a batch
constexpr std::int64_t kLogitBytes = 4;
constexpr std::int64_t kActivationBytes = 2;

/// Weights of a layer by what becomes of them when the model is stored smaller.
struct Counts {
  std::int64_t attention = 0;
  std::int64_t feed_forward = 0;
  std::int64_t other = 0;
  Counts& operator+=(const Counts& more) {
    attention += more.attention;
    feed_forward += more.feed_forward;
    other += more.other;
    return *this;
  }
  Counts times(std::int64_t n) const { return {attention * n, feed_forward * n, other * n}; }
};

Counts attention_of(const Model& model) {
  Counts out;
  if (model.kv_rank > 0) {
    const auto key = model.nope_size + model.rope_size;
    out.attention = model.q_rank > 0 ? model.hidden * model.q_rank + model.q_rank * model.heads * key
                                     : model.hidden * model.heads * key;
    out.attention += model.hidden * (model.kv_rank + model.rope_size);
    out.attention += model.kv_rank * model.heads * (model.nope_size + model.value_size);
    out.attention += model.heads * model.value_size * model.hidden;
    out.other = model.q_rank + model.kv_rank;  // a norm of each
    return out;
  }
  const auto query = model.heads * model.head_size;
  const auto key = model.kv_heads * model.head_size;
  out.attention = model.hidden * (query + 2 * key) + query * model.hidden;
  if (model.qkv_bias) out.other += query + 2 * key;
  if (model.output_bias) out.other += model.hidden;
  if (model.sinks) out.other += model.heads;
  if (model.qk_norm) out.other += 2 * model.head_size;
  return out;
}

Counts experts_of(const Model& model) {
  Counts out;
  out.feed_forward = model.experts * 3 * model.hidden * model.expert_feed_forward;
  out.feed_forward += 3 * model.hidden * model.shared_feed_forward;
  out.other = model.hidden * model.experts;
  if (model.router_bias) out.other += model.experts;
  if (model.shared_gate) out.other += model.hidden;
  if (model.expert_bias) out.other += model.experts * (2 * model.expert_feed_forward + model.hidden);
  return out;
}

Counts counts_of(const Model& model) {
  const auto sparse = model.experts > 0 ? model.layers - model.dense_layers : 0;
  Counts all = attention_of(model).times(model.layers);
  all += experts_of(model).times(sparse);
  all += Counts{0, 3 * model.hidden * model.feed_forward, 0}.times(model.layers - sparse);
  all.other += model.layers * model.norms * model.hidden + model.hidden;
  all.other += model.vocabulary * model.hidden * (model.tied ? 1 : 2);
  return all;
}

}  // namespace

std::int64_t parameters(const Model& model) {
  const auto all = counts_of(model);
  return all.attention + all.feed_forward + all.other;
}

std::int64_t weight_bytes(const Model& model) {
  const auto all = counts_of(model);
  return std::llround(static_cast<double>(all.attention) * model.weights.attention +
                      static_cast<double>(all.feed_forward) * model.weights.feed_forward +
                      static_cast<double>(all.other) * model.weights.other);
}

std::int64_t cache_bytes(const Model& model, std::int64_t tokens, std::int64_t element_bytes) {
  const auto a_token =
      model.kv_rank > 0 ? model.kv_rank + model.rope_size : 2 * model.kv_heads * model.head_size;
  const auto far = (model.layers - model.window_layers) * tokens;
  const auto near = model.window_layers * std::min(tokens, model.window);
  return a_token * element_bytes * (far + near);
}

std::int64_t working_bytes(const Model& model, std::int64_t batch_tokens) {
  const auto wide = std::max(model.feed_forward, model.expert_feed_forward + model.shared_feed_forward);
  const auto activations = batch_tokens * kActivationBytes * (2 * wide + 4 * model.hidden);
  return kCudaBytes + activations + kLogitRows * model.vocabulary * kLogitBytes;
}

Fit fit(const Model& model, const Question& question) {
  Fit out;
  out.weights = weight_bytes(model);
  out.working = working_bytes(model, question.batch_tokens);
  out.stream = cache_bytes(model, question.tokens, question.element_bytes);
  out.may_take = static_cast<std::int64_t>(static_cast<double>(question.device_bytes) * question.fraction);
  const auto fixed = out.weights + out.working;
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  // A million streams of the longest context of the largest model are more than a number holds.
  out.needed =
      question.streams > (kMost - fixed) / out.stream ? kMost : fixed + question.streams * out.stream;
  out.fits = out.needed <= out.may_take;
  const auto left = out.may_take - fixed;
  if (left <= 0) return out;
  out.streams = left / out.stream;
  // The cache of one stream grows with its tokens: the longest that fits, by halves.
  std::int64_t fits = 0;
  auto beyond = (model.longest > 0 ? model.longest : std::int64_t{1} << 24) + 1;
  while (beyond - fits > 1) {
    const auto middle = fits + (beyond - fits) / 2;
    (cache_bytes(model, middle, question.element_bytes) <= left ? fits : beyond) = middle;
  }
  out.tokens_of_one = fits;
  return out;
}

}  // namespace berth::modelmemory

#include "cli/serving_text.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/field_errors.hpp"
#include "base/kube_quantity.hpp"
#include "base/text.hpp"
#include "cli/caching_text.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using modelmemory::kGib;

constexpr std::int64_t kMostMemory = 16 * 1024 * kGib;
constexpr std::int64_t kNano = 1'000'000'000;
/// Below that a stream holds no talk.
constexpr std::int64_t kUsefulTokens = 1024;

std::string streams_text(std::int64_t streams, std::int64_t tokens) {
  return fmt::format("{} stream{} of {} tokens", streams, streams == 1 ? "" : "s", tokens);
}

/// What would make it fit, each tried.
std::vector<std::string> remedies(const modelmemory::Model& model, const modelmemory::Question& question,
                                  const modelmemory::Fit& now) {
  std::vector<std::string> out;
  if (now.streams > 0) out.push_back(fmt::format("--streams {}", now.streams));
  auto changed = question;
  if (now.tokens_of_one >= kUsefulTokens) {
    auto fewer = now.tokens_of_one / question.streams;
    changed.tokens = fewer;
    while (fewer >= kUsefulTokens && !modelmemory::fit(model, changed).fits) changed.tokens = fewer /= 2;
    if (fewer >= kUsefulTokens) out.push_back(fmt::format("--context {}", fewer));
  }
  changed = question;
  changed.element_bytes = 1;
  if (question.element_bytes > 1 && modelmemory::fit(model, changed).fits) out.emplace_back("--cache fp8");
  for (const auto* form : {"fp8", "int4"}) {
    const auto smaller = modelmemory::with_weights(model, form);
    if (!smaller || modelmemory::weight_bytes(*smaller) >= now.weights) continue;
    if (!modelmemory::fit(*smaller, question).fits) continue;
    out.push_back(fmt::format("weights of {} (--weights {})", form, form));
    break;
  }
  const auto device = static_cast<double>(now.needed) / question.fraction;
  out.push_back(fmt::format("a unit of {}", show_bytes(static_cast<std::int64_t>(device) + 1)));
  return out;
}

}  // namespace

Result<std::int64_t> parse_memory(std::string_view text) {
  auto number = text;
  if (number.size() > 2 && number.back() == 'B') number.remove_suffix(1);
  const auto amount = parse_kube_quantity(number);
  if (amount && amount->nano >= Int128(kGib) * kNano && amount->nano <= Int128(kMostMemory) * kNano)
    return static_cast<std::int64_t>(amount->nano / kNano);
  return fail(invalid_field(
      "--memory", shown(text), "1Gi to 16Ti",
      fmt::format("--memory is that of the unit, from 1Gi to 16Ti, such as 24Gi, not \"{}\"", shown(text))));
}

json::value to_json(const modelmemory::Model& model, const modelmemory::Question& question,
                    const modelmemory::Fit& fit) {
  json::array notes;
  for (const auto& note : model.notes) notes.emplace_back(note);
  return json::object{{"model_type", model.type},
                      {"known", model.known},
                      {"estimate", true},
                      {"parameters", modelmemory::parameters(model)},
                      {"weight_form", model.weights.name},
                      {"weight_bytes", fit.weights},
                      {"working_bytes", fit.working},
                      {"cache_bytes_per_stream", fit.stream},
                      {"tokens_per_stream", question.tokens},
                      {"streams_asked", question.streams},
                      {"device_bytes", question.device_bytes},
                      {"engine_may_take_bytes", fit.may_take},
                      {"needed_bytes", fit.needed},
                      {"fits", fit.fits},
                      {"streams_that_fit", fit.streams},
                      {"longest_single_stream_tokens", fit.tokens_of_one},
                      {"notes", std::move(notes)}};
}

std::string fit_text(const std::string& name, const modelmemory::Model& model,
                     const modelmemory::Question& question, const modelmemory::Fit& fit) {
  const auto billions = static_cast<double>(modelmemory::parameters(model)) / 1e9;
  auto text = fmt::format("{}: {:.2f} billion parameters, {} layers\n", name, billions, model.layers);
  text += table({{"weights", show_bytes(fit.weights), model.weights.name},
                 {"at work", show_bytes(fit.working),
                  fmt::format("CUDA's own and a batch of {} tokens: an estimate", question.batch_tokens)},
                 {"a stream", show_bytes(fit.stream),
                  fmt::format("KV cache of {} tokens, {} a token", question.tokens,
                              show_bytes(modelmemory::cache_bytes(model, 1, question.element_bytes)))},
                 {"the engine", show_bytes(fit.may_take),
                  fmt::format("{} of the unit's {}", question.fraction, show_bytes(question.device_bytes))}});
  if (fit.streams > 0) {
    text += fmt::format("{} {}, or one of up to {}.\n", streams_text(fit.streams, question.tokens),
                        fit.streams == 1 ? "fits" : "fit", fit.tokens_of_one);
  } else if (fit.tokens_of_one > 0) {
    text += fmt::format("No stream of {} tokens fits; one of {} does.\n", question.tokens, fit.tokens_of_one);
  } else {
    text += fmt::format("It does not fit: {} more are needed for weights and work alone.\n",
                        show_bytes(fit.weights + fit.working - fit.may_take));
  }
  if (!fit.fits) {
    text += fmt::format("{} {} {}. What would fit:\n", streams_text(question.streams, question.tokens),
                        question.streams == 1 ? "needs" : "need", show_bytes(fit.needed));
    for (const auto& one : remedies(model, question, fit)) text += "  " + one + "\n";
  }
  for (const auto& note : model.notes) text += note + "\n";
  return text;
}

}  // namespace berth::cli

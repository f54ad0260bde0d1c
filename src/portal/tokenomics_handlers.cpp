// Token economics over HTTP: nothing is read or kept, the same library as the page and `berth cost`.
#include <fmt/format.h>

#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "tokenomics/tokenomics.hpp"

namespace berth::portal {
namespace {

HandlerResult ask_tokenomics(Call& call) {
  const auto name = call.request.param("question");
  const auto question = tokenomics::question_named(name);
  if (!question) {
    return fail(Code::kNotFound, fmt::format("There is no question \"{}\" about token economics.", name));
  }
  auto answer = tokenomics::answer(*question, call.body);
  if (!answer) return fail(answer.error());
  return json_answer(200, std::move(*answer));
}

HandlerResult tokenomics_catalogue(Call&) {
  return json_answer(200, tokenomics::catalogue());
}

}  // namespace

void add_tokenomics_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["askTokenomics"] = ask_tokenomics;
  handlers["tokenomicsCatalogue"] = tokenomics_catalogue;
}

}  // namespace berth::portal

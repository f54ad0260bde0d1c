#include "simcluster/sim_control.hpp"

#include <charconv>

namespace berth::simcluster {
namespace {

ControlAnswer refused(const Refusal& refusal) {
  return {answer(refusal)};
}

ControlAnswer list(const Faults& faults) {
  json::array items;
  for (const auto& [id, fault] : faults.all()) items.push_back(fault_to_json(id, fault));
  ControlAnswer out;
  out.answer.body = json::serialize(json::object{{"items", std::move(items)}});
  return out;
}

ControlAnswer add(const ApiRequest& request, Faults& faults) {
  const auto body = parse_json(request.body);
  if (!body) return refused(bad_request(body.error().message));
  auto fault = fault_from_json(*body);
  if (!fault) return refused(bad_request(fault.error().message));
  const auto id = faults.add(*fault);
  if (!id) return refused(bad_request(id.error().message));
  ControlAnswer out;
  out.answer.status = 201;
  out.answer.body = json::serialize(fault_to_json(*id, *fault));
  return out;
}

ControlAnswer take_out(const ApiRequest& request, Faults& faults) {
  const auto which = request.value("id");
  if (!which) {
    faults.clear();
    return list(faults);
  }
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(which->data(), which->data() + which->size(), id);
  if (error != std::errc{} || end != which->data() + which->size())
    return refused(bad_request("id is not a number"));
  if (!faults.remove(id)) return refused(no_such_path());
  return list(faults);
}

}  // namespace

ControlAnswer handle_control(const ApiRequest& request, Faults& faults) {
  if (request.path == "/sim/faults") {
    if (request.method == "GET") return list(faults);
    if (request.method == "POST") return add(request, faults);
    if (request.method == "DELETE") return take_out(request, faults);
    return refused(method_not_allowed());
  }
  const bool compact = request.path == "/sim/compact";
  const bool cut = request.path == "/sim/cut-watches";
  if (!compact && !cut) return refused(no_such_path());
  if (request.method != "POST") return refused(method_not_allowed());
  auto out = list(faults);
  out.compact = compact;
  out.cut_watches = cut;
  return out;
}

}  // namespace berth::simcluster

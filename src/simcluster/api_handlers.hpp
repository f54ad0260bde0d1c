// One function for each verb of the API.
#pragma once

#include "simcluster/api.hpp"

namespace berth::simcluster {

Outcome<ApiAnswer> handle_get(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_list(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_watch(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_create(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_replace(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_patch(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_apply(World& world, const ApiRequest& request, const Route& route);
/// POST serviceaccounts/NAME/token.
Outcome<ApiAnswer> handle_token(World& world, const ApiRequest& request, const Route& route);
Outcome<ApiAnswer> handle_delete(World& world, const ApiRequest& request, const Route& route);

// Shared by them.

/// The body as an object of the route's kind. 400 when it is none, or of another kind, name or namespace.
Outcome<json::object> body_object(const ApiRequest& request, const Route& route);
Outcome<bool> is_dry_run(const ApiRequest& request);
/// Who writes: the query's fieldManager, or what comes before the '/' in the User-Agent.
std::string manager_of(const ApiRequest& request);
bool wants_metadata_only(const ApiRequest& request);
Key key_of(const Route& route);
ApiAnswer object_answer(int status, const json::object& object, const Route& route,
                        const ApiRequest& request);

struct Selectors {
  LabelSelector labels;
  FieldSelector fields;
  bool match(const json::object& object) const {
    return labels.matches(labels_of(object)) && fields.matches(object);
  }
};
Outcome<Selectors> selectors_of(const ApiRequest& request, const Route& route);

}  // namespace berth::simcluster

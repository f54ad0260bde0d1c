// One handler per operation of the API description, by its operationId. Each turns words into model values,
// calls the store, and renders; none decides about capacity.
#pragma once

#include <map>
#include <string>

#include "model/pool.hpp"
#include "portal/call.hpp"

namespace berth::portal {

void add_auth_handlers(std::map<std::string, OperationHandler>& handlers);
void add_pool_handlers(std::map<std::string, OperationHandler>& handlers);
void add_reservation_handlers(std::map<std::string, OperationHandler>& handlers);
void add_ticket_handlers(std::map<std::string, OperationHandler>& handlers);
void add_kubeconfig_handler(std::map<std::string, OperationHandler>& handlers);
void add_card_handlers(std::map<std::string, OperationHandler>& handlers);
void add_layout_handlers(std::map<std::string, OperationHandler>& handlers);
void add_cache_handlers(std::map<std::string, OperationHandler>& handlers);
void add_cache_node_handlers(std::map<std::string, OperationHandler>& handlers);
void add_home_handlers(std::map<std::string, OperationHandler>& handlers);
void add_check_handler(std::map<std::string, OperationHandler>& handlers);
void add_event_handlers(std::map<std::string, OperationHandler>& handlers);
void add_admin_handlers(std::map<std::string, OperationHandler>& handlers);
void add_usage_handlers(std::map<std::string, OperationHandler>& handlers);
void add_people_handlers(std::map<std::string, OperationHandler>& handlers);
void add_tokenomics_handlers(std::map<std::string, OperationHandler>& handlers);

/// The pool that the query names. An unknown one is a fault of the parameter, which is named.
Result<model::Pool> pool_of(Call& call);

}  // namespace berth::portal

// Kubernetes: who to speak to (config), what there is (resource, discovery), calls (client), a
// kept-up-to-date copy of a collection (informer), and who of several may act (election). It knows no word of
// Berth.
//
// Threads: a Client belongs to one; an Informer and a LeaderElection each run one of their own; the rest are
// values.
#pragma once

#include "kube/client.hpp"
#include "kube/config.hpp"
#include "kube/discovery.hpp"
#include "kube/election.hpp"
#include "kube/informer.hpp"
#include "kube/presence.hpp"
#include "kube/resource.hpp"

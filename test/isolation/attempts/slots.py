"""The slots of a unit: one in the workspace where the work is done there, all for containers where not; never one more."""

from attempt import PODS, QUOTA, Attempt, create
from objects import pod

STARTS = ("kubectl create -f - && kubectl wait --for=condition=Ready pod/{0} --timeout=80s && "
          "echo holds $(kubectl exec {0} -- sh -c 'ls /dev | grep nvidia')")


def attempts(where):
    yield Attempt("interactive_ml: the workspace holds a slot", "echo holds $(ls /dev | grep nvidia)", "the manifest", "holds nvidia0", ends_well=True)
    yield Attempt("interactive_ml: a container beside it holds the second", STARTS.format("second"), "the manifest", "holds nvidia0",
                  given=pod("second", limits={where.own: "1"}), ends_well=True, limit_s=150)
    yield create("interactive_ml: there is no third", pod("third", limits={where.own: "1"}), QUOTA)
    yield create("interactive_ml: two slots for one container", pod("greedy", limits={where.own: "2"}), QUOTA)
    yield create("interactive_ml: another class's", pod("foreign", limits={where.other: "1"}), PODS, "asks for a resource that the session did not book")
    yield Attempt("inference_containers: the workspace holds none", "echo holds: $(ls /dev | grep -c nvidia)", "the manifest", r"holds: 0\b",
                  by="neighbour", ends_well=True)
    for name in ("first", "second"):
        yield Attempt(f"inference_containers: a {name} container holds a slot", STARTS.format(name), "the manifest", "holds nvidia",
                      given=pod(name, limits={where.neighbours_own: "1"}), by="neighbour", ends_well=True, limit_s=150)
    yield create("inference_containers: there is no third", pod("third", limits={where.neighbours_own: "1"}), QUOTA, by="neighbour")
    yield create("inference_containers: another class's", pod("foreign", limits={where.other: "1"}), PODS,
                 "asks for a resource that the session did not book", by="neighbour")
    yield create("inference_containers: another session's slice", pod("foreign", limits={where.own: "1"}), PODS,
                 "asks for a resource that the session did not book", by="neighbour")

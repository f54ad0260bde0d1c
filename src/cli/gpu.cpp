#include "cli/gpu.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "base/json_text.hpp"
#include "base/yaml_text.hpp"
#include "cli/command_table.hpp"
#include "cli/conversation.hpp"
#include "cli/gpu_layout.hpp"
#include "cli/gpu_orders.hpp"
#include "cli/gpu_text.hpp"
#include "cli/input_file.hpp"
#include "cli/output.hpp"
#include "cli/times.hpp"
#include "layout/render.hpp"
#include "poolfile/poolfile.hpp"

namespace berth::cli {
namespace {

Result<poolfile::Declared> read_pools(const std::string& file) {
  const auto documents = read_documents(file);
  if (!documents) return fail(documents.error());
  auto declared = poolfile::parse_stream(*documents);
  if (declared && declared->pools.empty()) {
    return fail(invalid_field("file", file, "documents of kind Cluster and Pool",
                              fmt::format("there is no pool in {}", file == "-" ? "standard input" : file)));
  }
  return declared;
}

}  // namespace

struct GpuCommands::State {
  explicit State(CLI::App& app)
      : gpu(*app.add_subcommand("gpu", "How cards are cut and shared")), table(gpu) {
    gpu.group("Commands");
    gpu.require_subcommand(1);
    auto* made = table.add(
        "plan", "Which ways of cutting its cards a pool file means, as pictures, and what cannot be",
        [this] { return do_plan(); });
    with_file(made);
    made = table.add("render",
                     "The files by which NVIDIA's GPU operator cuts and shares cards so, for kubectl apply "
                     "--server-side -f -",
                     [this] { return do_render(); });
    with_file(made);
    made->add_option("--cluster", cluster, "Of which cluster; not needed when the file's pools are of one");
    made->add_option("--operator-namespace", operator_namespace, "Where the GPU operator runs")
        ->default_val("nvidia-gpu-operator");
    made->add_flag("--without-node-labels", without_node_labels,
                   "Leave out the documents of kind Node, which put the first way of each card into force");
    add_check();
    add_cards();
    add_layout();
    add_orders();
  }

  void add_orders() {
    auto* made =
        table.add("apply",
                  "Have a node's cards cut so while it is in service (admin): Berth keeps sessions off, "
                  "waits for those that are there, and starts none before the layout is there",
                  [this] { return order_layout(orders); });
    made->add_flag("--in-service", in_service, "By Berth, between sessions")->required();
    with_pool(made);
    made->add_option(
            "ways", orders.ways,
            "NODE/DEVICE=WAY, ways as berth gpu plan counts them; each card of the node that can be cut "
            "in several")
        ->required();
    made->add_flag("-y,--yes", orders.yes, "Do not ask about bookings, as scripts are not");
    made->add_option("--at", orders.at, "When the change begins, else at once. " + std::string(kTimeForms));
    made = table.add("drop", "Take back the changes of a node's layout that have not begun (admin)", [this] {
      orders.drop = true;
      return order_layout(orders);
    });
    with_pool(made);
    made->add_option("node", orders.node, "By its name in the pool or in the cluster")->required();
    made = table.add(
        "status",
        "Which layout each node has, which are to come, and how far a change is (admin); exit code 1 "
        "where one is stuck",
        [this] { return show_layouts(orders); });
    with_pool(made);
    made->add_option("node", orders.node, "Only this one");
    made = table.add("retry", "Try a change of layout again, once what it was stuck on is repaired (admin)",
                     [this] { return retry_layout(orders); });
    with_pool(made);
    made->add_option("node", orders.node, "By its name in the pool or in the cluster")->required();
  }

  void with_pool(CLI::App* made) {
    made->add_option("-p,--pool", orders.pool, "Pool; not needed when there is one");
    made->add_option("-o,--output", orders.output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  void add_layout() {
    auto* made =
        table.add("layout",
                  "When each card is to be cut which way, so that bookings and wishes find their units: "
                  "a proposal (admin); exit code 1 where not all of them do",
                  [this] { return propose_layout(layout); });
    made->add_flag("--from-bookings", from_bookings, "As the portal's calendar has them")->required();
    made->add_option("-p,--pool", layout.pool, "Pool; not needed when there is one");
    made->add_option("-f,--file", layout.file,
                     "The pool as this file has it instead of the portal; - for standard input");
    made->add_option("--wish", layout.wishes,
                     "CLASS FROM TO: a unit that is to be there too; may be repeated. Times are " +
                         std::string(kTimeForms))
        ->type_name("CLASS FROM TO");
    made->add_option("--now", layout.present,
                     "How a card is cut now, as NODE/DEVICE=WAY with ways as berth gpu plan counts them; may "
                     "be repeated")
        ->allow_extra_args(false);
    made->add_option("--for", layout.length, "How far to look: 24h, 14d")->capture_default_str();
    made->add_option("--change", layout.change, "How long it takes to cut a card anew")
        ->capture_default_str();
    made->add_option("--tail", layout.tail,
                     "How long a session's device is kept after its end, for cleaning up")
        ->capture_default_str();
    made->add_option("--late", layout.late,
                     "How late a booking may begin because of a change; the pool's start deadline when left "
                     "out");
    made->add_flag("--apply", layout.apply,
                   "Order these changes, where all bookings are kept and wishes served");
    made->add_option("-o,--output", layout.output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  void add_cards() {
    auto* made = table.add("cards", "Which cards can be cut, into what, and where the pieces may lie",
                           [this] { return do_cards(); });
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  int do_cards() const {
    if (output == "json") {
      std::cout << json_text(gpu_cards_json()) << '\n';
    } else {
      std::cout << gpu_cards_text();
    }
    return kOk;
  }

  void add_check() {
    auto* made = table.add("check",
                           "What is wrong with files of the GPU operator (mig-parted's, the device plugin's, "
                           "ConfigMaps of both), "
                           "whoever wrote them",
                           [this] { return do_check(); });
    made->add_option("files", files, "YAML or JSON; - for standard input")->required();
  }

  void with_file(CLI::App* made) {
    made->add_option("-f,--file", file, "Pool file, YAML or JSON; - for standard input")->required();
  }

  int do_plan() {
    const auto declared = read_pools(file);
    if (!declared) return Conversation::complain(declared.error());
    bool sound = true;
    for (const auto& pool : declared->pools) {
      const auto plan = gpu_plan(pool);
      std::cout << plan.text;
      sound = sound && plan.sound;
    }
    return sound ? kOk : kFailed;
  }

  int do_render() {
    const auto declared = read_pools(file);
    if (!declared) return Conversation::complain(declared.error());
    const auto of = cluster.empty() ? declared->pools.front().cluster : cluster;
    std::vector<model::Pool> pools;
    for (const auto& pool : declared->pools) {
      if (pool.cluster == of) pools.push_back(pool);
      if (cluster.empty() && pool.cluster != of) {
        return Conversation::complain(invalid_field(
            "cluster", "", "the name of one of the clusters",
            fmt::format("the pools of this file are of several clusters ({}, {}): say which one", of,
                        pool.cluster)));
      }
    }
    const auto known = std::ranges::find(declared->clusters, of, &model::Cluster::name);
    if (pools.empty() || known == declared->clusters.end()) {
      return Conversation::complain(
          invalid_field("cluster", of, "one whose documents of kind Cluster and Pool are in the file",
                        fmt::format("the file does not say what cluster {} is, or has no pool of it", of)));
    }
    auto rendered = layout::render(pools, known->flavour, operator_namespace);
    if (!rendered) return Conversation::complain(rendered.error());
    const auto is_node = [](const json::value& one) { return string_at(one, {"kind"}) == "Node"; };
    if (without_node_labels)
      std::erase_if(rendered->documents, is_node);
    else
      rendered->notes.push_back(
          "applying the documents of kind Node cuts cards; for nodes in use: --without-node-labels");
    std::cout << yaml_text(rendered->documents);
    for (const auto& note : rendered->notes) std::cerr << "berth: " << note << '\n';
    return kOk;
  }

  int do_check() {
    bool sound = true;
    for (const auto& one : files) {
      const auto documents = read_documents(one);
      if (!documents) return Conversation::complain(documents.error());
      for (const auto& check : gpu_checks(*documents)) {
        std::cout << fmt::format("{}: {}", one, check.text);
        sound = sound && check.sound;
      }
    }
    return sound ? kOk : kFailed;
  }

  CLI::App& gpu;
  LayoutOptions layout;
  LayoutOrderOptions orders;
  bool in_service = false;
  bool from_bookings = false;
  std::vector<std::string> files;
  std::string output = "table";
  CommandTable table;
  std::string file;
  std::string cluster;
  bool without_node_labels = false;
  std::string operator_namespace;
};

GpuCommands::GpuCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
GpuCommands::~GpuCommands() = default;

std::optional<int> GpuCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli

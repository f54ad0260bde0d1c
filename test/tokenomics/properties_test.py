#!/usr/bin/env python3
"""Random scenarios of token economics, read by a program that shares nothing with Berth: test/tokenomics/properties_test.py BERTH [--cases N]

For each: the option that is named is the cheapest of those that this file enumerates; the headline, the curve, the solver, the
break-even and the sourcing do not contradict each other; each line of a derivation that is a calculation comes to its value.
"""
import argparse
import concurrent.futures
import json
import math
import random
import re
import subprocess
import sys

FUNCTIONS = {"min": min, "max": max, "ceil": lambda v: math.ceil(v - 1e-9 * max(1, abs(v))), "floor": lambda v: math.floor(v + 1e-9 * max(1, abs(v))),
             "exp": math.exp, "ln": math.log}
NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]?\d+)?")


def scenario(rng):
    scaled = lambda low, high: math.exp(rng.uniform(math.log(low), math.log(high)))
    out = {"demand": scaled(1e6, 3e11), "gpus": rng.randint(1, 16), "gpus_per_server": rng.choice([1, 2, 4, 8]), "spare_gpus": rng.randint(0, 2),
           "spare_servers": rng.choice([0, 0, 1]), "redundancy_factor": rng.choice([1, 1, 1.3]), "sold_by_server": rng.random() < 0.7,
           "gpu_price": scaled(2e3, 5e4), "server_price": scaled(5e3, 1e5), "throughput": scaled(200, 2e4), "peak_factor": rng.uniform(1, 5),
           "availability": rng.choice([1, 0.99, 0.9, 0.4]), "peak_utilisation": rng.uniform(0.5, 0.95), "cloud_input_price": scaled(0.05, 5),
           "cloud_output_price": scaled(0.05, 20), "rented_gpu_price": scaled(0.3, 5), "rented_released_when_idle": rng.random() < 0.3,
           "input_tokens": rng.randint(10, 5000), "output_tokens": rng.randint(10, 3000), "gpus_per_instance": rng.choice([1, 1, 1, 2, 8]),
           "power": rng.choice(["by_load", "fixed"])}
    if rng.random() < 0.3:
        out["utilisation"] = rng.uniform(0.02, 1)
    if rng.random() < 0.3:
        out["stream_rate"] = rng.uniform(10, 100)
    if rng.random() < 0.3:
        out["profile"] = [rng.randint(0, 9) for _ in range(23)] + [1]
    return out


def ask(berth, question, inputs):
    done = subprocess.run([berth, "cost", question, "-", "-o", "json"], input=json.dumps(inputs), capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else {"refused": done.stderr}


def value(answer, name):
    return answer["results"][name]["value"]


def near(a, b, relative=1e-6):
    return abs(a - b) <= relative * max(abs(a), abs(b)) + 1e-9


def own_year(inputs, needed, b):
    """The year of a fleet that carries `needed`, by its own arithmetic; `b` is what a million tokens add in energy."""
    get = lambda name, usual: inputs.get(name, usual)
    k, instance = inputs["gpus_per_server"], inputs["gpus_per_instance"]
    whole = math.ceil(needed / instance) * instance
    gpus = max(math.ceil(inputs["redundancy_factor"] * whole - 1e-9), whole + max(inputs["spare_gpus"], inputs["spare_servers"] * k))
    if inputs["sold_by_server"]:
        gpus = math.ceil(gpus / k) * k
    servers = math.ceil(gpus / k)
    capital = gpus * inputs["gpu_price"] + servers * inputs["server_price"] + 0.12 * (servers - 1) * (k * inputs["gpu_price"] + inputs["server_price"])
    rate, life = 0.08, 5
    yearly = (capital - 0.1 * capital / (1 + rate) ** life) * rate / (1 - (1 + rate) ** -life)
    resting = 500 if get("power", "by_load") == "fixed" else 70
    watts = servers * 600 + gpus * resting
    return gpus, yearly + 0.12 * capital + (servers - 1) * (0.03 * 80000 + 1200) + watts * 8.76 * 1.5 * 0.12


def faults_of(inputs, berth):
    unit, breakeven, solve, sourcing = (ask(berth, it, inputs) for it in ("unit", "breakeven", "solve", "sourcing"))
    refused = [it["refused"] for it in (unit, breakeven, solve, sourcing) if "refused" in it]
    if refused:
        if not all("more than 100000 GPUs" in it for it in refused):
            yield f"refused: {refused[0]}"
        return
    demand, price = inputs["demand"], value(solve, "cloud_price")
    # Named and cheapest.
    options = {"cloud": 12 * demand * price / 1e6}
    needed, b = value(solve, "needed_gpus"), value(sourcing, "variable_cost_per_mtok")
    gpus, fixed = own_year(inputs, needed, b)
    options["own"] = fixed + 12 * demand / 1e6 * b
    theta = value(solve, "gpu_throughput")
    rented = 12 * demand / (theta * 3600) if inputs["rented_released_when_idle"] else 8760 * gpus
    options["rented"] = rented * inputs["rented_gpu_price"]
    hours = inputs.get("profile")
    if hours is None:
        phi = inputs["peak_factor"]
        rest = (168 - 40 * phi) / 128 if 40 * phi <= 168 else None
        peak = 40 if rest is not None else math.floor(168 / phi)
        hours = [phi] * peak + [(168 - peak * phi) / (168 - peak)] * (168 - peak)
    scale = demand / 730 * len(hours) / sum(hours)
    hours = [it * scale for it in hours]
    carried = theta * 3600 * inputs["peak_utilisation"]
    if math.ceil(max(hours) / carried) != needed:
        carried = max(hours) / needed * (1 + 1e-12)
    mixes = []
    for own in range(1, min(int(needed), 400)):
        over = sum(max(it - own * carried, 0) for it in hours) * 8760 / len(hours)
        if over > 0:
            mixes.append(own_year(inputs, own, b)[1] + (12 * demand - over) / 1e6 * b + over / 1e6 * price)
    if mixes and needed <= 400:
        options["mix"] = min(mixes)
    if value(solve, "required_gpus") != gpus:
        yield f"{gpus} GPUs required, Berth says {value(solve, 'required_gpus')}"
    if needed <= 400:
        best = min(options, key=options.get)
        named = solve["cheapest"]
        if named is None or not near(options[named], options[best]):
            yield f"{named} is named, {best} is cheapest of {options}"
        for name, cost in options.items():
            if not near(cost, solve["options_per_year"].get(name, math.inf)):
                yield f"{name} costs {cost}, Berth says {solve['options_per_year'].get(name)}"
        verdict, mix = sourcing["verdict"], options.get("mix", math.inf)
        if options["cloud"] < min(options["own"], mix) * (1 - 1e-6) and verdict != "cloud":
            yield f"sourcing says {verdict}, the cloud costs least"
        if options["cloud"] > min(options["own"], mix) * (1 + 1e-6) and verdict == "cloud":
            yield f"sourcing says cloud, owning costs less: {options}"
    # One answer everywhere.
    for other in (unit, breakeven, sourcing):
        if (other["cheapest"], other["sentences"]["at_demand"]) != (solve["cheapest"], solve["sentences"]["at_demand"]):
            yield "answers name different options"
    if value(solve, "required_annual_cost") is not None and not near(sourcing["all_own"]["cost"], value(solve, "required_annual_cost")):
        yield f"all own costs {sourcing['all_own']['cost']} by the hour, {value(solve, 'required_annual_cost')} in the solver"
    reach, used, point = (value(unit, it) for it in ("reachable_utilisation", "installed_utilisation", "unit_cost"))
    if used is not None:
        if unit["reachable"] != (used <= reach * (1 + 1e-9)) or ("out of reach" in unit["sentences"]["headline"]) == unit["reachable"]:
            yield f"{used} of {reach} and the headline: {unit['sentences']['headline']}"
        if point is not None and not near(point, value(unit, "fixed_cost_per_mtok") / used + value(unit, "variable_cost_per_mtok")):
            yield "the headline is not on the curve"
    for row in unit["curve"]:
        if row["reachable"] != (row["utilisation"] <= reach * (1 + 1e-9)):
            yield f"the curve at {row['utilisation']} against {reach}"
    crossing = value(breakeven, "breakeven_utilisation")
    if breakeven["reachable"] != (crossing is not None and crossing <= reach):
        yield f"break-even {crossing} against {reach}"
    start, good = (value(breakeven, it) for it in ("own_cheaper_from", "own_cheaper_for_good"))
    own, cloud = value(solve, "required_annual_cost"), value(solve, "required_cloud_cost")
    if start is not None and own is not None and demand < start * (1 - 1e-6) and own < cloud * (1 - 1e-6):
        yield f"own wins at {demand}, said to from {start}"
    for answer in (unit, breakeven, solve):
        for line in answer["derivation"]:
            yield from faults_of_line(line)


def faults_of_line(line):
    numbers = line["numbers"]
    if line["value"] is None or numbers == "given" or numbers.startswith("computed"):
        return
    # What is written has eight digits: the results of numbers a little off span what the line can have meant.
    rng = random.Random(numbers)
    off = lambda found: repr(float(found[0]) * (1 + rng.uniform(-5e-8, 5e-8))) if sum(map(str.isdigit, found[0])) >= 5 else found[0]
    results = []
    try:
        for text in [numbers] + [NUMBER.sub(off, numbers) for _ in range(12)]:
            results.append(eval(text.replace("^", "**"), {"__builtins__": {}}, FUNCTIONS))  # the numbers of a line and nothing else
    except (SyntaxError, NameError, TypeError) as error:
        yield f"{line['name']} is no calculation: {numbers}: {error}"
        return
    except (ZeroDivisionError, OverflowError, ValueError):
        return
    middle, span = results[0], max(results) - min(results)
    if abs(middle - line["value"]) > 3 * span + 1e-7 * max(abs(middle), abs(line["value"])) + 1e-12:
        yield f"{line['name']}: {numbers} is {middle} within {span}, not {line['value']}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("berth")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=18)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    cases = [scenario(rng) for _ in range(asked.cases)]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for inputs, faults in zip(cases, pool.map(lambda it: list(faults_of(it, asked.berth)), cases)):
            if faults:
                bad += 1
                print(json.dumps(inputs), *faults[:4], sep="\n  ")
    print(f"{asked.cases - bad} passed, {bad} failed")
    return 1 if bad or not cases else 0


if __name__ == "__main__":
    sys.exit(main())

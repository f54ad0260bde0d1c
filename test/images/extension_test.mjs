// The extension as the editor runs it: what it shows, how often, and what its button does. `vscode` and the program are stand-ins.
import fs from "node:fs";
import { createRequire } from "node:module";
import Module from "node:module";
import os from "node:os";
import path from "node:path";

const EXTENSION = new URL("../../images/workspace/berth/files/opt/berth/code-server/lib/vscode/extensions/berth-notices/", import.meta.url);
const LIMIT_MS = 20_000;
const require = createRequire(import.meta.url);
const place = fs.mkdtempSync(path.join(os.tmpdir(), "berth-"));
const file = path.join(place, "notice.json");
const program = path.join(place, "berth");
const calls = path.join(place, "calls");

process.env.BERTH_NOTICE_FILE = file;
process.env.BERTH_PROGRAM = program;
process.env.BERTH_NOTICE_LOOK_MS = "10";

let passed = 0;
let failed = 0;
function check(holds, sentence, detail = "") {
  console.log(`${holds ? "ok" : "not ok"} ${sentence}${holds ? "" : ` (${detail})`}`);
  if (holds) passed += 1;
  else failed += 1;
}

/** The condition's first true value; false when it takes too long. */
async function eventually(condition) {
  const until = Date.now() + LIMIT_MS;
  while (!condition() && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  return condition();
}

/** What is shown, each with its text, its buttons and how it is answered. */
const shown = [];
function show(kind) {
  return (text, ...buttons) => new Promise((answer) => shown.push({ kind, text, buttons, answer }));
}
const load = Module._load;
Module._load = (request, ...rest) =>
  request === "vscode"
    ? { window: { showWarningMessage: show("warning"), showErrorMessage: show("error"), showInformationMessage: show("information") } }
    : load(request, ...rest);

let looks = 0;
const stat = fs.statSync;
fs.statSync = (of, ...rest) => {
  if (of === file) looks += 1;
  return stat(of, ...rest);
};
function memoryOf(kept) {
  return {
    get: (key) => kept[key],
    update: async (key, value) => {
      kept[key] = value;
    },
  };
}
async function looksAgain() {
  const before = looks;
  await eventually(() => looks >= before + 3);
}

function notify(endsInMinutes, before, text) {
  const next = `${file}.next`;
  const ends_at = new Date(Math.ceil(Date.now() / 1000) * 1000 + endsInMinutes * 60_000).toISOString().replace(".000Z", "Z");
  fs.writeFileSync(next, JSON.stringify({ ends_at, before_minutes: before, text }));
  fs.renameSync(next, file);
}
function programSays(code, out, err) {
  fs.writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${calls}'\nprintf '${out}'\nprintf '${err}' >&2\nexit ${code}\n`, { mode: 0o755 });
}

const description = JSON.parse(fs.readFileSync(new URL("package.json", EXTENSION), "utf8"));
check(fs.existsSync(new URL(description.main, EXTENSION)), "its description names its program");
check(description.extensionKind.includes("workspace") && description.activationEvents.includes("onStartupFinished"), "it runs beside the files, from the start");
check(!description.dependencies && !description.devDependencies, "it needs nothing else");

const kept = {};
const subscriptions = [];
const { activate } = require(new URL(description.main, EXTENSION).pathname);
activate({ workspaceState: memoryOf(kept), subscriptions });

fs.writeFileSync(file, '{"ends_at":');
await looksAgain();
check(shown.length === 0, "half a notice is none");
notify(-1, 10, "late");
await looksAgain();
check(shown.length === 0, "what is past is not told");

notify(30, 30, "Your workspace ends at 18:00 (in 30 minutes).");
check(await eventually(() => shown.length === 1), "a notice is shown");
check(shown[0]?.text.startsWith("Your workspace ends at 18:00") && shown[0].kind === "warning", "with its text", JSON.stringify(shown[0]));
check(shown[0]?.buttons.join() === "Extend by 1 hour", "and a button");
await looksAgain();
check(shown.length === 1, "once");

programSays(0, "name  night\\nends  Tue 24 Nov 19:00 CET\\n", "");
notify(10, 10, "Your workspace ends at 18:00 (in 10 minutes).");
check(await eventually(() => shown.length === 2), "the next one is shown though nobody answered the first");
shown[1].answer("Extend by 1 hour");
check(await eventually(() => shown.length === 3), "the button says what came of it");
check(fs.readFileSync(calls, "utf8") === "extend 1h\n", "it ran berth extend 1h", fs.readFileSync(calls, "utf8"));
check(shown[2]?.kind === "information" && shown[2].text === "The workspace goes on until Tue 24 Nov 19:00 CET.", "and tells the new end", JSON.stringify(shown[2]));

programSays(3, "", "berth: It is booked by others.\\nIt cannot go on after 19:00.\\n");
notify(70, 30, "Your workspace ends at 19:00 (in 30 minutes).");
check(await eventually(() => shown.length === 4), "after an extension it is told anew");
shown[3].answer("Extend by 1 hour");
check(await eventually(() => shown.length === 5), "a refusal is told");
check(shown[4]?.kind === "error" && shown[4].text === "The workspace was not extended. It is booked by others. It cannot go on after 19:00.", "in the program's words", JSON.stringify(shown[4]));
shown[0].answer(undefined);

for (const one of subscriptions) one.dispose();
activate({ workspaceState: memoryOf(kept), subscriptions });
await looksAgain();
check(shown.length === 5, "a window that is loaded anew tells nothing twice", String(shown.length));

const plain = path.join(place, "lab.plain");
fs.writeFileSync(plain, "JupyterLab did not start with the settings in your files.\n");
check(await eventually(() => shown.length === 6), "a lab without its owner's settings is told");
check(shown[5]?.text === "JupyterLab did not start with the settings in your files." && shown[5].buttons.length === 0, "in the words of who started it", JSON.stringify(shown[5]));
await looksAgain();
check(shown.length === 6, "once", String(shown.length));
fs.utimesSync(plain, 1, 1);
check(await eventually(() => shown.length === 7), "and again when it happens again");
for (const one of subscriptions) one.dispose();

fs.rmSync(place, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

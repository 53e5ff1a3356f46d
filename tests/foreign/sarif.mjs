// sarif.mjs LOG...: what is wrong with SARIF logs: by the schema of the standard, which ships with
// Microsoft's matchers for Jest, and by Microsoft's validator, with the rules of GitHub's code
// scanning. Started by `sarif`, which copies it beside its node_modules.
//
// Exit codes: 0 nothing, 1 something (listed), 2 could not run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.on("uncaughtException", (error) => {
  console.error(`sarif: ${error.message}`);
  process.exit(2);
});

const require = createRequire(import.meta.url);
const schemaFile = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const Ajv = require("ajv");
const ajv = new Ajv({ schemaId: "id", meta: false, allErrors: true, unknownFormats: ["uri-reference"] });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, "utf8")));

/** By the schema. */
function schema(log) {
  if (validate(JSON.parse(readFileSync(log, "utf8")))) return [];
  return validate.errors.map((error) => `schema: ${error.dataPath} ${error.message}`);
}

// The tool has no page of its own yet.
const isKnown = (id) => id === "SARIF2005";

/** By the validator: errors and warnings; notes are about taste. */
function validator(log) {
  const folder = mkdtempSync(join(tmpdir(), "sarif-"));
  const out = join(folder, "found.sarif");
  // It needs no ICU then.
  const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" };
  const args = ["validate", log, "--output", out, "--rule-kind", "Sarif;Gh", "--level", "Error;Warning", "--quiet"];
  try {
    execFileSync(require("@microsoft/sarif-multitool"), args, { env, stdio: "pipe" });
  } catch (error) {
    // It ends so where it has found an error, too.
    if (error.status !== 1) throw error;
  }
  const { results } = JSON.parse(readFileSync(out, "utf8")).runs[0];
  rmSync(folder, { recursive: true });
  const found = results.filter(({ ruleId }) => !isKnown(ruleId));
  return found.map(({ ruleId, message }) => `validator ${ruleId}: ${(message.arguments ?? [message.text]).join(": ")}`);
}

const found = process.argv.slice(2).flatMap((log) => [...schema(log), ...validator(log)].map((what) => `${log}: ${what}`));
for (const what of found) console.log(what);
process.exit(found.length ? 1 : 0);

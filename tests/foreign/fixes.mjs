// fixes.mjs LOG FOLDER: makes in FOLDER what a SARIF log has as fixes, from lines and columns, as a
// reader of SARIF does that knows nothing else. Fails where the bytes that a fix names are not those.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const log = JSON.parse(readFileSync(process.argv[2], "utf8"));
const folder = pathToFileURL(join(process.argv[3], "/"));
const files = new Map();
for (const { columnKind, originalUriBaseIds, results } of log.runs) {
  if (columnKind !== "unicodeCodePoints") throw new Error(`columns are ${columnKind}`);
  for (const { artifactLocation, replacements } of results.flatMap((result) => result.fixes?.[0].artifactChanges ?? [])) {
    if (!(artifactLocation.uriBaseId in originalUriBaseIds)) throw new Error("a base that is not named");
    const path = fileURLToPath(new URL(artifactLocation.uri, folder));
    files.set(path, [...(files.get(path) ?? []), ...replacements]);
  }
}

/** Where a line and a column are in a text, in UTF-16 units. A byte order mark is no column. */
function offset(lines, line, column) {
  const before = lines.slice(0, line - 1).join("");
  const mark = line === 1 && lines[0].startsWith("\ufeff") ? 1 : 0;
  return before.length + mark + [...(lines[line - 1] ?? "").slice(mark)].slice(0, column - 1).join("").length;
}

for (const [path, replacements] of files) {
  const text = readFileSync(path).toString("utf8");
  const lines = text.split(/(?<=\n)/);
  const edits = replacements.map(({ deletedRegion: region, insertedContent }) => {
    const start = offset(lines, region.startLine, region.startColumn);
    const end = offset(lines, region.endLine, region.endColumn);
    const [head, gone] = [text.slice(0, start), text.slice(start, end)].map((part) => Buffer.byteLength(part));
    if (head !== region.byteOffset || gone !== region.byteLength) throw new Error(`${path}: ${JSON.stringify(region)}`);
    return { start, end, text: insertedContent.text };
  });
  edits.sort((one, other) => other.start - one.start || other.end - one.end);
  writeFileSync(path, edits.reduce((done, edit) => done.slice(0, edit.start) + edit.text + done.slice(edit.end), text));
}

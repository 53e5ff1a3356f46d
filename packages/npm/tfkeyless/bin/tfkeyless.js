#!/usr/bin/env node
// Starts the binary of this platform, which npm installed as an optional dependency.
"use strict";

const { spawnSync } = require("node:child_process");

const platform = `tfkeyless-${process.platform}-${process.arch}`;
let binary;
try {
  binary = require.resolve(`${platform}/bin/tfkeyless`);
} catch {
  console.error(
    `error: npm did not install ${platform}: the platform has no binary, or optional dependencies are switched off`,
  );
  process.exit(2);
}
const { error, signal, status } = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`error: ${binary}: ${error.message}`);
  process.exit(2);
}
// As the shell has it: what sent the signal to this process wants to see it.
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 2);

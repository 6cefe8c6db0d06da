// The same bundle under the platform's own tools: its asset layer stands before the Worker there, which direct workerd
// cannot show. Nothing is deployed.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const wrangler = join(root, "node_modules/.bin/wrangler");
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" };

let server;
let folder;
let url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  folder = await mkdtemp(join(tmpdir(), "limpide-platform-"));
  const secret = `ROOT_SECRET:${"5e".repeat(32)}`;
  const vars = ["--var", secret, "--var", "ALLOW_TEST_ROOT:1"];
  const options = ["--port", port, "--ip", "127.0.0.1", "--persist-to", folder, ...vars];
  server = spawn(wrangler, ["dev", ...options], { cwd: root, env, stdio: "ignore", detached: true });
  await until(async () => (await fetch(url)).ok);
});

after(async () => {
  process.kill(-server.pid, "SIGKILL");
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("pages come from the asset layer, with their headers", async () => {
  for (const [path, language] of [["/", "fr"], ["/en/", "en"], ["/atelier", "fr"], ["/en/workshop", "en"]]) {
    const reply = await fetch(url + path);
    assert.equal(reply.status, 200, path);
    assert.match(await reply.text(), new RegExp(`<html lang="${language}"`), path);
    assert.match(reply.headers.get("content-security-policy"), /default-src 'none'/, path);
  }
  assert.equal((await fetch(`${url}/nothing-here`)).status, 404);
});

test("the Worker answers first where it must, even to a browser that navigates there", async () => {
  const headers = { "Sec-Fetch-Mode": "navigate" };
  const clock = await fetch(`${url}/api/v6/clock`, { headers });
  assert.equal(clock.headers.get("content-type"), "application/json");
  assert.equal((await clock.json()).serviceStartDate, "2020-06-01");
  const opened = await fetch(`${url}/demo`, { method: "POST", headers });
  assert.equal(opened.status, 201);
  const { session } = await opened.json();
  const moved = await fetch(`${url}/demo/${session}/clock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ advanceSeconds: 86400 }),
  });
  assert.equal(moved.status, 200);
  assert.equal((await fetch(`${url}/issuer/v1/codes`, { method: "POST", headers })).status, 404);
});

test("what would be deployed is complete", () => {
  const run = spawnSync(wrangler, ["deploy", "--dry-run", "--outdir", join(folder, "dry-run")], { cwd: root, env });
  assert.equal(run.status, 0, String(run.stderr));
  for (const binding of ["REGISTRY", "INTAKE", "REALM", "GATE", "VAULT", "ASSETS"]) {
    assert.match(String(run.stdout), new RegExp(`env\\.${binding}`));
  }
});

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return String(port);
}

/// Waits for something to become true, a minute at the most.
async function until(attempt) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await attempt().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the platform's development server does not answer");
}

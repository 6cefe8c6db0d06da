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

import { unstable_readConfig } from "wrangler";

const root = fileURLToPath(new URL("../..", import.meta.url));
const wrangler = join(root, "node_modules/.bin/wrangler");
const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" };

/// Every object of the national Worker.
const OBJECTS = {
  REGISTRY: "Registry",
  INTAKE: "Intake",
  REALM: "Realm",
  GATE: "Gate",
  VAULT: "Vault",
  SAFE: "Safe",
  TALLY: "Tally",
  DESK: "Desk",
  TIMEKEEPER: "Timekeeper",
  SECRETS: "Secrets",
};
/// Those that only the national realm has.
const { DESK, TIMEKEEPER, SECRETS, ...DEMO_OBJECTS } = OBJECTS;
const NUMBERS = { REGISTRY_SHARDS: "4", INTAKE_SHARDS: "2", OPEN_GROUPS: "8" };
const VARIABLES = { ORIGIN: "", REPORTS_A_DAY: "", EMERGENCY_ENDED: "", EMERGENCY_ENDED_AGAIN: "" };
const NATIONAL = {
  name: "limpide",
  vars: { ROLE: "national", ...NUMBERS, ...VARIABLES },
  objects: OBJECTS,
  services: {},
  crons: ["*/15 * * * *"],
  first: ["/api/*", "/demo", "/demo/*", "/issuer/*", "/log/*"],
};
/// What is deployed, by its environment.
const DEPLOYED = {
  "": NATIONAL,
  "with-demo": { ...NATIONAL, services: { DEMO: "limpide-demo" } },
  demo: {
    name: "limpide-demo",
    vars: { ROLE: "demo" },
    objects: DEMO_OBJECTS,
    services: {},
    // Nothing wakes national objects there.
    crons: [],
    // No file of the page is served.
    first: true,
  },
};

const servers = [];
let folder;
let url;

before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  folder = await mkdtemp(join(tmpdir(), "limpide-platform-"));
  start("demo", await freePort(), "de");
  start("with-demo", port, "5e");
  await until(async () => (await fetch(url)).ok);
  // Both have found each other.
  await until(async () => (await fetch(`${url}/demo/nobodys/state`)).status === 404);
});

after(async () => {
  for (const server of servers) process.kill(-server.pid, "SIGKILL");
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/// Starts the development server of an environment, with a root of this byte.
function start(environment, port, byte) {
  const vars = ["--var", `ROOT_SECRET:${byte.repeat(32)}`, "--var", "ALLOW_TEST_ROOT:1"];
  const storage = ["--persist-to", join(folder, environment), "--inspector-port", "0"];
  const options = ["--env", environment, "--port", port, "--ip", "127.0.0.1", ...storage, ...vars];
  const found = { ...env, WRANGLER_REGISTRY_PATH: join(folder, "registry") };
  servers.push(spawn(wrangler, ["dev", ...options], { cwd: root, env: found, stdio: "ignore", detached: true }));
}

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

test("what would be deployed is what is listed, and nothing else", async () => {
  for (const [environment, listed] of Object.entries(DEPLOYED)) {
    const target = ["--env", environment, "--outdir", join(folder, "dry-run")];
    const run = spawnSync(wrangler, ["deploy", "--dry-run", ...target], { cwd: root, env: { ...env, NO_COLOR: "1" } });
    assert.equal(run.status, 0, String(run.stderr));
    const named = (names, what) => Object.keys(names).map((name) => `${name} ${what(name)}`);
    assert.deepEqual(
      [...String(run.stdout).matchAll(/^env\.(\w+)(?: \((.*?)\))? {2,}(.*?) *$/gm)]
        .map(([, name, value, kind]) => [name, value, kind].filter(Boolean).join(" "))
        .sort(),
      [
        ...named(listed.objects, (name) => `${listed.objects[name]} Durable Object`),
        ...named(listed.services, (name) => `${listed.services[name]} Worker`),
        ...named(listed.vars, (name) => `"${listed.vars[name]}" Environment Variable`),
        "ASSETS Assets",
      ].sort(),
      environment,
    );
    // The rest is in no dry run's words.
    const read = unstable_readConfig({ config: join(root, "wrangler.toml"), env: environment || undefined });
    const first = read.assets.run_worker_first;
    assert.deepEqual([read.name, read.triggers.crons, first], [listed.name, listed.crons, listed.first], environment);
    // A class that is bound is made: the same migrations for all.
    const made = read.migrations.flatMap((step) => [...(step.new_classes ?? []), ...(step.new_sqlite_classes ?? [])]);
    assert.deepEqual(made.sort(), Object.values(OBJECTS).sort(), environment);
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

// What every browser test shares: Debian's Chromium, and an eye on what a page must never do.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

/** Where the server under test answers. */
export const url = process.env.LIMPIDE_URL ?? "http://localhost:8787";

/** A browser that asks nobody but us: its own services are off. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/**
 * Notes whatever no page of ours may do: an error or warning in the console (a breach of the content policy is
 * one), an exception, a failed request, a request to another origin. The list stays empty in a test that passes.
 */
export function watch(page) {
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error}`));
  page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`elsewhere: ${request.url()}`);
  });
  return faults;
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The accessibility rules that the page breaks as it stands now, each with the first element that does. */
export async function violations(page) {
  // Injected by the debugger: the content policy, rightly, lets no script element do it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

// The first screen: in both languages, readable without a script, and silent towards everybody else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, url, violations, watch } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const [path, language, says] of [
  ["/", "fr", /^Ne nous croyez pas sur parole/],
  ["/en/", "en", /^Don’t take our word for it/],
]) {
  test(`the first screen says what this is (${language})`, async () => {
    const page = await browser.newPage();
    const faults = watch(page);
    const response = await page.goto(url + path, { waitUntil: "networkidle" });
    assert.equal(response.status(), 200);
    assert.match(response.headers()["content-type"], /^text\/html/);
    assert.match(response.headers()["content-security-policy"], /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    assert.match(await page.locator("h1").innerText(), says);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(faults, []);
    await page.close();
  });

  test(`it reads the same without scripts (${language})`, async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url + path);
    assert.match(await page.locator("h1").innerText(), says);
    await context.close();
  });
}

test("a laboratory's QR code, scanned without the application, is explained and sent to nobody", async () => {
  const code = "7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6";
  const page = await browser.newPage();
  const sent = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.goto(`${url}/#code=${code}&type=1`);
  const notice = page.getByRole("region", { name: "Ce lien contient un code à usage unique" });
  await notice.waitFor();
  assert.equal(page.url(), `${url}/`);
  assert.ok(sent.length > 0 && sent.every((request) => !request.includes(code)));
  assert.ok(!(await page.content()).includes(code));
  assert.deepEqual(await violations(page), []);
  await page.reload();
  assert.equal(await notice.isVisible(), false);
  await page.close();
});

test("a link with a code is explained whatever the tab shows, and no entry of its history holds the code", async () => {
  const [code, other] = ["7f9c24e8-3b12-4fef-91e0-7df1f2c3a5b6", "0f8fad5b-d9cb-469f-a165-70867728950e"];
  const titles = { fr: "Ce lien contient un code à usage unique", en: "This link holds a one-time code" };
  const explains = async (page, path, language) => {
    const notice = page.getByRole("region", { name: titles[language] });
    await notice.waitFor();
    await page.waitForURL((address) => address.hash === "");
    assert.equal(page.url(), url + path);
    assert.ok(await notice.evaluate((shown) => {
      const { top, bottom } = shown.getBoundingClientRect();
      return top < innerHeight && bottom > 0;
    }), "it is in view");
    const devtools = await page.context().newCDPSession(page);
    const { entries } = await devtools.send("Page.getNavigationHistory");
    for (const { url } of entries) assert.ok(!url.includes(code) && !url.includes(other), url);
  };
  // In a new tab, at each address of the page.
  for (const [path, language] of [["/", "fr"], ["/index.html", "fr"], ["/en/", "en"], ["/en/index.html", "en"]]) {
    const page = await browser.newPage();
    await page.goto(`${url}${path}#code=${code}&type=1`);
    await explains(page, path, language);
    await page.close();
  }
  // Where the page is open already and read to its end; with a second link, whose parts stand the other way round; after
  // the other language; and after another page.
  const page = await browser.newPage();
  await page.goto(`${url}/`, { waitUntil: "networkidle" });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.goto(`${url}/#code=${code}&type=1`);
  await explains(page, "/", "fr");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.goto(`${url}/#type=1&code=${other}`);
  await explains(page, "/", "fr");
  await page.goto(`${url}/en/`);
  await page.goto(`${url}/en/#code=${code}&type=1`);
  await explains(page, "/en/", "en");
  await page.goto(`${url}/a-propos`);
  await page.goto(`${url}/#code=${code}&type=1`);
  await explains(page, "/", "fr");
  await page.close();
  // The script comes late.
  const slow = await browser.newPage();
  await slow.route(/\/assets\/code\./, async (route) => {
    await new Promise((done) => setTimeout(done, 2000));
    await route.continue();
  });
  await slow.goto(`${url}/#code=${code}&type=1`, { waitUntil: "commit" });
  await explains(slow, "/", "fr");
  await slow.close();
});

test("an address that leads nowhere says so, in the language of its path", async () => {
  for (const [path, language] of [["/nulle-part", "fr"], ["/en/nowhere", "en"]]) {
    const page = await browser.newPage();
    const response = await page.goto(url + path);
    assert.equal(response.status(), 404);
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    await page.close();
  }
});

test("what is cached for ever carries a hash, and the rest is asked for again", async () => {
  const html = await (await fetch(`${url}/`)).text();
  const assets = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  assert.ok(assets.length > 0);
  for (const path of assets) {
    assert.match(path, /\.[0-9a-f]{16}\.\w+$/);
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  }
  assert.doesNotMatch((await fetch(`${url}/`)).headers.get("cache-control") ?? "", /immutable/);
});

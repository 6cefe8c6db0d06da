// The whole story in a real browser: both languages, two widths, light and dark, by mouse and by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, url } from "./browser.mjs";
import { filled, visit } from "./story.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const ALERT = {
  fr: /Vous avez été à proximité d’au moins une personne testée positive, ces quinze derniers jours\./,
  en: /You have been near at least one person who tested positive in the last fifteen days\./,
};

for (const [language, width, colorScheme] of [
  ["fr", 1440, "light"],
  ["fr", 360, "dark"],
  ["en", 1440, "dark"],
  ["en", 360, "light"],
]) {
  test(`the story to its end (${language}, ${width} px, ${colorScheme})`, async () => {
    const options = { language, width, colorScheme, reducedMotion: width === 360 ? "reduce" : "no-preference" };
    const { context, faults, story, t } = await visit(browser, options);
    assert.deepEqual(await story.rows("account"), []);

    await story.install();
    assert.equal((await story.rows("account")).length, 3);

    await story.bluetooth();
    const before = await story.rows("account");
    const verdict = await story.meets({ minutes: 20 });
    assert.match(verdict, new RegExp(t.meeting.counts));
    assert.deepEqual(await story.rows("account"), before, "the server learns nothing of a meeting");
    assert.deepEqual(await story.rows("exposure"), []);

    await story.warns();
    assert.ok((await story.rows("exposure")).length >= 2, "two people are exposed");
    assert.deepEqual(await story.rows("code"), [], "the code is burned");

    await story.asks();
    for (const name of ["Justin", "Sylvie"]) assert.match(await story.screen(name).textContent(), ALERT[language]);
    assert.doesNotMatch(await story.screen("Johanna").textContent(), ALERT[language]);
    // One bit: two replies of the same length, that differ in the marked figure.
    const answers = await story.page.locator(".ans").allInnerTexts();
    assert.equal(answers.length, 2);
    const [first, second] = answers.map((text) => text.match(/[\d\s,]+(?:octets|bytes)/)[0]);
    assert.equal(first, second);
    assert.deepEqual((await story.page.locator(".ans mark").allInnerTexts()).sort(), ["0", "4"]);

    await story.forgets();
    assert.deepEqual(await story.rows("exposure"), []);
    assert.ok((await story.page.locator(".receipt").count()) >= 1);

    await story.erases();
    assert.deepEqual(await story.rows("account"), []);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("fifteen minutes are not enough, and the page says why", async () => {
  const { context, faults, story, t } = await visit(browser, { check: false });
  await story.install();
  await story.bluetooth();
  assert.match(await story.chooses({ minutes: 20, decimetres: 50 }), new RegExp(t.meeting.not));
  const verdict = await story.meets({ minutes: 15 });
  assert.match(verdict, new RegExp(t.meeting.not));
  assert.match(verdict, /14,0.*14,84/);
  await story.warns();
  await story.asks();
  for (const name of ["Justin", "Sylvie"]) {
    assert.match(await story.screen(name).textContent(), new RegExp(t.phone.s_clear));
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("everything can be refused, one by one", async () => {
  const { context, faults, story, t } = await visit(browser);
  await story.install({ refuse: ["Sylvie", "Justin", "Johanna"] });
  assert.deepEqual(await story.rows("account"), []);
  await story.decides(t.chapters.next, t.meeting.h1);
  await story.decides(t.meeting.no, t.meeting.end_none);
  await story.decides(t.chapters.next, t.send.end_nophone);
  await story.decides(t.chapters.next, t.ask.end_none);
  await story.decides(t.chapters.next, t.fortnight.h1);
  await story.decides(t.fortnight.skip, t.erase.h1);
  await story.decides(t.erase.no, t.end.h1_left);
  assert.deepEqual(faults, []);
  await context.close();
});

test("each refusal shows what follows", async () => {
  const { context, faults, story, t } = await visit(browser);
  await story.install({ refuse: ["Sylvie"] });
  assert.equal((await story.rows("account")).length, 2);
  assert.match(await story.screen("Sylvie").textContent(), new RegExp(t.phone.s_aside));
  await story.says(t.chapters.next, { name: t.chapter.meet });
  await story.reaches(t.bluetooth.h1, { name: "Justin" });
  await story.decides(t.bluetooth.yes, t.bluetooth.h1, { name: "Johanna" });
  await story.decides(t.bluetooth.no, t.meeting.h1);
  // One phone alone hears nothing.
  await story.chooses({ minutes: 20 });
  await story.decides(t.meeting.go, t.meeting.end_silent, { n: 20 });
  await story.decides(t.chapters.next, t.code.h1);
  await story.decides(t.code.short, t.onset.h1);
  await story.decides(t.onset.unknown, t.send.h1);
  await story.decides(t.send.no, t.send.end_kept);
  assert.equal((await story.rows("code")).length, 1, "an unused code shows");
  await story.decides(t.chapters.next, t.ask.h1, { name: "Justin" });
  await story.decides(t.ask.no, t.ask.end_none);
  await story.forgets();
  await story.says(t.chapters.next, { name: t.chapter.receipt });
  await story.reaches(t.erase.h1);
  await story.decides(t.erase.yes, t.end.h1_erased);
  await story.says(t.end.refuse_all);
  await story.reaches(t.end.h1_left);
  const answers = await story.page.locator(".tell tbody td").allInnerTexts();
  assert.equal(answers.filter((answer) => answer.trim() === t.end.accepted).length, 1, "only the notices were read");
  assert.deepEqual(faults, []);
  await context.close();
});

test("by keyboard alone, with the focus never lost", async () => {
  const { context, page, faults, story, t } = await visit(browser, { check: false });
  const held = () => page.evaluate(() => document.activeElement?.tagName ?? "BODY");
  /** Tab until a button says this, then Enter. */
  const press = async (label, blanks) => {
    const wanted = filled(label, blanks);
    for (let tabs = 0; tabs < 120; tabs += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => document.activeElement?.textContent ?? "");
      if (wanted.test(name.trim())) {
        const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        assert.equal(outline, "solid", "the focus is visible");
        return page.keyboard.press("Enter");
      }
    }
    assert.fail(`no button says ${wanted}`);
  };
  const decide = async (label, title, blanks = {}) => {
    await press(label, label === t.chapters.next ? {} : blanks);
    await story.reaches(title, blanks);
    await story.focusOnTitle();
    assert.equal(await held(), "H1");
  };
  await decide(t.notices.yes, t.install.h1, { name: "Sylvie" });
  await decide(t.install.yes, t.install.h1, { name: "Justin" });
  await decide(t.install.yes, t.install.h1, { name: "Johanna" });
  await decide(t.install.yes, t.install.end_some);
  await press(t.chapters.next, { name: t.chapter.meet });
  await story.reaches(t.bluetooth.h1, { name: "Sylvie" });
  await decide(t.bluetooth.yes, t.bluetooth.h1, { name: "Justin" });
  await decide(t.bluetooth.yes, t.bluetooth.h1, { name: "Johanna" });
  await decide(t.bluetooth.yes, t.meeting.h1);
  await page.locator("#duration").focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await page.locator("#duration").getAttribute("aria-valuetext"), /^21\u00a0min$/);
  await decide(t.meeting.go, t.meeting.end_met, { n: 21 });
  await decide(t.chapters.next, t.code.h1);
  await decide(t.code.short, t.onset.h1);
  await decide(t.onset.unknown, t.send.h1);
  await decide(t.send.yes, t.send.end);
  // The strip of bytes: arrow keys move from field to field, Enter chooses.
  const fields = page.locator(".fld");
  await fields.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  assert.equal(await fields.nth(1).getAttribute("aria-pressed"), "true");
  await decide(t.chapters.next, t.ask.h1, { name: "Justin" });
  await decide(t.ask.yes, t.ask.h1, { name: "Sylvie" });
  await decide(t.ask.yes, t.ask.end_risk);
  await decide(t.chapters.next, t.fortnight.h1);
  await decide(t.fortnight.go, t.fortnight.end);
  await decide(t.chapters.next, t.erase.h1);
  await decide(t.erase.yes, t.end.h1_erased);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a second visitor sees nothing of the first", async () => {
  const first = await visit(browser, { check: false });
  await first.story.install();
  const accounts = (await first.story.rows("account")).map((row) => row.match(/[0-9a-f]{10}/)[0]);
  assert.equal(new Set(accounts).size, 3);

  const second = await visit(browser, { check: false });
  await second.story.install({ refuse: ["Justin", "Johanna"] });
  assert.equal((await second.story.rows("account")).length, 1);
  const seen = await second.page.locator("main").innerText();
  for (const account of accounts) assert.ok(!seen.includes(account), `${account} is shown to another visitor`);
  assert.equal((await first.story.rows("account")).length, 3);
  assert.deepEqual([...first.faults, ...second.faults], []);
  await first.context.close();
  await second.context.close();
});

test("the language changes in the middle of the story, and the story goes on", async () => {
  const { context, page, faults, story, t } = await visit(browser, { check: false });
  await story.install();
  const accounts = await story.rows("account");
  await page.locator(".tools a.lang").click();
  await page.locator("h1").filter({ hasText: "The server knows numbers, and no name." }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.locator(".nav").getByText("The workshop").waitFor();
  assert.equal(await page.locator("table:has(caption:has-text('Accounts')) tbody tr").count(), accounts.length);
  await page.locator(".tools a.lang").click();
  await page.locator("h1").filter({ hasText: t.install.end_some }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a decoy opens to its bytes as a report does", async () => {
  let visited, decoys;
  // They leave by chance: in one story of a thousand none does, and another one is told.
  for (let stories = 0; stories < 3 && !(await decoys?.count()); stories += 1) {
    await visited?.context.close();
    visited = await visit(browser, { check: false });
    const { page, story, t } = visited;
    await story.install();
    await story.bluetooth();
    await story.meets({ minutes: 20 });
    await story.warns();
    await story.asks();
    await story.forgets();
    await page.locator("summary").filter({ hasText: t.pass.earlier }).click();
    // As large as the report: one of a phone that still remembers the meeting. The length of both follows the digits of
    // the times, which are 16 bits that go round every eighteen hours.
    const name = t.pass.k_decoy.split("{name}")[0];
    decoys = page.getByRole("button").filter({ hasText: name }).filter({ hasText: /2[45].\d{3}/ });
  }
  const { context, page, faults, story, t } = visited;
  await decoys.first().click();
  const inspector = page.locator("#insp");
  await inspector.locator("h3").filter({ hasText: filled(t.pass.k_decoy) }).waitFor();
  const place = inspector.getByText(filled(`${t.insp.contact}, ${t.insp.contact_hellos}`));
  const [contact, contacts, messages] = (await place.innerText()).match(/\d+/g);
  assert.deepEqual([contact, contacts], ["1", "4"]);
  assert.ok(["30", "90"].includes(messages), `${messages} messages`);
  await story.holds();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a network that drops loses nothing, and an hour that is over says so", async () => {
  const { context, page, story, t } = await visit(browser, { check: false });
  await story.install();
  await story.bluetooth();
  await context.setOffline(true);
  await story.chooses({ minutes: 20 });
  await story.says(t.meeting.go, { n: 20 });
  const alert = page.getByRole("alert");
  await alert.getByText(t.state.offline).waitFor();
  await story.holds();
  await context.setOffline(false);
  await alert.getByRole("button", { name: t.state.retry }).click();
  await story.reaches(t.meeting.end_met);
  await page.route("**/demo/**", (route) => route.fulfill({ status: 404, body: "{}" }));
  await story.says(t.chapters.next, { name: t.chapter.warn });
  await story.reaches(t.state.over_h1);
  await context.close();
});

test("a refused code is told without the reason, and another can be asked for", async () => {
  const { context, page, story, t } = await visit(browser, { check: false });
  await story.install();
  await story.bluetooth();
  await story.meets({ minutes: 20 });
  await story.takesCode();
  await page.route("**/api/v6/report", (route) => route.fulfill({ status: 401, contentType: "application/json", body: '{"message":"Unrecognized token"}' }));
  await story.says(t.send.yes);
  await story.reaches(t.send.refused_h1);
  await story.holds();
  await page.unroute("**/api/v6/report");
  await story.decides(t.code.again_short, t.send.h1);
  await story.decides(t.send.yes, t.send.end);
  await context.close();
});

test("a done chapter can be told again, on a new trial server", async () => {
  const { context, page, faults, story, t } = await visit(browser, { check: false });
  await story.install({ refuse: ["Sylvie"] });
  const before = await story.rows("account");
  await story.says(t.chapters.next, { name: t.chapter.meet });
  await story.reaches(t.bluetooth.h1, { name: "Justin" });
  await page.locator(".chapters a").first().click();
  await story.reaches(t.replay.h1, { name: t.chapter.install });
  await story.holds();
  await story.decides(t.replay.no, t.bluetooth.h1, { name: "Justin" });
  await page.locator(".chapters a").first().click();
  await story.says(t.replay.yes);
  await story.reaches(t.notices.h1);
  assert.deepEqual(await story.rows("account"), []);
  await story.install();
  const after = (await story.rows("account")).join(" ");
  for (const row of before) assert.ok(!after.includes(row.match(/[0-9a-f]{10}/)[0]), "the old accounts are gone");
  assert.deepEqual(faults, []);
  await context.close();
});

test("nothing has to be scrolled sideways", async () => {
  for (const width of [320, 360, 768, 1440]) {
    const { context, page, story } = await visit(browser, { check: false, width });
    await story.install();
    await story.fits();
    await story.bluetooth();
    await story.fits();
    await story.meets({ minutes: 20 });
    await story.warns();
    await page.evaluate(() => document.querySelectorAll("#main details").forEach((folded) => (folded.open = true)));
    await story.fits();
    for (const path of ["/", "/en/", "/a-propos", "/en/about"]) {
      await page.goto(url + path);
      await (width === 360 ? story.holds() : story.fits());
    }
    await context.close();
  }
});

test("the decision is on the first screen", async () => {
  const { context, page, story, t } = await visit(browser, { check: false });
  const visible = async () => {
    const box = await page.locator(".tell .btns").first().boundingBox();
    assert.ok(box.y + box.height <= 900, `${await page.locator("h1").innerText()}: down to ${box.y + box.height}`);
  };
  await visible();
  await story.install();
  await visible();
  await story.bluetooth();
  await visible();
  await story.meets({ minutes: 20 });
  await story.takesCode();
  await visible();
  await story.decides(t.send.yes, t.send.end);
  await context.close();
});

// The story as a visitor plays it: one function per thing that a person does, in either language.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { url, violations, watch } from "./browser.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../../web/locales/${name}.json`, import.meta.url), "utf8"));
const texts = { fr: read("fr"), en: read("en") };
const address = { fr: "/atelier", en: "/en/workshop" };

/** Opens the workshop in a browser of its own, as it is for a visitor who has never been here. */
export async function visit(browser, { language = "fr", width = 1440, height = 900, check = true, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  const faults = watch(page);
  const story = new Story(page, texts[language], { width, check });
  await page.goto(url + address[language]);
  await story.reaches(story.t.notices.h1);
  return { context, page, faults, story, t: texts[language] };
}

// The browser reads a no-break space out as a space.
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");

/** A text of the page with its blanks filled; a blank that is not given stands for anything. */
export function filled(text, blanks = {}) {
  const parts = text.split(/\{(\w+)\}/);
  return new RegExp(`^${parts.map((part, i) => (i % 2 ? escaped(String(blanks[part] ?? "\0")).replace("\0", ".+") : escaped(part))).join("")}$`);
}

export class Story {
  constructor(page, t, { width, check }) {
    Object.assign(this, { page, t, width, check });
  }

  /** Waits until the title says this, then checks what must hold at every step. */
  async reaches(title, blanks) {
    const pattern = filled(title, blanks);
    await this.page.locator("h1").filter({ hasText: pattern }).waitFor();
    await this.page.locator("#main .btn").first().waitFor();
    if (this.check) await this.holds();
  }

  /** Nothing to scroll sideways to, nothing that the accessibility rules forbid. */
  async holds() {
    assert.deepEqual(await violations(this.page), [], await this.page.locator("h1").innerText());
    assert.doesNotMatch(await this.page.locator("main").innerText(), /\{[a-z_]+\}/, "a text has an empty blank");
    await this.fits();
  }

  async fits() {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= this.width, `${wide} px wide in ${this.width} at “${await this.page.locator("h1").innerText()}”`);
  }

  /** Presses the button of the left column that says this; the focus then goes to the new title. */
  async says(label, blanks) {
    await this.page.locator(".tell").getByRole("button", { name: filled(label, blanks) }).click();
  }

  async focusOnTitle() {
    await this.page.waitForFunction(() => document.activeElement?.tagName === "H1");
  }

  async decides(label, title, blanks = {}) {
    // The button to the next chapter names the chapter, the title a person.
    await this.says(label, label === this.t.chapters.next ? {} : blanks);
    await this.reaches(title, blanks);
    await this.focusOnTitle();
  }

  async install({ refuse = [] } = {}) {
    const { t } = this;
    await this.decides(t.notices.yes, t.install.h1, { name: "Sylvie" });
    const next = { Sylvie: "Justin", Justin: "Johanna" };
    for (const name of ["Sylvie", "Justin", "Johanna"]) {
      const answer = refuse.includes(name) ? t.install.no : t.install.yes;
      if (next[name]) await this.decides(answer, t.install.h1, { name: next[name] });
      else await this.decides(answer, refuse.length === 3 ? t.install.end_none : t.install.end_some);
    }
  }

  async bluetooth() {
    const { t } = this;
    await this.says(t.chapters.next, { name: t.chapter.meet });
    await this.reaches(t.bluetooth.h1, { name: "Sylvie" });
    await this.decides(t.bluetooth.yes, t.bluetooth.h1, { name: "Justin" });
    await this.decides(t.bluetooth.yes, t.bluetooth.h1, { name: "Johanna" });
    await this.decides(t.bluetooth.yes, t.meeting.h1);
  }

  /** Sets the two ranges; the sentence under them is the server's own formula. */
  async chooses({ minutes, decimetres = 8 }) {
    await this.page.locator("#distance").fill(String(decimetres));
    await this.page.locator("#duration").fill(String(minutes));
    return this.page.locator(".verdict").innerText();
  }

  async meets(meeting) {
    const verdict = await this.chooses(meeting);
    await this.decides(this.t.meeting.go, this.t.meeting.end_met, { n: meeting.minutes });
    return verdict;
  }

  async takesCode() {
    const { t } = this;
    await this.says(t.chapters.next, { name: t.chapter.warn });
    await this.reaches(t.code.h1);
    await this.decides(t.code.long, t.onset.h1);
    await this.decides(t.onset.unknown, t.send.h1);
  }

  async warns() {
    await this.takesCode();
    await this.decides(this.t.send.yes, this.t.send.end);
  }

  async asks() {
    const { t } = this;
    await this.says(t.chapters.next, { name: t.chapter.learn });
    await this.reaches(t.ask.h1, { name: "Justin" });
    await this.decides(t.ask.yes, t.ask.h1, { name: "Sylvie" });
    await this.says(t.ask.yes);
    await this.page.locator("h1").filter({ hasNotText: filled(t.ask.h1, { name: "Sylvie" }) }).waitFor();
    await this.focusOnTitle();
    if (this.check) await this.holds();
  }

  async forgets() {
    const { t } = this;
    await this.says(t.chapters.next, { name: t.chapter.fortnight });
    await this.reaches(t.fortnight.h1);
    await this.says(t.fortnight.go);
    await this.page.locator("h1").filter({ hasNotText: filled(t.fortnight.h1) }).waitFor();
    await this.focusOnTitle();
    if (this.check) await this.holds();
  }

  async erases() {
    const { t } = this;
    await this.says(t.chapters.next, { name: t.chapter.receipt });
    await this.reaches(t.erase.h1);
    await this.decides(t.erase.yes, t.end.h1_erased);
  }

  /** The rows of a stored table, as text; none if the table is empty or absent. */
  async rows(table) {
    // Other captions may have the word in their midst.
    const caption = this.page.locator("caption", { hasText: new RegExp(`^\\s*${this.t.table[table]}`) });
    return this.page.locator("table", { has: caption }).locator("tbody tr").allInnerTexts();
  }

  /** What a phone shows to its owner. */
  screen(name) {
    return this.page.locator("article", { has: this.page.locator("h3", { hasText: name }) }).locator(".screen");
  }
}

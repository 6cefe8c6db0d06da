// The README's pictures, taken from a running server: LIMPIDE_URL=http://localhost:8787 node tests/e2e/pictures.mjs
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch, url } from "./browser.mjs";
import { visit } from "./story.mjs";

const folder = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
await mkdir(folder, { recursive: true });
const browser = await launch();

const home = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await home.goto(`${url}/en/`);
await home.evaluate(() => document.fonts.ready);
await home.screenshot({ path: `${folder}home.png` });

const desk = await visit(browser, { language: "en", width: 1280, height: 900, check: false, reducedMotion: "reduce" });
await desk.story.install();
await desk.story.bluetooth();
await desk.story.chooses({ minutes: 20 });
await desk.page.screenshot({ path: `${folder}chapter-2.png` });
await desk.story.meets({ minutes: 20 });
await desk.story.warns();
await desk.page.screenshot({ path: `${folder}chapter-3.png`, fullPage: true });

const phone = await visit(browser, { language: "en", width: 360, height: 780, check: false, reducedMotion: "reduce" });
await phone.story.install();
await phone.story.bluetooth();
await phone.story.meets({ minutes: 20 });
await phone.story.warns();
await phone.story.says(phone.t.chapters.next, { name: phone.t.chapter.learn });
await phone.story.reaches(phone.t.ask.h1, { name: "Justin" });
await phone.story.decides(phone.t.ask.yes, phone.t.ask.h1, { name: "Sylvie" });
await phone.page.locator(".persons").scrollIntoViewIfNeeded();
await phone.page.screenshot({ path: `${folder}chapter-4-phone.png` });

await browser.close();

// README's pictures, taken anew: `cargo xtask up`, then `node tests/e2e/pictures.mjs`.
import { fileURLToPath } from "node:url";
import { launch, url } from "./browser.mjs";
import { visit } from "./story.mjs";

const folder = new URL("../../docs/pictures/", import.meta.url);
const take = (page, name) => page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) });

const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "fr" });
  const home = await context.newPage();
  await home.goto(`${url}/`);
  await take(home, "home");

  const wide = await visit(browser, { width: 1440, height: 1000 });
  await wide.story.install();
  await wide.story.bluetooth();
  await wide.story.chooses({ minutes: 20 });
  await take(wide.page, "chapter-2");
  await wide.story.meets({ minutes: 20 });
  await wide.story.warns();
  await wide.page.setViewportSize({ width: 1440, height: 1600 });
  const passing = wide.page.getByRole("heading", { name: "Ce qui passe" });
  await passing.evaluate((part) => part.scrollIntoView());
  await take(wide.page, "chapter-3");

  const phone = await visit(browser, { width: 360, height: 780 });
  await phone.story.install();
  await phone.story.bluetooth();
  await phone.story.meets({ minutes: 20 });
  await phone.story.warns();
  await phone.story.asks();
  await phone.story.screen("Sylvie").scrollIntoViewIfNeeded();
  await take(phone.page, "chapter-4-phone");
} finally {
  await browser.close();
}

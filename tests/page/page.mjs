// page.mjs PAGES PICTURES COUNT: opens the pages that tests/page/run made, and does with them what people
// do. Fails at the first thing that is not as expected.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import axe from "axe-core";
import { chromium } from "playwright-core";

const [pages, pictures, count] = process.argv.slice(2);
const url = (name) => `file://${pages}/${name}.html`;
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Chromium's sandbox is not for root.
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});

// A page on which nothing is said on the console, nothing fails, nothing is loaded.
async function opened(name, options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("dialog", (dialog) => faults.push(dialog.message()));
  page.on("request", (request) => {
    if (!request.url().startsWith(url(name))) faults.push(request.url());
  });
  await page.goto(url(name) + hash);
  page.end = async () => {
    assert.deepEqual(faults, [], name);
    await context.close();
  };
  return page;
}
const shown = (page, selector) => page.locator(selector).filter({ visible: true });
const step = (text) => console.log(`  ${text}`);

async function accessible(page, what) {
  // The page's own policy keeps scripts of others out, but not those of the debugger.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => axe.run());
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const listed = grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
  assert.deepEqual(listed, [], what);
}

async function one() {
  const page = await opened("one");
  assert.match(await page.title(), /legacy-stack/);
  const files = await shown(page, ".file").count();
  assert.equal(files, 8);

  step("the filter");
  await page.keyboard.press("/");
  await page.keyboard.type("dev/main");
  assert.deepEqual(await shown(page, ".file .path").allTextContents(), ["dev/main.tf"]);
  assert.match(await page.textContent("#shown"), /^\d+ of \d+$/);
  await page.keyboard.press("Escape");
  assert.equal(await shown(page, ".file").count(), files);
  await page.selectOption("#transform", "bump_module");
  assert.deepEqual(await shown(page, ".file .path").allTextContents(), ["dev/network.tf", "live/network.tf"]);
  await page.selectOption("#transform", "");
  await page.selectOption("#state", "manual");
  assert.deepEqual(await shown(page, ".needs .state").allTextContents(), ["manual work"]);
  await page.fill("#words", "no such file");
  assert.ok(await page.isVisible("#none"));
  await page.fill("#words", "");
  await page.selectOption("#state", "");

  step("folds");
  await page.click("#fold");
  assert.equal(await shown(page, ".hunk").count(), 0);
  await page.click("#fold");
  assert.ok(await shown(page, ".hunk").count() > files);

  step("the keyboard");
  await page.evaluate(() => document.activeElement.blur());
  const focused = () => page.evaluate(() => document.activeElement.closest(".card, .file")?.id);
  await page.keyboard.press("j");
  const first = await focused();
  await page.keyboard.press("j");
  assert.notEqual(await focused(), first);
  await page.keyboard.press("k");
  assert.equal(await focused(), first);
  await page.keyboard.press("n");
  assert.equal(await page.evaluate(() => document.activeElement.matches(".needs .card.review")), true);
  assert.equal(await page.getAttribute("html", "data-view"), "split");
  await page.keyboard.press("u");
  assert.equal(await page.getAttribute("html", "data-view"), "unified");
  await page.keyboard.press("?");
  assert.ok(await page.isVisible("#keys"));
  await page.keyboard.press("Escape");
  assert.ok(!await page.isVisible("#keys"));

  step("line numbers");
  // A number is drawn by the style, so that it is not copied with the line.
  const numbers = await page.locator(".file").first().locator(".lines li").evaluateAll((lines) => lines.map((line) => {
    const list = line.parentElement;
    return { kind: list.classList[1], copied: list.classList.contains("after"), before: list.start + [...list.children].indexOf(line), after: line.dataset.after };
  }));
  const kept = numbers.filter(({ kind, copied }) => kind === "kept" && !copied);
  const copies = numbers.filter(({ copied }) => copied);
  assert.ok(kept.length > 0);
  assert.deepEqual(copies.map(({ before }) => String(before)), kept.map(({ after }) => after));
  assert.ok(kept.some(({ before, after }) => String(before) !== after));

  step("what each transform does, and links to findings");
  assert.match(await page.getAttribute(".card .transform", "title"), /\.$/);
  const links = await page.locator(".card").evaluateAll((cards) => cards.map((card) => [`#${card.id}`, card.querySelector(".anchor").hash]));
  assert.ok(links.length > 15);
  for (const [id, link] of links) assert.equal(link, id);

  step("ticks, which another page of the same plan has too");
  // By the keyboard: where the page is still laid out, a click may miss.
  await page.focus(".steps li:nth-child(2) input");
  await page.keyboard.press("Space");
  assert.ok(await page.isChecked(".steps li:nth-child(2) input"));
  await page.reload();
  assert.ok(await page.isChecked(".steps li:nth-child(2) input"));
  assert.ok(!await page.isChecked(".steps li:nth-child(1) input"));

  step("the switch of themes");
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await back();
  await page.click("#theme");
  assert.notEqual(await back(), light);
  await page.click("#theme");
  assert.equal(await back(), light);

  step("links");
  const id = await page.getAttribute(".file:last-of-type .card", "id");
  await page.end();
  const linked = await opened("one", {}, `#${id}`);
  assert.ok(await linked.locator(`[id="${id}"]`).isVisible());
  await linked.waitForFunction((id) => {
    const { top, bottom } = document.getElementById(id).getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  }, id);

  step("paper");
  await linked.emulateMedia({ media: "print" });
  assert.ok(!await linked.isVisible(".filter"));
  assert.ok(await shown(linked, ".hunk").count() > files);
  const pdf = await linked.pdf({ path: `${pictures}/one.pdf` });
  assert.ok(pdf.length > 20_000);
  await linked.end();
}

async function looks() {
  step("axe-core, and pictures");
  for (const name of ["one", "many"]) {
    for (const [width, height] of [[390, 844], [900, 1100], [1440, 1000]]) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await opened(name, { viewport: { width, height }, colorScheme });
        if (name === "many") {
          await accessible(page, `${name} ${width} ${colorScheme}`);
          await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}-top.png` });
          await page.keyboard.press("n");
          await page.locator(".repository[open] .needs").first().waitFor();
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.ok(!wide, `${name} at ${width} scrolls sideways`);
        if (name === "one" && width !== 900) await accessible(page, `${name} ${width} ${colorScheme}`);
        const parts = name === "one" ? ["header", ".accounts", ".files", ".steps"] : [".repository[open] .needs"];
        for (const [number, part] of parts.entries()) {
          await page.evaluate((part) => document.querySelector(part).scrollIntoView(), part);
          await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}-${number}.png` });
        }
        await page.context().close();
      }
    }
  }
}

async function hostile() {
  step("names that would be markup");
  const page = await opened("hostile");
  await page.click("#fold");
  await page.waitForFunction(() => document.querySelectorAll("details.repository > template").length === 0);
  assert.equal(await page.evaluate(() => typeof pwned), "undefined");
  assert.equal(await page.locator("main img, main script, main b[id], main [onfocus], main [onload]").count(), 0);
  assert.equal(await page.locator(".repository .name").count(), 5);
  const directory = await page.textContent(".directory code");
  for (const name of await page.locator("details.repository").evaluateAll((all) => all.map((it) => it.dataset.name))) {
    assert.ok(name.startsWith(directory), name);
    assert.ok(await page.getByText(name.slice(directory.length), { exact: true }).first().isVisible(), name);
  }
  await page.end();
}

// What the browser's processes have used: seconds of processors, and of memory the most that a page's process
// had at once, in MB (Linux).
async function used() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const peaks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
    const [, kilobytes] = readFileSync(`/proc/${id}/status`, "utf8").match(/VmHWM:\s+(\d+)/);
    return kilobytes / 1000;
  });
  const seconds = processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  return { seconds, peak: Math.max(0, ...peaks) };
}

async function many() {
  const before = await used();
  const start = performance.now();
  const page = await opened("many");
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
  const took = ((performance.now() - start) / 1000).toFixed(1);
  const size = (statSync(`${pages}/many.html`).size / 1e6).toFixed(0);
  const after = await used();
  const busy = after.seconds - before.seconds;
  step(`${count} repositories, ${size} MB: open in ${took} s, ${busy.toFixed(1)} s of processor time, ${after.peak.toFixed(0)} MB of memory`);
  // A slow machine, or a busy one, says nothing of the page: time counts where all are asked for, by hand.
  if (count >= 2000) assert.ok(busy < 2, `${busy} s`);
  assert.ok(after.peak < 180 + 0.04 * count, `${after.peak} MB`);
  assert.match(await page.title(), new RegExp(`^${count} repositories`));
  assert.equal(await page.locator("details.repository").count(), Number(count));
  // What is folded costs no elements.
  assert.ok(await page.evaluate(() => document.querySelectorAll("*").length) < 12 * count + 1000);

  const last = page.locator("details.repository[data-states~=changed]").last();
  const name = await last.getAttribute("data-name");
  await page.fill("#words", name.toUpperCase());
  assert.equal(await page.textContent("#shown"), `1 of ${count}`);
  await page.fill("#words", "");
  await page.selectOption("#state", "error");
  assert.ok(await shown(page, "details.repository").count() >= count / 20 - 1);
  await page.selectOption("#state", "");
  await page.locator("h1").click();
  await page.keyboard.press("n");
  await page.waitForFunction(() => document.activeElement.matches("[open] .needs .card"));

  step("a link into a repository that is folded");
  await last.locator("summary").first().click();
  const file = await last.locator(".file").last().getAttribute("id");
  await page.end();
  const linked = await opened("many", {}, `#${file}`);
  await linked.locator(`[id="${file}"] .hunk`).first().waitFor();
  await linked.end();

  step("without scripts");
  const plain = await opened("many", { javaScriptEnabled: false });
  assert.ok(await plain.getByText("Without scripts only the names are shown").isVisible());
  assert.ok(await plain.locator("details.repository .numbers").first().isVisible());
  assert.ok(!await plain.isVisible(".filter"));
  await plain.end();
}

try {
  for (const part of [one, hostile, many, looks]) {
    console.log(part.name);
    await part();
  }
} finally {
  await browser.close();
}

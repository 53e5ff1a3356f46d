// make.mjs PAGE DIRECTORY: pictures of a review page: its top, and the diffs with their findings.
import { chromium } from "playwright-core";

const [file, directory] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  // Chromium's sandbox is not for root.
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
await page.goto(`file://${file}`);
await page.screenshot({ path: `${directory}/review-page.png` });
await page.evaluate(() => document.querySelector(".file:nth-of-type(2)").scrollIntoView());
await page.screenshot({ path: `${directory}/review-page-diff.png` });
await browser.close();

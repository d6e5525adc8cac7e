// Opens report.html of a run in headless Chromium and checks what a reader would see.
//
//   node tests/browser/report.mjs RUN_FOLDER [RUN_FOLDER_OF_A_HOSTILE_SCENARIO]
//
// CHROMIUM names the browser (default /usr/bin/chromium); SCREENSHOTS a folder for pictures of the page.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, hostile] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
let passed = 0;
let failed = 0;

async function check(what, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok    ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILS ${what}\n      ${String(error.message).split("\n").join("\n      ")}`);
  }
}

// A page with everything that goes wrong in it collected.
async function open(run, width, height) {
  const context = await browser.newContext({ viewport: { width, height }, offline: true });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("request", (r) => r.url().startsWith("file:") || complaints.push(`asks for ${r.url()}`));
  page.on("dialog", (d) => { complaints.push(`dialog ${d.message()}`); d.dismiss(); });
  await page.goto(pathToFileURL(resolve(run, "report.html")).href);
  return { page, complaints };
}

const summary = JSON.parse(readFileSync(resolve(folder, "summary.json"), "utf8"));
const { page, complaints } = await open(folder, 1280, 900);

await check("the page asks for nothing and complains of nothing", () => assert.deepEqual(complaints, []));
await check("title and finding are there", async () => {
  assert.equal(await page.title(), summary.scenario);
  assert.ok((await page.locator("p.finding").first().innerText()).length > 40);
});
await check("every chart is there, drawn or in words", async () => {
  const data = readdirSync(resolve(folder, "charts"), { recursive: true }).filter((f) => f.endsWith(".csv"));
  assert.equal(await page.locator("figure.chart").count(), data.length);
  const empty = page.locator("figure.chart:not(:has(svg)):not(:has(p.words))");
  assert.equal(await empty.count(), 0);
  const sizes = await page.locator("section details[open] figure.chart svg, section > div figure.chart svg").evaluateAll((all) =>
    all.map((s) => s.getBoundingClientRect()).map((b) => b.width > 300 && b.height > 80));
  assert.ok(sizes.length > 0 && sizes.every(Boolean), JSON.stringify(sizes));
});
await check("the numbers of the tables are those of summary.json", async () => {
  const cells = await page.locator("td[data-value]").evaluateAll((all) => all.map((c) => ({ ...c.dataset })));
  assert.ok(cells.length > 60, `${cells.length} cells`);
  for (const c of cells) {
    let kpis;
    if (c.terms === "own") {
      kpis = summary.products[c.product].models[c.model].kpis;
    } else if (summary.products.length === 1) {
      const of = { best: "at_own_best", service: "at_equal_service", capital: "at_equal_capital" }[c.terms];
      kpis = summary.equal_terms.products[0].models[c.model][of][c.table];
    } else continue;
    assert.equal(Number(c.value), kpis[c.kpi].estimate, `${c.kpi} of model ${c.model}, ${c.terms}`);
  }
});
await check("a chart says its values where it is pointed at", async () => {
  for (const [chart, says] of [["backorder-rate", /%/], ["cash-over-time", /\d+ \w+ \d\d\n.*\n.*middle 50 %/s]]) {
    const region = page.locator(`figure[data-chart='${chart}'] rect.hover:visible`).first();
    // Where there is nothing to draw there is nothing to point at.
    if (!(await region.count())) continue;
    await region.scrollIntoViewIfNeeded();
    await region.hover({ force: true });
    assert.match(await page.locator("#tip").innerText(), says);
  }
});
for (const width of [360, 414]) {
  await check(`a phone of ${width} points does not scroll sideways`, async () => {
    const phone = await open(folder, width, 780);
    await phone.page.locator("details").evaluateAll((all) => all.forEach((d) => (d.open = true)));
    const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth);
    if (process.env.SCREENSHOTS) await phone.page.screenshot({ path: `${process.env.SCREENSHOTS}/phone-${width}.png`, fullPage: true });
    assert.ok(wide <= width, `${wide} wide`);
    assert.deepEqual(phone.complaints, []);
  });
}
await check("it prints", async () => {
  await page.emulateMedia({ media: "print" });
  const bytes = await page.pdf({ format: "A4" });
  assert.ok(bytes.length > 20_000);
  if (process.env.SCREENSHOTS) {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(`${process.env.SCREENSHOTS}/report.pdf`, bytes);
  }
  await page.emulateMedia({ media: "screen" });
});
if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/desktop.png`, fullPage: true });

if (hostile) {
  await check("names with markup and scripts stay text", async () => {
    const names = JSON.parse(readFileSync(resolve(hostile, "summary.json"), "utf8"));
    const it = await open(hostile, 1280, 900);
    await it.page.waitForTimeout(200);
    assert.deepEqual(it.complaints, []);
    assert.equal(await it.page.evaluate(() => window.caught), undefined);
    assert.equal(await it.page.locator("body script").count(), 1);
    assert.equal(await it.page.locator("img, iframe, body b[onclick]").count(), 0);
    const seen = await it.page.evaluate(() => document.body.textContent);
    for (const name of [names.scenario, ...names.products.map((p) => p.product), ...names.products[0].models.map((m) => m.name)]) {
      assert.ok(seen.includes(name), `${name} is not on the page`);
    }
  });
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

// Looks at an audit's page in a real browser, as one step of many: node page.mjs STEP FILE.
// What it finds wrong, it throws.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require("playwright-core");
const [step, file] = process.argv.slice(2);
const address = pathToFileURL(file).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

const SCHEMES = ["light", "dark"];
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 375, height: 812 };
const NARROWEST = { width: 320, height: 640 };

/** Opens the page; what it says, asks for or pops up meanwhile is gathered. */
async function open({ scheme = "light", viewport = DESK, script = true } = {}) {
  const context = await browser.newContext({
    colorScheme: scheme, viewport, javaScriptEnabled: script, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error}`));
  page.on("dialog", (dialog) => { noise.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url() !== address) noise.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  return { page, noise };
}

const column = (page, number) =>
  page.$$eval(`#found tbody tr:not([hidden]) > :nth-child(${number})`, (cells) => cells.map((cell) => cell.textContent.trim()));
const sorted = (page) =>
  page.$$eval("#found thead th", (heads) =>
    heads.map((head) => [head.textContent.trim(), head.getAttribute("aria-sort")]).filter(([, sort]) => sort));

const steps = {
  /** Nothing but the page itself is loaded, and nothing in it runs. */
  async still() {
    for (const scheme of SCHEMES) {
      const { page, noise } = await open({ scheme });
      await page.getByLabel("Only with these words").fill("img");
      await page.getByRole("button", { name: "User" }).click();
      await page.getByLabel("Only with these words").press("Enter");
      const found = await page.evaluate(() => ({
        hacked: window.hacked, images: document.images.length, scripts: document.scripts.length,
        frames: window.frames.length, at: location.href,
      }));
      assert.deepEqual(found, { hacked: undefined, images: 0, scripts: 1, frames: 0, at: address });
      // The name is there to be read.
      assert.match(await page.textContent("#found"), /<img src=x onerror=/);
      assert.deepEqual(noise, []);
    }
  },

  /** What would run if it were not for the page's own policy does not run either. */
  async policy() {
    const { page } = await open();
    const blocked = await page.evaluate(async () => {
      const violations = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
      const image = document.createElement("img");
      image.src = "http://127.0.0.1:1/x.png";
      const script = document.createElement("script");
      script.textContent = "window.hacked = true";
      const styled = document.createElement("p");
      styled.setAttribute("style", "color: red");
      styled.setAttribute("onclick", "window.hacked = true");
      document.body.append(image, script, styled);
      styled.click();
      await fetch("http://127.0.0.1:1/").catch(() => {});
      await new Promise((done) => setTimeout(done, 100));
      return { hacked: window.hacked, violations: [...new Set(violations)].sort() };
    });
    assert.equal(blocked.hacked, undefined);
    assert.deepEqual(blocked.violations, ["connect-src", "img-src", "script-src-attr", "script-src-elem", "style-src-attr"]);
  },

  /** Every heading sorts, by the mouse and by the keyboard. */
  async sort() {
    const { page, noise } = await open();
    const order = ["critical", "high", "medium", "low"];
    const ranks = async () => (await column(page, 1)).map((word) => order.indexOf(word));
    const rising = (list) => list.every((value, at) => at === 0 || list[at - 1] <= value);
    assert.deepEqual(await sorted(page), [["Severity", "descending"]]);
    assert.ok(rising(await ranks()), "worst first from the start");

    const user = page.getByRole("button", { name: "User" });
    await user.click();
    assert.deepEqual(await sorted(page), [["User", "ascending"]]);
    const names = await column(page, 2);
    const expected = [...names].sort(new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare);
    assert.deepEqual(names, expected);
    await user.click();
    assert.deepEqual(await sorted(page), [["User", "descending"]]);
    assert.equal((await column(page, 2))[0], expected.at(-1));

    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    assert.deepEqual(await sorted(page), [["Severity", "descending"]]);
    assert.ok(rising(await ranks()));
    await page.keyboard.press("Space");
    assert.deepEqual(await sorted(page), [["Severity", "ascending"]]);
    assert.ok(rising((await ranks()).reverse()));
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid", "one sees where the keyboard is");
    assert.deepEqual(noise, []);
  },

  /** Words and severities leave rows out, and say how many. */
  async filter() {
    const { page, noise } = await open();
    const all = (await column(page, 1)).length;
    const shown = page.locator("#shown");
    await page.getByLabel("Only with these words").fill("BOB key");
    const left = await column(page, 2);
    assert.ok(left.length > 0 && left.every((name) => name === "bob"), `${left}`);
    assert.equal(await shown.textContent(), `${left.length} of ${all} shown`);
    assert.equal(await shown.getAttribute("aria-live"), "polite");
    await page.getByLabel("Only with these words").fill("");
    await page.getByLabel("Severity", { exact: true }).selectOption({ label: "high and worse" });
    assert.deepEqual([...new Set(await column(page, 1))], ["critical", "high"]);
    await page.getByRole("button", { name: "Finding" }).click();
    assert.deepEqual([...new Set(await column(page, 1))].sort(), ["critical", "high"]);
    await page.getByLabel("Only with these words").fill("nobody at all");
    assert.equal(await shown.textContent(), `0 of ${all} shown`);
    assert.deepEqual(noise, []);
  },

  /** Of very many rows the first are laid out, and the rest when it is wanted or printed. */
  async many() {
    const { page, noise } = await open();
    const all = await page.locator("#found tbody tr").count();
    assert.ok(all > 400, `${all} rows`);
    const shown = page.locator("#shown");
    assert.equal((await column(page, 1)).length, 400);
    assert.equal(await shown.textContent(), `400 of ${all} shown`);
    await page.getByRole("button", { name: "User" }).click();
    await page.getByRole("button", { name: "User" }).click();
    const last = await column(page, 2);
    assert.equal(last.length, 400, "the other end of them");
    await page.getByLabel("Only with these words").fill(last[0]);
    assert.ok((await column(page, 2)).every((name) => name === last[0]));
    assert.ok(!(await page.locator("#more").isVisible()));
    await page.getByLabel("Only with these words").fill("");
    await page.getByRole("button", { name: `Show all ${all}` }).click();
    assert.equal((await column(page, 1)).length, all);
    assert.equal(await shown.textContent(), `${all} of ${all} shown`);

    const { page: printed } = await open();
    await printed.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal((await column(printed, 1)).length, all);
    assert.deepEqual(noise, []);
  },

  /** Without its script the page says the same. */
  async bare() {
    const { page } = await open({ script: false });
    assert.ok(await page.locator("#found tbody tr").first().isVisible());
    assert.ok(!(await page.locator(".filter").isVisible()), "no promise that cannot be kept");
  },

  /** Nothing has to be scrolled sideways, and everything can be hit with a finger. */
  async phone() {
    for (const viewport of [PHONE, NARROWEST]) {
      const { page, noise } = await open({ viewport });
      const wide = await page.evaluate(() => {
        const most = document.documentElement.clientWidth;
        const over = Array.from(document.querySelectorAll("main *, header *, footer *"))
          .filter((one) => !one.closest(".hidden, .cards:not(.findings) thead") && one.getBoundingClientRect().right > most + 0.5);
        return { scroll: document.documentElement.scrollWidth - most, over: over.map((one) => one.outerHTML.slice(0, 80)) };
      });
      assert.deepEqual(wide, { scroll: 0, over: [] });
      const labels = await page.$$eval("#found tbody tr:first-child td[data-label]", (cells) =>
        cells.map((cell) => getComputedStyle(cell, "::before").content));
      assert.ok(labels.includes('"Seen"') && labels.includes('"Remedy"'), `${labels}`);
      const targets = await page.$$eval("#found .sort, .filter input, .filter select", (all) =>
        all.map((one) => Math.min(one.getBoundingClientRect().height, one.getBoundingClientRect().width)));
      // WCAG 2.5.8: 24 pixels at least.
      assert.ok(targets.length > 6 && Math.min(...targets) >= 24, `${targets}`);
      await page.getByRole("button", { name: "User" }).click();
      assert.deepEqual(await sorted(page), [["User", "ascending"]]);
      assert.deepEqual(noise, []);
    }
  },

  /** Headings go down by one, tables name their columns, links lead somewhere. */
  async structure() {
    const { page } = await open();
    const levels = await page.$$eval("h1, h2, h3, h4", (heads) => heads.map((head) => Number(head.tagName[1])));
    assert.deepEqual(levels.filter((level) => level === 1), [1]);
    levels.forEach((level, at) => assert.ok(at === 0 || level <= levels[at - 1] + 1, `${levels}`));
    const wrong = await page.evaluate(() => {
      const wrong = [];
      for (const table of document.querySelectorAll("table")) {
        if (!table.caption?.textContent.trim()) wrong.push("a table without a caption");
        for (const head of table.querySelectorAll("thead th")) if (head.scope !== "col") wrong.push(head.outerHTML);
        for (const head of table.querySelectorAll("tbody th")) if (head.scope !== "row") wrong.push(head.outerHTML);
      }
      for (const link of document.querySelectorAll("a")) {
        const target = link.getAttribute("href");
        if (!target.startsWith("#") || !document.getElementById(target.slice(1))) wrong.push(link.outerHTML);
      }
      for (const section of document.querySelectorAll("[aria-labelledby]")) {
        if (!document.getElementById(section.getAttribute("aria-labelledby"))) wrong.push(section.outerHTML.slice(0, 80));
      }
      return wrong;
    });
    assert.deepEqual(wrong, []);
    // The chart's bars are for the eye; its numbers say the same.
    const chart = await page.$$eval(".chart tbody tr", (rows) => rows.map((row) => ({
      bars: row.querySelectorAll("rect").length, hidden: row.querySelector("svg").getAttribute("aria-hidden"),
      numbers: Array.from(row.querySelectorAll(".number"), (cell) => Number(cell.textContent)),
    })));
    for (const { bars, hidden, numbers } of chart) {
      assert.equal(hidden, "true");
      assert.equal(bars, numbers.slice(0, 3).filter((number) => number > 0).length);
      assert.equal(numbers[0] + numbers[1] + numbers[2], numbers[3]);
    }
    assert.ok(chart.some(({ bars }) => bars > 0));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => location.hash), "#findings");
  },

  /** Every text stands out from what is behind it, by WCAG's own sum. */
  async contrast() {
    for (const scheme of SCHEMES) {
      for (const viewport of [DESK, PHONE]) {
        const { page } = await open({ scheme, viewport });
        const { seen, faint } = await page.evaluate(() => {
          const parse = (color) => {
            const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
            return { r, g, b, a };
          };
          const light = ({ r, g, b }) => {
            const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
            return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
          };
          const behind = (element) => {
            for (let one = element; one; one = one.parentElement) {
              const color = parse(getComputedStyle(one).backgroundColor);
              if (color.a === 1) return color;
            }
            return null;
          };
          const faint = [];
          let seen = 0;
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.textContent.trim() || element.closest("script, .hidden, .skip") || !element.checkVisibility()) continue;
            const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            seen += 1;
            if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
          }
          const fills = ["open", "unsure", "forced"].map((name) => {
            const bar = document.querySelector(`.fill-${name}`);
            const [a, b] = [light(parse(getComputedStyle(bar).fill)), light(behind(bar))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          });
          // WCAG 1.4.11: what is no text needs 3.
          fills.forEach((ratio) => { if (ratio < 3) faint.push(`a bar: ${ratio}`); });
          return { seen, faint };
        });
        assert.ok(seen > 100, `${seen} texts`);
        assert.deepEqual(faint, [], scheme);
      }
    }
  },

  /** An independent judge of accessibility finds nothing. */
  async axe() {
    const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const scheme of SCHEMES) {
      for (const viewport of [DESK, PHONE]) {
        const { page } = await open({ scheme, viewport });
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 90)).join(" | ")}`);
        assert.deepEqual(told, [], `${scheme} ${viewport.width}`);
        assert.ok(passes.length > 20, `${passes.length} rules`);
      }
    }
  },
};

try {
  await steps[step]();
} finally {
  await browser.close();
}

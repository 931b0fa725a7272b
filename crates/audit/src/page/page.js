
"use strict";
// Without this script the page says the same; it only sorts and leaves out.
(() => {
  const table = document.getElementById("found");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  let current = rows;
  const heads = Array.from(table.tHead.rows[0].cells);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const sort = (column, direction) => {
    const sign = direction === "ascending" ? 1 : -1;
    current = rows
      .map((row, place) => ({ row, place, key: value(row, column) }))
      .sort((a, b) => sign * order.compare(a.key, b.key) || a.place - b.place)
      .map(({ row }) => row);
    show();
    body.append(...current);
    for (const [place, head] of heads.entries()) {
      if (place === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    }
  };
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    button?.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      // Severities are wanted worst first.
      const first = head.dataset.first ?? "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      sort(column, now === first ? other : first);
    });
  });

  const words = document.getElementById("words");
  const least = document.getElementById("least");
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  // Thousands of rows take a browser seconds to lay out; nobody reads them all at once.
  let most = 400;
  const texts = new Map();
  const text = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const worst = Number(least.value);
    let count = 0;
    for (const row of current) {
      const good = Number(row.cells[0].dataset.sort) >= worst && wanted.every((word) => text(row).includes(word));
      if (good) count += 1;
      row.hidden = !good || count > most;
    }
    shown.textContent = `${Math.min(count, most)} of ${rows.length} shown`;
    more.hidden = count <= most;
    more.textContent = `Show all ${count}`;
  };
  const showAll = () => {
    most = Infinity;
    show();
  };
  words.addEventListener("input", show);
  least.addEventListener("change", show);
  words.form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", showAll);
  addEventListener("beforeprint", showAll);
  // A browser may have kept what was typed before a reload.
  words.form.hidden = false;
  show();
})();


"use strict";
// Without this script the page says the same; it only sorts and leaves out.
(() => {
  const table = document.getElementById("found");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const sort = (column, direction) => {
    const sign = direction === "ascending" ? 1 : -1;
    const sorted = rows
      .map((row, place) => ({ row, place, key: value(row, column) }))
      .sort((a, b) => sign * order.compare(a.key, b.key) || a.place - b.place)
      .map(({ row }) => row);
    body.append(...sorted);
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
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const good =
        Number(row.cells[0].dataset.sort) >= Number(least.value) &&
        wanted.every((word) => texts.get(row).includes(word));
      row.hidden = !good;
      if (good) count += 1;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  words.addEventListener("input", filter);
  least.addEventListener("change", filter);
  words.form.addEventListener("submit", (event) => event.preventDefault());
  // A browser may have kept what was typed before a reload.
  document.querySelector(".filter").hidden = false;
  filter();
})();

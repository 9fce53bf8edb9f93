// Everything on the page that is not the timeline: the head, and the tables below. Runs behind page.js,
// and draws the timeline at the end.
"use strict";

function addRow(table, cells, kind) {
  const line = table.insertRow();
  for (const cell of cells) {
    const place = kind === "head" ? line.appendChild(document.createElement("th")) : line.insertCell();
    if (cell instanceof Node) place.appendChild(cell);
    else place.textContent = cell;
  }
  if (kind) line.className = kind;
  return line;
}

function tellWorkers() {
  const table = byId("workers"), all = sumUp({ at: [], flat: [] });
  addRow(table, ["", "items", "busy", "", "mean wait", "longest", "mean run", "longest"], "head");
  const tellOne = (name, sum, of, kind) => addRow(table, [name, countText(sum.ran), timeText(sum.busy),
    ((100 * sum.busy) / of).toFixed(1) + " %", timeText(sum.wait / (sum.ran || 1)), timeText(sum.longestWait),
    timeText(sum.run / (sum.ran || 1)), timeText(sum.longestRun)], kind);
  for (const row of workers) {
    const sum = sumUp(row);
    tellOne(rowName(row), sum, wall, "worker");
    for (const key of ["ran", "busy", "wait", "run"]) all[key] += sum[key];
    for (const key of ["longestWait", "longestRun"]) all[key] = Math.max(all[key], sum[key]);
  }
  tellOne("all", all, wall * Math.max(workers.length, 1), "sum");
}

// Steps of 1, 2, 5, 10 ... ns.
function tellHistogram() {
  const limits = [];
  for (let ten = 1; ten < 1e14; ten *= 10) limits.push(ten, 2 * ten, 5 * ten);
  const counts = limits.map(() => 0), table = byId("histogram");
  for (const row of workers)
    for (const i of row.at) {
      const run = row.flat[i + ENDED] - row.flat[i + BEGAN];
      if (row.flat[i + BEGAN] >= 0) counts[limits.findIndex((limit) => run < limit)]++;
    }
  const most = counts.reduce((a, b) => Math.max(a, b), 1), last = counts.findLastIndex((count) => count > 0);
  for (let n = counts.findIndex((count) => count > 0); n >= 0 && n <= last; n++) {
    const bar = document.createElement("span");
    bar.className = "bar";
    bar.style.width = (180 * counts[n]) / most + "px";
    const line = addRow(table, ["below " + timeText(limits[n]), countText(counts[n]), bar]);
    line.lastChild.className = "word";
  }
}

function tellSlowest() {
  const slow = [], table = byId("slowest");
  for (const row of workers)
    for (const i of row.at) {
      const run = row.flat[i + ENDED] - row.flat[i + BEGAN];
      if (row.flat[i + BEGAN] < 0 || (slow.length === 10 && run <= slow[9].run)) continue;
      slow.push({ row, i, run });
      slow.sort((a, b) => b.run - a.run);
      slow.length = Math.min(slow.length, 10);
    }
  addRow(table, ["ran", "waited", "what", "worker", ""], "head");
  for (const { row, i, run } of slow) {
    const what = describe(row, i);
    const line = addRow(table, [timeText(run), timeText(what.wait), what.routine + ", " + what.place,
      String(row.worker), what.outcome], "link");
    line.cells[2].className = line.cells[4].className = "word";
    line.addEventListener("click", () => {
      pointed = { row, i, number: rows.indexOf(row) };
      show(row.begin(i) - run, row.flat[i + ENDED] + run);
      canvas.scrollIntoView({ block: "nearest" });
    });
  }
}

function tellHead() {
  const title = data.pool !== "" ? data.pool : "manyhands";
  document.title = title + ": timeline";
  byId("title").textContent = title;
  const lost = data.lost > 0 ? "; " + countText(data.lost) + " more are not known" : "";
  const never = facts.never > 0 ? ", " + countText(facts.never) + " never ran" : "";
  byId("head").textContent = plural(facts.items, "item") + " in " + timeText(facts.items > 0 ? wall : 0) + ", " +
    plural(workers.length, "worker") + " (" + data.kind + ")" + never + lost;
  OUTCOMES.forEach((outcome, n) => {
    if (facts.outcomes[n] === 0) return;
    const entry = document.createElement("li"), swatch = document.createElement("i");
    swatch.style.background = "var(" + outcome.color + ")";
    entry.append(swatch, outcome.name + " " + countText(facts.outcomes[n]));
    byId("legend").append(entry);
  });
}

tellHead();
tellWorkers();
tellHistogram();
tellSlowest();
draw();

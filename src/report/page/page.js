// The timeline of a run. What is drawn comes from the JSON in #data: for each worker the numbers of
// its items in a row, seven for each, with times in ns from the opening of the pool on.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const QUEUED = 0, BEGAN = 1, ENDED = 2, ROUTINE = 3, OUTCOME = 4, MAP = 5, INDEX = 6, FIELDS = 7;
const OUTCOMES = [
  { name: "done", color: "--done" },
  { name: "failed", color: "--failed" },
  { name: "crashed", color: "--crashed" },
  { name: "timed out", color: "--late" },
  { name: "cancelled", color: "--cancelled" },
];
const byId = (id) => document.getElementById(id);

// ---- words --------------------------------------------------------------------------------------

function timeText(ns) {
  const units = ["ns", "\u00b5s", "ms", "s"];
  let unit = 0;
  for (; ns >= 1000 && unit < 3; unit++) ns /= 1000;
  const digits = unit === 0 || ns >= 100 ? 0 : ns >= 10 ? 1 : 2;
  return ns.toFixed(digits) + " " + units[unit];
}

const countText = (count) => count.toLocaleString("en").replace(/,/g, "\u202f");
const plural = (count, word) => countText(count) + " " + word + (count === 1 ? "" : "s");
const rowName = (row) => (row.worker < 0 ? "never ran" : "worker " + row.worker);

// ---- the items ----------------------------------------------------------------------------------

// An item is a row and the place of its seven numbers there. Items are put in the order in which they
// begin; one that ran inside another, which waited for it, is one step deeper.
function makeRow(track) {
  const flat = track.items, count = flat.length / FIELDS, never = track.worker < 0;
  const at = Array.from({ length: count }, (_, i) => i * FIELDS);
  const begin = (i) => (flat[i + BEGAN] < 0 ? flat[i + ENDED] : flat[i + BEGAN]);
  at.sort((a, b) => begin(a) - begin(b) || flat[b + ENDED] - flat[a + ENDED]);
  const row = { worker: track.worker, flat, at, begin, never, depth: new Uint8Array(count), latest: [] };
  const open = [];
  let latest = 0;
  at.forEach((i, n) => {
    while (open.length > 0 && open[open.length - 1] <= begin(i)) open.pop();
    row.depth[n] = Math.min(open.length, 3);
    open.push(flat[i + ENDED]);
    latest = Math.max(latest, flat[i + ENDED]);
    row.latest.push(latest); // of all ends so far: where a search may begin
  });
  return row;
}

const rows = data.tracks.map(makeRow);
const workers = rows.filter((row) => !row.never);

function sumUp(row) {
  const sum = { ran: 0, busy: 0, wait: 0, run: 0, longestWait: 0, longestRun: 0 };
  let until = 0;
  for (const i of row.at) {
    if (row.flat[i + BEGAN] < 0) continue;
    const began = row.flat[i + BEGAN], ended = row.flat[i + ENDED];
    const wait = began - row.flat[i + QUEUED], run = ended - began;
    sum.ran++;
    sum.wait += wait;
    sum.run += run;
    sum.longestWait = Math.max(sum.longestWait, wait);
    sum.longestRun = Math.max(sum.longestRun, run);
    sum.busy += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return sum;
}

const facts = { items: 0, outcomes: [0, 0, 0, 0, 0], first: Infinity, last: 0, never: 0 };
for (const row of rows)
  for (const i of row.at) {
    facts.items++;
    facts.outcomes[row.flat[i + OUTCOME]]++;
    facts.never += row.flat[i + BEGAN] < 0 ? 1 : 0;
    facts.first = Math.min(facts.first, row.flat[i + QUEUED]);
    facts.last = Math.max(facts.last, row.flat[i + ENDED]);
  }
if (facts.items === 0) facts.first = 0;
const wall = Math.max(facts.last - facts.first, 1);

function describe(row, i) {
  const f = row.flat, has_run = f[i + BEGAN] >= 0;
  const place = f[i + MAP] > 0 ? "map " + f[i + MAP] + ", item " + f[i + INDEX] : "task " + f[i + INDEX];
  return {
    place,
    routine: data.routines[f[i + ROUTINE]] || "routine",
    outcome: OUTCOMES[f[i + OUTCOME]].name,
    run: has_run ? f[i + ENDED] - f[i + BEGAN] : 0,
    wait: (has_run ? f[i + BEGAN] : f[i + ENDED]) - f[i + QUEUED],
  };
}

// ---- the view -----------------------------------------------------------------------------------

const canvas = byId("timeline"), pen = canvas.getContext("2d");
const GUTTER = 92, AXIS = 24, RIGHT = 14;
const rowHeight = Math.max(8, Math.min(30, Math.floor(420 / Math.max(rows.length, 1))));
const margin = wall * 0.01;
const whole = { from: facts.first - margin, to: facts.last + margin };
let view = { ...whole }, pointed = null, width = 0;

const inner = () => Math.max(width - GUTTER - RIGHT, 1);
const xOf = (ns) => GUTTER + ((ns - view.from) / (view.to - view.from)) * inner();
const nsAt = (x) => view.from + ((x - GUTTER) / inner()) * (view.to - view.from);

function show(from, to) {
  const span = Math.min(Math.max(to - from, 10), (whole.to - whole.from) * 1.5);
  const middle = Math.min(Math.max((from + to) / 2, whole.from), whole.to);
  view = { from: middle - span / 2, to: middle + span / 2 };
  draw();
}

function zoom(factor, around) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

// The first in the order of beginning that may reach into the view.
function firstSeen(row) {
  let low = 0, high = row.at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row.latest[middle] < view.from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const style = getComputedStyle(document.documentElement);
const color = (name) => style.getPropertyValue(name).trim();

// ---- drawing ------------------------------------------------------------------------------------

function tick(span) {
  let step = Math.pow(10, Math.ceil(Math.log10(span / (inner() / 90))));
  if (step / 5 >= span / (inner() / 90)) step /= 5;
  else if (step / 2 >= span / (inner() / 90)) step /= 2;
  return Math.max(step, 1);
}

function drawAxis(height) {
  const step = tick(view.to - view.from);
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  for (let n = Math.ceil((view.from - facts.first) / step); n * step + facts.first <= view.to; n++) {
    const x = Math.round(xOf(n * step + facts.first)) + 0.5;
    if (x < GUTTER) continue;
    pen.strokeStyle = color("--line");
    pen.beginPath();
    pen.moveTo(x, AXIS);
    pen.lineTo(x, height);
    pen.stroke();
    pen.fillStyle = color("--faint");
    const text = n === 0 ? "0" : (n < 0 ? "\u2212" : "") + timeText(Math.abs(n * step));
    pen.fillText(text, Math.min(x, width - 26), AXIS / 2);
  }
}

// All items of an outcome in a row. What is thinner than a pixel is drawn once for all that share it;
// what did not go well is never too thin to be seen.
function drawItems(row, top, outcome) {
  const f = row.flat, least = outcome === 0 ? 0.6 : 2;
  const seen = [GUTTER, GUTTER, GUTTER, GUTTER]; // up to where each depth is painted
  pen.fillStyle = color(OUTCOMES[outcome].color);
  for (let n = firstSeen(row); n < row.at.length; n++) {
    const i = row.at[n], depth = row.depth[n];
    if (row.begin(i) > view.to) break;
    if (f[i + OUTCOME] !== outcome) continue;
    const from = Math.max(xOf(row.begin(i)), seen[depth]);
    const to = Math.min(Math.max(xOf(f[i + ENDED]), xOf(row.begin(i)) + least), width - RIGHT);
    if (to - from < 0.4) continue;
    const inset = Math.min(3 + depth * 4, rowHeight / 2 - 2);
    const gap = to - from > 3 ? 0.6 : 0;
    if (depth > 0) pen.clearRect(from, top + inset - 1, to - from, rowHeight - 2 * inset + 2);
    pen.fillRect(from, top + inset, to - from - gap, rowHeight - 2 * inset);
    seen[depth] = to;
  }
}

function drawNames(row, top) {
  if (rowHeight < 11) return;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  for (let n = firstSeen(row); n < row.at.length && row.begin(row.at[n]) <= view.to; n++) {
    const i = row.at[n], from = Math.max(xOf(row.begin(i)), GUTTER);
    const room = Math.min(xOf(row.flat[i + ENDED]), width - RIGHT) - from - 8;
    if (room < 24 || row.depth[n] > 0) continue;
    const what = describe(row, i), long = what.routine + " " + row.flat[i + INDEX];
    const text = [long, String(row.flat[i + INDEX])].find((t) => pen.measureText(t).width <= room);
    pen.fillStyle = "#fff";
    if (text !== undefined) pen.fillText(text, from + 4, top + rowHeight / 2);
  }
}

function drawRow(row, number) {
  const top = AXIS + number * rowHeight;
  if (number % 2 === 1) {
    pen.fillStyle = color("--ground");
    pen.globalAlpha = 0.6;
    pen.fillRect(0, top, width, rowHeight);
    pen.globalAlpha = 1;
  }
  for (let outcome = 0; outcome < OUTCOMES.length; outcome++) drawItems(row, top, outcome);
  drawNames(row, top);
  pen.fillStyle = color("--faint");
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.font = Math.min(12, rowHeight) + "px system-ui, sans-serif";
  if (rowHeight >= 10 || number % 2 === 0) pen.fillText(rowName(row), 10, top + rowHeight / 2);
}

// What the pointer is on: an outline, and a thin line back to when it was queued.
function drawPointed() {
  if (pointed === null) return;
  const { row, i, number } = pointed, f = row.flat, top = AXIS + number * rowHeight;
  const from = Math.max(xOf(row.begin(i)), GUTTER), to = Math.max(xOf(f[i + ENDED]), from + 2);
  pen.strokeStyle = color("--ink");
  pen.lineWidth = 1.5;
  pen.strokeRect(from, top + 2, to - from, rowHeight - 4);
  pen.beginPath();
  pen.moveTo(Math.max(xOf(f[i + QUEUED]), GUTTER), top + rowHeight / 2);
  pen.lineTo(from, top + rowHeight / 2);
  pen.stroke();
  pen.lineWidth = 1;
}

function draw() {
  const ratio = window.devicePixelRatio || 1, height = AXIS + rows.length * rowHeight + 6;
  width = byId("frame").clientWidth;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = height + "px";
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  drawAxis(height);
  rows.forEach(drawRow);
  drawPointed();
}

// ---- pointing -----------------------------------------------------------------------------------

// The innermost item at a place, or the nearest one that is too thin to be hit.
function find(x, y) {
  const number = Math.floor((y - AXIS) / rowHeight), row = rows[number];
  if (row === undefined || y < AXIS || x < GUTTER) return null;
  let best = null, bestDistance = 4;
  for (let n = firstSeen(row); n < row.at.length; n++) {
    const i = row.at[n], from = xOf(row.begin(i)), to = xOf(row.flat[i + ENDED]);
    if (from > x + 4) break;
    const distance = x < from ? from - x : x > to ? x - to : -row.depth[n];
    if (distance < bestDistance) {
      best = { row, i, number };
      bestDistance = distance;
    }
  }
  return best;
}

function tell(event) {
  const tip = byId("tip");
  tip.hidden = pointed === null;
  if (pointed === null) return;
  const what = describe(pointed.row, pointed.i), ran = pointed.row.flat[pointed.i + BEGAN] >= 0;
  const begin = pointed.row.begin(pointed.i) - facts.first;
  tip.textContent = what.routine + "\n" + what.place + ": " + what.outcome + "\n" +
    (ran ? rowName(pointed.row) + ", ran " + timeText(what.run) + " from " + timeText(begin) + " on\n" : "") +
    (ran ? "waited " : "never ran; waited ") + timeText(what.wait);
  tip.style.left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8) + "px";
}

let drag = null;
canvas.addEventListener("pointerdown", (event) => {
  drag = { x: event.offsetX, from: view.from, to: view.to };
  canvas.setPointerCapture(event.pointerId);
  canvas.classList.add("moving");
});
canvas.addEventListener("pointerup", () => {
  drag = null;
  canvas.classList.remove("moving");
});
canvas.addEventListener("pointermove", (event) => {
  if (drag !== null) {
    const moved = ((drag.x - event.offsetX) / inner()) * (drag.to - drag.from);
    show(drag.from + moved, drag.to + moved);
    return;
  }
  pointed = find(event.offsetX, event.offsetY);
  draw();
  tell(event);
});
canvas.addEventListener("pointerleave", () => {
  pointed = null;
  byId("tip").hidden = true;
  draw();
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const span = view.to - view.from;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const moved = ((event.deltaX || event.deltaY) / inner()) * span;
    show(view.from + moved, view.to + moved);
  } else {
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), nsAt(event.offsetX));
  }
}, { passive: false });

const middle = () => (view.from + view.to) / 2;
const showAll = () => show(whole.from, whole.to);
canvas.addEventListener("dblclick", showAll);
byId("nearer").addEventListener("click", () => zoom(0.5, middle()));
byId("farther").addEventListener("click", () => zoom(2, middle()));
byId("whole").addEventListener("click", showAll);
const keys = {
  "+": () => zoom(0.5, middle()), "=": () => zoom(0.5, middle()), "-": () => zoom(2, middle()), "0": showAll,
  ArrowLeft: () => show(view.from - (view.to - view.from) / 5, view.to - (view.to - view.from) / 5),
  ArrowRight: () => show(view.from + (view.to - view.from) / 5, view.to + (view.to - view.from) / 5),
};
canvas.addEventListener("keydown", (event) => {
  if (keys[event.key] === undefined || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  keys[event.key]();
});
window.addEventListener("resize", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

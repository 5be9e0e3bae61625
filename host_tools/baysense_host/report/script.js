"use strict";
// Zoom moves the view box of every panel; the read-out takes its numbers back out of the paths.

const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
const DAY_S = 86400;
const SHORTEST_S = 20;

const two = (n) => String(n).padStart(2, "0");
const timeOfDay = (t) => `${two(Math.floor((t % DAY_S) / 3600))}:${two(Math.floor((t % 3600) / 60))}`;

function points(path) {
  const numbers = path.getAttribute("d").match(/-?\d+/g).map(Number);
  const times = [], values = [];
  let x = 0, y = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    x += numbers[i];
    y += numbers[i + 1];
    times.push(x);
    values.push(-y / 100);
  }
  const ends = path.dataset.ground ? 1 : 0;
  return { times: times.slice(ends, times.length - ends), values: values.slice(ends, values.length - ends) };
}

function valueAt(series, t) {
  const { times, values } = series;
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < t) low = middle + 1; else high = middle;
  }
  const before = Math.max(low - 1, 0);
  return Math.abs(times[before] - t) < Math.abs(times[low] - t) ? values[before] : values[low];
}

function spans(figure, row) {
  return [...figure.querySelectorAll(`rect.${row}`)].map((rect) => ({
    from: Number(rect.getAttribute("x")),
    to: Number(rect.getAttribute("x")) + Number(rect.getAttribute("width")),
    state: rect.classList[1],
    note: rect.dataset.note || "",
  }));
}

function timeline(figure) {
  const span = Number(figure.dataset.span);
  const plots = figure.querySelector(".plots");
  const axis = figure.querySelector(".axis");
  const cursor = figure.querySelector(".cursor");
  const picked = figure.querySelector(".picked");
  const output = figure.querySelector("output");
  const panels = [...figure.querySelectorAll(".panel svg")];
  const truth = spans(figure, "truth"), reported = spans(figure, "reported");
  const series = [...figure.querySelectorAll("[data-curve]")].map((cell) => {
    const path = figure.querySelector(`path.curve.${cell.dataset.curve}`);
    return { cell, ...(path ? points(path) : { times: [], values: [] }) };
  });
  let from = 0, to = span, at = null, dragged = null;

  const dayOf = (t) => (span > DAY_S ? `day ${Math.floor(t / DAY_S) + 1} ` : "");
  const left = () => axis.offsetLeft;
  const timeAt = (event) => {
    const x = event.clientX - plots.getBoundingClientRect().left - left();
    return Math.min(to, Math.max(from, from + (x / axis.clientWidth) * (to - from)));
  };
  const place = (t) => left() + ((t - from) / (to - from)) * axis.clientWidth;

  function drawAxis() {
    const room = Math.max(2, Math.floor(axis.clientWidth / 74));
    const step = STEPS_S.find((s) => (to - from) / s <= room) || span;
    axis.replaceChildren();
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
      const mark = document.createElement("span");
      const midnight = t % DAY_S === 0 && span > DAY_S && t < span;
      mark.textContent = midnight ? `day ${t / DAY_S + 1}` : timeOfDay(t) + (step < 60 ? `:${two(t % 60)}` : "");
      if (t === span && t % DAY_S === 0) mark.textContent = "24:00";
      mark.style.left = `${((t - from) / (to - from)) * 100}%`;
      if (t > to - (to - from) * 0.02) mark.className = "last";
      axis.append(mark);
    }
  }

  function show(newFrom, newTo) {
    const width = Math.min(span, Math.max(SHORTEST_S, newTo - newFrom));
    from = Math.min(Math.max(0, newFrom), span - width);
    to = from + width;
    for (const svg of panels) {
      const [, y, , height] = svg.getAttribute("viewBox").split(" ");
      svg.setAttribute("viewBox", `${from} ${y} ${width} ${height}`);
    }
    drawAxis();
    read(at);
  }

  function zoom(factor) {
    const middle = at === null ? (from + to) / 2 : at;
    const width = (to - from) * factor;
    show(middle - ((middle - from) / (to - from)) * width, middle + ((to - middle) / (to - from)) * width);
  }

  function strong(text) {
    const b = document.createElement("b");
    b.textContent = text;
    return b;
  }

  function read(t) {
    at = t;
    cursor.style.display = t === null || t < from || t > to ? "none" : "block";
    if (t === null) return;
    cursor.style.left = `${place(t)}px`;
    const real = truth.find((s) => s.from <= t && t < s.to), said = reported.find((s) => s.from <= t && t < s.to);
    const because = (s) => (s && s.note ? ` (${s.note})` : "");
    output.replaceChildren(
      strong(`${dayOf(t)}${timeOfDay(t)}:${two(Math.floor(t % 60))}`),
      "  bay ", strong(real ? real.state : "–"), because(real),
      ", device ", strong(said ? said.state : "–"), because(said),
    );
    for (const one of series) if (one.times.length) one.cell.textContent = valueAt(one, t).toFixed(1);
  }

  function drag(event) {
    const t = timeAt(event);
    read(t);
    if (dragged === null) return;
    picked.style.display = "block";
    picked.style.left = `${Math.min(place(dragged), place(t))}px`;
    picked.style.width = `${Math.abs(place(t) - place(dragged))}px`;
  }

  plots.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) {
      dragged = timeAt(event);
      plots.setPointerCapture(event.pointerId);
    }
    drag(event);
  });
  plots.addEventListener("pointermove", drag);
  plots.addEventListener("pointerup", (event) => {
    const start = dragged, end = timeAt(event);
    dragged = null;
    picked.style.display = "none";
    if (start !== null && Math.abs(place(end) - place(start)) > 8) show(Math.min(start, end), Math.max(start, end));
  });
  plots.addEventListener("pointercancel", () => {
    dragged = null;
    picked.style.display = "none";
  });
  plots.addEventListener("dblclick", () => show(0, span));
  const acts = { in: () => zoom(0.5), out: () => zoom(2), all: () => show(0, span) };
  for (const button of figure.querySelectorAll("button")) button.addEventListener("click", acts[button.dataset.zoom]);
  figure.addEventListener("keydown", (event) => {
    const step = (to - from) / 200, now = at === null ? (from + to) / 2 : at;
    const keys = {
      ArrowLeft: () => read(Math.max(from, now - step)), ArrowRight: () => read(Math.min(to, now + step)),
      "+": acts.in, "-": acts.out, Escape: acts.all,
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  new ResizeObserver(() => { drawAxis(); read(at); }).observe(axis);
  show(0, span);
}

document.querySelectorAll(".timeline").forEach(timeline);

/* Maps: outlines that were projected when the atlas was built, coloured here. */

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function pick(colours, index, count) {
  if (count <= 1) return colours[Math.floor(colours.length / 2)];
  return colours[Math.round((index * (colours.length - 1)) / (count - 1))];
}

/* Classes are open below and closed above, so that zero itself is no surplus. */
function painter(measure, breaks) {
  if (measure.categories) {
    const scheme = theme()[measure.scheme];
    return {
      colour: (value) => scheme[value] ?? theme().tokens.$nodata,
      classOf: (value) => measure.categories.findIndex(([key]) => key === value),
      legend: () => ({ rising: false, title: say(measure.label),
        items: measure.categories.map(([key, label]) =>
          ({ label: say(label), colour: scheme[key], hatched: key === "undecided" })) }),
    };
  }
  const middle = measure.middle ?? 0;
  const below = breaks.filter((limit) => limit < middle).length;
  const signed = breaks.includes(middle);
  const above = breaks.length - below;
  // A side with fewer classes takes the shades that lie as far from the middle.
  const most = Math.max(below + 1, above);
  const colours = Array.from({ length: breaks.length + 1 }, (_, index) => {
    if (!signed) return pick(theme().ramp, index, breaks.length + 1);
    return index <= below ? pick(theme().negative, most - 1 - (below - index), most)
      : pick(theme().positive, index - below - 1, most);
  });
  const classOf = (value) => {
    let index = 0;
    while (index < breaks.length && value > breaks[index]) index += 1;
    return index;
  };
  const limit = (value) => value.toLocaleString("en", { maximumSignificantDigits: 6 })
    .replace("-", "−");
  const labels = [say("up to {0}", limit(breaks[0])),
    ...breaks.slice(1).map((high, index) => say("{0} to {1}", limit(breaks[index]), limit(high))),
    say("above {0}", limit(breaks[breaks.length - 1]))];
  return {
    colour: (value) => (value === null || value === undefined || Number.isNaN(value)
      ? theme().tokens.$nodata : colours[classOf(value)]),
    classOf,
    legend: ({ label, unit }) => ({ rising: true, title: `${say(label)} (${unit})`,
      items: colours.map((colour, index) => ({ colour, label: labels[index] })) }),
  };
}

/* What each place of a map shows: its colour, its class in the legend, and its words. */
function coloured_places(levelName, measure, values, breaks, { low, high } = {}) {
  const paint = painter(measure, breaks);
  const legend = paint.legend(measure);
  legend.items.forEach((item) => { item.count = 0; });
  let unknown = 0;
  const places = new Map(A.data.shapes.levels[levelName].map(([id]) => {
    const raw = values.get(id) ?? null;
    const value = raw === null || measure.categories ? raw : raw * (measure.scale ?? 1);
    if (value === null) unknown += 1;
    else if (legend.items[paint.classOf(value)]) legend.items[paint.classOf(value)].count += 1;
    const category = measure.categories?.find(([key]) => key === raw);
    const range = low?.get(id) === undefined || low.get(id) === null ? ""
      : ` (${shownNumber(low.get(id))} ${say("to")} ${shownNumber(high.get(id))})`;
    return [id, {
      id, value,
      fill: value === null ? theme().tokens.$nodata : paint.colour(value),
      hatched: raw === "undecided",
      label: A.nameOf(levelName, id),
      shown: category ? say(category[1])
        : value === null ? say("no data") : `${shownNumber(value)} ${measure.unit}${range}`,
      address: `place.html#${levelName}/${encodeURIComponent(id)}`,
    }];
  }));
  if (unknown) legend.items.push({ ...unknownItem(), count: unknown });
  return { places, legend };
}

const unknownItem = () =>
  ({ colour: theme().tokens.$nodata, label: say("no data"), unknown: true });

/* Beside the map the highest class stands on top, below it the lowest comes first. */
function drawLegend(holder, legend) {
  const list = element("ul", { class: legend.rising ? "rising" : null },
    ...legend.items.map((item) => {
      const swatch = element("span", { class: item.hatched ? "swatch hatched" : "swatch" });
      swatch.style.backgroundColor = item.colour;
      return element("li", { class: item.unknown ? "unknown" : null }, swatch,
        element("span", {}, item.label),
        item.count === undefined ? null : element("small", {}, ` ${item.count}`));
    }));
  $(".legend", holder).replaceChildren(element("p", {}, legend.title), list);
  holder.legend = legend;
}

const hatching = (name) => svg("pattern", { id: name, width: 36, height: 36,
  patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
svg("rect", { width: 36, height: 36, fill: theme().verdicts.undecided }),
svg("rect", { width: 13, height: 36, fill: theme().tokens.$muted, "fill-opacity": 0.55 }));

const thin = { "vector-effect": "non-scaling-stroke" };

function outlines(list, places, hatch) {
  const { $paper, $border } = theme().tokens;
  return list.map(([id, path]) => {
    const place = places.get(id);
    return svg("path", { d: path, "data-id": id, ...thin,
      fill: place?.hatched ? `url(#${hatch})` : place?.fill ?? "none",
      stroke: place ? $paper : $border, "stroke-width": 0.5 });
  });
}

const bordersOf = (lists) => svg("g", { class: "borders", "pointer-events": "none", fill: "none" },
  ...lists.map(([, path]) => svg("path", { d: path, ...thin, stroke: theme().tokens.$border,
    "stroke-width": 0.9 })));

const OUTER = { city: "province", province: "region", region: "region" };

/* Draw a map and make it answer: pointer, tap, arrow keys, wheel and pinch.
   ``circles`` are totals: the area of a circle is the value. ``cells`` is a picture of a grid. */
function drawMap(stage, { anchor, level, places, title, circles, cells, chosen: picked = [],
  onPick }) {
  const { width, height, levels, inset } = A.data.shapes;
  const hatch = `hatch-${anchor}`;
  const borders = levels[OUTER[level]]?.length ? OUTER[level] : level;
  const zoomed = svg("g", { class: "zoomed" });
  if (cells) {
    zoomed.append(svg("image", { href: cells, width, height, preserveAspectRatio: "none",
      "image-rendering": "pixelated" }));
  }
  zoomed.append(svg("g", { class: "places" }, ...outlines(levels[level], places, hatch)),
    bordersOf(levels[borders]));
  if (circles) zoomed.append(circlesOf(levels[level], places));
  const ring = svg("path", { class: "ring", fill: "none", "pointer-events": "none",
    stroke: theme().tokens.$ink, "stroke-width": 2.5, ...thin });
  const kept = picked.map((id) => svg("path", { fill: "none", "pointer-events": "none",
    d: levels[level].find(([key]) => key === id)?.[1] ?? "", stroke: theme().tokens.$accent,
    "stroke-width": 3, ...thin }));
  zoomed.append(...kept, ring);
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "map-svg", role: "img",
    "aria-label": title, tabindex: 0 }, svg("defs", {}, hatching(hatch)), zoomed);
  if (inset && inset.levels[level]?.length) drawn.append(insetOf(inset, level, borders, places, hatch));
  const frame = element("div", { class: "map-frame" });
  frame.append(drawn);
  const card = element("div", { class: "map-card", hidden: "" });
  frame.append(card, zoomButtons(drawn, zoomed, width, height));
  stage.replaceChildren(frame);
  answer({ frame, drawn, card, ring, level, places, onPick });
  return drawn;
}

function circlesOf(list, places) {
  const largest = Math.max(...[...places.values()].map(({ value }) => Math.abs(value ?? 0)), 1e-12);
  const { width } = A.data.shapes;
  const sized = list.map(([id, , [x, y]]) => ({ id, x, y, place: places.get(id),
    radius: Math.sqrt(Math.abs(places.get(id)?.value ?? 0) / largest) * (width / 42) }))
    .filter(({ radius }) => radius > 0).sort((a, b) => b.radius - a.radius);
  return svg("g", { class: "circles", "pointer-events": "none" }, ...sized.map((one) =>
    svg("circle", { cx: one.x, cy: one.y, r: Math.max(one.radius, 6).toFixed(1),
      fill: one.place.circle ?? one.place.fill, "fill-opacity": 0.82, stroke: theme().tokens.$paper,
      "stroke-width": 0.7, ...thin })));
}

function insetOf(inset, level, borders, places, hatch) {
  const [x, y, width, height] = inset.box;
  const clip = `${hatch}-box`;
  return svg("g", { class: "inset" },
    svg("clipPath", { id: clip }, svg("rect", { x, y, width, height })),
    svg("rect", { x, y, width, height, fill: theme().tokens.$paper }),
    svg("g", { "clip-path": `url(#${clip})` }, ...outlines(inset.levels[level], places, hatch),
      bordersOf(inset.levels[borders] ?? [])),
    svg("rect", { x, y, width, height, fill: "none", stroke: theme().tokens.$muted, ...thin }));
}

/* -- zoom: buttons, double click, wheel with Ctrl, pinch, and dragging once it is larger */

function zoomButtons(drawn, zoomed, width, height) {
  let [factor, left, top] = [1, 0, 0];
  const show = () => {
    left = Math.min(0, Math.max(width * (1 - factor), left));
    top = Math.min(0, Math.max(height * (1 - factor), top));
    zoomed.setAttribute("transform", `translate(${left} ${top}) scale(${factor})`);
    drawn.classList.toggle("large", factor > 1);
  };
  const zoom = (by, x = width / 2, y = height / 2) => {
    const next = Math.min(16, Math.max(1, factor * by));
    left = x - ((x - left) * next) / factor;
    top = y - ((y - top) * next) / factor;
    factor = next;
    show();
  };
  const at = (event) => {
    const box = drawn.getBoundingClientRect();
    return [((event.clientX - box.left) * width) / box.width,
      ((event.clientY - box.top) * height) / box.height];
  };
  drawn.addEventListener("wheel", (event) => {
    // Without Ctrl the wheel scrolls the page; a pinch on a pad comes with Ctrl.
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 200), ...at(event));
  }, { passive: false });
  drawn.addEventListener("dblclick", (event) => zoom(2, ...at(event)));
  const fingers = new Map();
  drawn.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
  drawn.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before || factor === 1 && fingers.size < 2) return;
    const box = drawn.getBoundingClientRect();
    if (fingers.size === 2) {
      const [other] = [...fingers.values()].filter((one) => one.pointerId !== event.pointerId);
      const span = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      zoom(span(event) / Math.max(span(before), 1), ...at(event));
    } else {
      left += ((event.clientX - before.clientX) * width) / box.width;
      top += ((event.clientY - before.clientY) * height) / box.height;
      show();
    }
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    drawn.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  const button = (text, label, act) => {
    const made = element("button", { type: "button", "aria-label": say(label) }, text);
    made.addEventListener("click", act);
    return made;
  };
  return element("div", { class: "zoom" }, button("+", "Zoom in", () => zoom(1.6)),
    button("−", "Zoom out", () => zoom(1 / 1.6)),
    button("⌂", "Show the whole map", () => { factor = 1; show(); }));
}

/* -- what the reader points at */

function answer({ frame, drawn, card, ring, level, places, onPick }) {
  const list = A.data.shapes.levels[level];
  const known = new Map(list.map((one) => [one[0], one]));
  let current = null;
  let pinned = false;

  const show = (id, x, y) => {
    const place = places.get(id);
    if (!place) return;
    if (id !== current) {
      current = id;
      ring.setAttribute("d", known.get(id)[1]);
      const name = element("strong", {}, place.label);
      const open = element("a", { href: place.address }, say("Open its page"));
      const pick = onPick
        ? element("button", { type: "button" }, say(onPick.label(id))) : null;
      pick?.addEventListener("click", () => onPick.act(id));
      card.replaceChildren(name, element("p", {}, place.shown),
        ...(place.more ?? []).map((line) => element("p", { class: "hint" }, line)),
        element("p", { class: "acts" }, open, pick));
      frame.dataset.current = id;
    }
    card.hidden = false;
    const box = frame.getBoundingClientRect();
    const left = Math.min(Math.max(0, x - box.left + 14), Math.max(0, box.width - card.offsetWidth));
    const below = y - box.top + 16;
    const top = below + card.offsetHeight > box.height ? y - box.top - card.offsetHeight - 10 : below;
    card.style.left = `${left}px`;
    card.style.top = `${Math.max(0, top)}px`;
  };
  const hide = () => {
    current = null;
    pinned = false;
    card.hidden = true;
    card.classList.remove("pinned");
    ring.setAttribute("d", "");
    delete frame.dataset.current;
  };
  const pin = (id, x, y) => {
    show(id, x, y);
    pinned = true;
    card.classList.add("pinned");
    frame.dataset.pinned = id;
  };
  const idAt = (event) => event.target.closest?.("[data-id]")?.dataset.id;
  drawn.addEventListener("pointermove", (event) => {
    if (pinned || event.pointerType === "touch") return;
    const id = idAt(event);
    if (id) show(id, event.clientX, event.clientY); else hide();
  });
  drawn.addEventListener("pointerleave", () => { if (!pinned) hide(); });
  drawn.addEventListener("click", (event) => {
    const id = idAt(event);
    if (id) pin(id, event.clientX, event.clientY); else hide();
  });
  /* The next place in the direction of an arrow, from the middle of this one. */
  const beside = (id, [right, down]) => {
    const [, , [x, y]] = known.get(id);
    const reach = ([key, , [left, top]]) => {
      const along = (left - x) * right + (top - y) * down;
      const across = Math.abs((left - x) * down) + Math.abs((top - y) * right);
      return key === id || along <= 0 || across > 1.2 * along ? Infinity : along + 1.5 * across;
    };
    const best = list.reduce((a, b) => (reach(b) < reach(a) ? b : a));
    return reach(best) === Infinity ? id : best[0];
  };
  const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  drawn.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hide(); return; }
    if (event.key === "Enter" && current) { A.open(places.get(current).address); return; }
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    const { width, height } = A.data.shapes;
    const middle = () => list.reduce((a, b) => (
      Math.hypot(b[2][0] - width / 2, b[2][1] - height / 2)
      < Math.hypot(a[2][0] - width / 2, a[2][1] - height / 2) ? b : a))[0];
    const next = current ? beside(current, ARROWS[event.key]) : middle();
    const at = new DOMPoint(...known.get(next)[2]).matrixTransform(drawn.getScreenCTM());
    pin(next, at.x, at.y);
  });
}

/* -- cells: a picture of the grid under the borders */

function cellsPicture(rows, column, paint, scale, resolution) {
  const { width, height, projection } = A.data.shapes;
  const canvas = element("canvas", { width: Math.round(width / 2), height: Math.round(height / 2) });
  const pen = canvas.getContext("2d");
  pen.scale(0.5, 0.5);
  const flat = flattened(projection);
  for (const row of rows) {
    const high = (resolution ?? Math.sqrt(row.area_km2) / 111.2) / 2;
    const wide = resolution ? high : high / Math.cos((row.latitude * Math.PI) / 180);
    pen.fillStyle = paint.colour(row[column] * scale);
    pen.beginPath();
    for (const [dx, dy] of [[-1, -1], [-1, 1], [1, 1], [1, -1]]) {
      pen.lineTo(...flat(row.longitude + dx * wide * 1.03, row.latitude + dy * high * 1.03));
    }
    pen.fill();
  }
  return canvas.toDataURL("image/png");
}

/* Lambert's azimuthal equal-area projection, as carbon's shapes.py draws it. */
const flattened = ({ longitude, latitude, scale, x, y }) => {
  const rad = Math.PI / 180;
  const [sine, cosine] = [Math.sin(latitude * rad), Math.cos(latitude * rad)];
  return (east, north) => {
    const turn = (east - longitude) * rad;
    const [up, across] = [Math.sin(north * rad), Math.cos(north * rad)];
    const stretch = Math.sqrt(2 / (1 + sine * up + cosine * across * Math.cos(turn)));
    return [x + scale * stretch * across * Math.sin(turn),
      y - scale * stretch * (cosine * up - sine * across * Math.cos(turn))];
  };
};

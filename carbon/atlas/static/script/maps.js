/* Maps: projection, classes, colours and legend. */

function mapSpec(figure, holder, highest = Math.max(window.innerHeight * 0.72, 420)) {
  const { view } = A.data.shapes;
  const spec = structuredClone(figure.spec);
  const width = $(".stage", holder).clientWidth;
  const height = Math.round(Math.min(width * view.aspect, highest));
  spec.width = width;
  spec.height = height;
  spec.autosize = { type: "none" };
  spec.padding = 0;
  const projection = { type: "azimuthalEqualArea",
    rotate: [-view.longitude, -view.latitude, 0] };
  if (figure.kind === "cells") projection.precision = 0;
  spec.projection = projection;
  return spec;
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
      legend: () => ({ rising: false, title: measure.label, items: measure.categories.map(([key, label]) =>
        ({ label, colour: scheme[key] })) }),
    };
  }
  const below = breaks.filter((limit) => limit < 0).length;
  const signed = below > 0;
  const colours = Array.from({ length: breaks.length + 1 }, (_, index) => {
    if (!signed) return pick(theme().ramp, index, breaks.length + 1);
    return index <= below ? pick(theme().negative, index, below + 1)
      : pick(theme().positive, index - below - 1, breaks.length - below);
  });
  const classOf = (value) => {
    let index = 0;
    while (index < breaks.length && value > breaks[index]) index += 1;
    return index;
  };
  const limit = (value) => String(value).replace("-", "−");
  const labels = [`up to ${limit(breaks[0])}`,
    ...breaks.slice(1).map((high, index) => `${limit(breaks[index])} to ${limit(high)}`),
    `above ${limit(breaks[breaks.length - 1])}`];
  return {
    colour: (value) => (value === null || value === undefined || Number.isNaN(value)
      ? theme().tokens.$nodata : colours[classOf(value)]),
    classOf,
    legend: ({ label, unit }) => ({ rising: true, title: `${label} (${unit})`,
      items: colours.map((colour, index) => ({ colour, label: labels[index] })) }),
  };
}

async function mapContent(figure) {
  const state = chosen(figure);
  const levelName = state.level ?? Object.keys(figure.options.levels)[0];
  const level = figure.options.levels[levelName];
  const measureName = state.measure ?? Object.keys(figure.options.measures)[0];
  const measure = figure.options.measures[measureName];
  const paint = painter(measure, measure.breaks?.[levelName]);
  let rows = filtered(await A.rows(level.dataset), figure);
  const years = figure.options.years;
  if (years) {
    state.year ??= years[years.length - 1];
    rows = rows.filter((row) => row.year === state.year);
  }
  const values = new Map(rows.map((row) => [row[level.id], row[measureName]]));
  const legend = paint.legend(measure);
  legend.items.forEach((item) => { item.count = 0; });
  let unknown = 0;
  const features = A.data.shapes[level.shapes].map(([id, geometry]) => {
    const raw = values.get(id) ?? null;
    const value = raw === null || measure.categories ? raw : raw * measure.scale;
    const category = measure.categories?.find(([key]) => key === raw);
    if (value === null) unknown += 1;
    else if (legend.items[paint.classOf(value)]) legend.items[paint.classOf(value)].count += 1;
    return {
      type: "Feature", geometry, id,
      fill: value === null ? theme().tokens.$nodata : paint.colour(value),
      label: A.nameOf(level.shapes, id),
      shown: category ? category[1]
        : value === null ? "no data" : `${shownNumber(value)} ${measure.unit}`,
      place: `place.html#${level.shapes}/${encodeURIComponent(id)}`,
    };
  });
  if (unknown) {
    legend.items.push({ ...unknownItem(), count: unknown });
  }
  const outer = { city: "province", province: "region" }[level.shapes];
  const borders = (outer ? A.data.shapes[outer] : []).map(([, geometry]) =>
    ({ type: "Feature", geometry }));
  return { features, legend, labels: measure.synthetic, borders };
}

const unknownItem = () =>
  ({ colour: theme().tokens.$nodata, label: "no data", unknown: true });

/* Beside the map the highest class stands on top, below it the lowest comes first. */
function drawLegend(holder, legend) {
  const list = element("ul", { class: legend.rising ? "rising" : null },
    ...legend.items.map((item) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = item.colour;
      return element("li", { class: item.unknown ? "unknown" : null }, swatch,
        element("span", {}, item.label),
        item.count === undefined ? null : element("small", {}, ` ${item.count}`));
    }));
  $(".legend", holder).replaceChildren(element("p", {}, legend.title), list);
}

async function moveYear(figure, holder) {
  const content = await mapContent(figure);
  drawLegend(holder, content.legend);
  const view = A.views[figure.anchor];
  if (view) await view.data("places", content.features).runAsync();
}

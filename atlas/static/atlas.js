/* The atlas in the reader's browser: no library but Vega, no request but for files beside it.
   Data files call ATLAS.receive, figure files call ATLAS.announce. All text is set as text. */
"use strict";

const ATLAS = (() => {
  const A = { data: {}, figures: {}, views: {}, state: {} };
  const loading = {};
  const decoded = {};
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  // ---------------------------------------------------------------- data

  A.receive = (name, value) => { A.data[name] = value; };
  A.announce = (figures) => { Object.assign(A.figures, figures); };

  /* fetch() is forbidden for file:, a script is not. */
  A.load = (name) => {
    loading[name] ??= new Promise((resolve, reject) => {
      if (name in A.data) { resolve(A.data[name]); return; }
      const script = element("script", { src: `data/${name}.js` });
      script.onload = () => resolve(A.data[name]);
      script.onerror = () => reject(new Error(`data/${name}.js could not be read`));
      document.head.append(script);
    });
    return loading[name];
  };

  const cellOf = (column, row) => {
    if (Array.isArray(column)) return column[row];
    const code = column.i[row];
    return code === null ? null : column.d[code];
  };

  A.rows = async (name) => {
    const data = await A.load(name);
    if (!decoded[name]) {
      const names = data.columns.map((column) => column.name);
      decoded[name] = Array.from({ length: data.rows }, (_, row) =>
        Object.fromEntries(names.map((key, index) => [key, cellOf(data.values[index], row)])));
    }
    return decoded[name];
  };

  // ---------------------------------------------------------------- theme

  const THEMES = {
    light: {
      tokens: {
        $paper: "#ffffff", $ink: "#1b2127", $muted: "#6b747d", $border: "#39424a",
        $faint: "#c3c9ce", $faintpoint: "#9aa3ab", $accent: "#1f5f8b", $nodata: "#dfe2e5",
        $deficit: "#a85a12", $surplus: "#0b7a70",
        $ce: "#c2500f", $ecs: "#00806a", $nep: "#4aa3d8", $rcs: "#8a4fa0", $cnc: "#1b2127",
        $grade1: "#6f3405", $grade2: "#b4691b", $grade3: "#ddb26d",
      },
      negative: ["#6f3405", "#a85a12", "#d08f3f", "#e7bf82", "#f6e3c2"],
      positive: ["#d3eeea", "#97d3cb", "#4fb0a5", "#188379", "#004f48"],
      ramp: ["#e8f0f6", "#c9dcea", "#a3c4dc", "#73a6ca", "#4786b3", "#246596", "#0d416b"],
      middle: "#f5f4f1",
      category: ["#1f5f8b", "#c2500f", "#00806a", "#8a4fa0", "#c99700", "#4aa3d8", "#6b747d"],
      clusters: { HH: "#0b7a70", LL: "#a85a12", HL: "#8fd0c8", LH: "#e7bf82", ns: "#eceeef" },
      hotspots: {
        hot_99: "#00574f", hot_95: "#3c9f95", hot_90: "#a9dad4", ns: "#eceeef",
        cold_90: "#efcf9f", cold_95: "#cd8a3a", cold_99: "#7d3f0a",
      },
      watermark: "rgba(20, 30, 40, 0.17)", watermarkEdge: "rgba(255, 255, 255, 0.5)",
    },
    dark: {
      tokens: {
        $paper: "#161b20", $ink: "#e8ebee", $muted: "#96a1ab", $border: "#aeb8c1",
        $faint: "#4a545d", $faintpoint: "#77828c", $accent: "#7cb8e4", $nodata: "#363e46",
        $deficit: "#e09a45", $surplus: "#4cc3b4",
        $ce: "#f08a4b", $ecs: "#3ec2a6", $nep: "#7cc4ee", $rcs: "#c495d8", $cnc: "#e8ebee",
        $grade1: "#ffc877", $grade2: "#cf8633", $grade3: "#8a5a26",
      },
      negative: ["#ffc877", "#e09a45", "#b0722b", "#7e5122", "#4f3820"],
      positive: ["#1d4643", "#246b65", "#2f958b", "#58bfb2", "#a3ebdd"],
      ramp: ["#1e3040", "#22455f", "#285d84", "#3579a8", "#5498c6", "#86bade", "#c7e2f5"],
      middle: "#2b3238",
      category: ["#7cb8e4", "#f08a4b", "#3ec2a6", "#c495d8", "#e5bd3f", "#a9d7f3", "#96a1ab"],
      clusters: { HH: "#58bfb2", LL: "#e09a45", HL: "#246b65", LH: "#7e5122", ns: "#2e363d" },
      hotspots: {
        hot_99: "#a3ebdd", hot_95: "#43a99d", hot_90: "#235a55", ns: "#2e363d",
        cold_90: "#654520", cold_95: "#bd7b30", cold_99: "#ffc877",
      },
      watermark: "rgba(235, 240, 245, 0.2)", watermarkEdge: "rgba(0, 0, 0, 0.45)",
    },
  };
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  function themeName() {
    const chosen = document.documentElement.dataset.theme;
    return chosen || (prefersDark.matches ? "dark" : "light");
  }
  const theme = () => THEMES[themeName()];

  function vegaConfig() {
    const { tokens, negative, positive, middle, ramp, category } = theme();
    const font = getComputedStyle(document.body).fontFamily;
    const text = { labelColor: tokens.$ink, titleColor: tokens.$ink, labelFont: font,
      titleFont: font, titleFontWeight: 500, labelFontSize: 12, titleFontSize: 12 };
    return {
      background: "transparent", font,
      view: { stroke: null },
      axis: { ...text, domainColor: tokens.$faint, tickColor: tokens.$faint,
        gridColor: tokens.$faint, gridOpacity: 0.45, titlePadding: 10, labelLimit: window.innerWidth < 560 ? 125 : 190 },
      axisQuantitative: { tickCount: window.innerWidth < 560 ? 5 : 9 },
      legend: { ...text, labelLimit: 260, symbolSize: 110, titleLimit: 300 },
      range: { diverging: [...negative, middle, ...positive], ramp, heatmap: ramp, category,
        ordinal: ramp },
    };
  }

  const SHADE = /^\$(negative|positive)(\d)$/;

  function coloured(value) {
    if (typeof value === "string") {
      const shade = SHADE.exec(value);
      return shade ? theme()[shade[1]][Number(shade[2])] : theme().tokens[value] ?? value;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v)]));
    }
    return value;
  }

  // ---------------------------------------------------------------- numbers

  const shownNumber = (value) => {
    if (value === null || value === undefined) return "no data";
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
    if (size > 0 && size < 0.0005) return value < 0 ? "> −0.001" : "< 0.001";
    return value.toLocaleString("en", { maximumFractionDigits: digits }).replace("-", "−");
  };

  // ---------------------------------------------------------------- CSV, SQL, table

  const csvCell = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  A.csv = async (name, keep = null) => {
    const data = await A.load(name);
    const names = data.columns.map((column) => column.name);
    const rows = (await A.rows(name)).filter((row) => !keep || keep(row));
    return [names, ...rows.map((row) => names.map((key) => row[key]))]
      .map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  };

  const literal = (text) => `'${String(text).replaceAll("'", "''")}'`;

  /* What a figure offers: its data set now, the rows of it, and the SQL of these. */
  function offered(figure) {
    const custom = A.offers[figure.kind]?.(figure);
    return custom ?? { dataset: figure.datasets[0], where: null };
  }

  const keepOf = (where) => (where
    ? (row) => Object.entries(where).every(([key, value]) => String(row[key]) === value)
    : null);

  A.sql = async (figure) => {
    const { dataset, where } = offered(figure);
    const { sql } = await A.load(dataset);
    if (!where) return sql;
    const terms = Object.entries(where).map(([key, value]) => `"${key}" = ${literal(value)}`);
    return `SELECT\n  *\nFROM (\n${sql.replace(/^/gm, "  ")}\n) AS "atlas"\n`
      + `WHERE\n  ${terms.join("\n  AND ")}`;
  };

  A.csvOf = async (anchor) => {
    const { dataset, where } = offered(A.figures[anchor]);
    return A.csv(dataset, keepOf(where));
  };

  async function saveCsv(anchor) {
    const blob = new Blob(["\ufeff", await A.csvOf(anchor)], { type: "text/csv;charset=utf-8" });
    save(URL.createObjectURL(blob), `${anchor}.csv`);
  }

  async function savePicture(anchor) {
    const view = A.views[anchor];
    if (!view) return;
    const drawn = await view.toCanvas(2);
    const picture = element("canvas", { width: drawn.width, height: drawn.height });
    const context = picture.getContext("2d");
    context.fillStyle = theme().tokens.$paper;
    context.fillRect(0, 0, picture.width, picture.height);
    context.drawImage(drawn, 0, 0);
    save(picture.toDataURL("image/png"), `${anchor}.png`);
  }

  function save(url, name) {
    const link = element("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  function tableOf(columns, rows) {
    const isNumeric = (column) => rows.some((row) => typeof row[column.name] === "number");
    const head = element("tr", {}, ...columns.map((column) =>
      element("th", { scope: "col", class: isNumeric(column) ? "number" : null },
        column.label ?? column.name)));
    const body = rows.map((row) => element("tr", {}, ...columns.map((column) => {
      const value = row[column.name];
      const isNumber = isNumeric(column);
      const shown = value === null ? "–" : typeof value === "number" && !Number.isInteger(value)
        ? shownNumber(value) : String(value);
      return element("td", isNumber ? { class: "number" } : {}, shown);
    })));
    return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  }

  const TABLE_ROWS = 200;

  async function fillTable(anchor, place) {
    const { dataset, where } = offered(A.figures[anchor]);
    const data = await A.load(dataset);
    const rows = (await A.rows(dataset)).filter(keepOf(where) ?? (() => true));
    const note = rows.length > TABLE_ROWS
      ? `The first ${TABLE_ROWS} of ${rows.length.toLocaleString("en")} rows; the CSV has all.`
      : `${rows.length.toLocaleString("en")} rows.`;
    place.replaceChildren(element("p", { class: "hint" }, note),
      element("div", { class: "scroll", tabindex: "0", role: "region",
        "aria-label": "Data of this figure" }, tableOf(data.columns, rows.slice(0, TABLE_ROWS))));
  }

  // ---------------------------------------------------------------- controls

  const controlOf = (anchor, name) => $(`[data-figure="${CSS.escape(anchor)}"] [data-control="${name}"]`);

  function chosen(figure) {
    const state = (A.state[figure.anchor] ??= {});
    for (const control of figure.controls) {
      if (state[control.name] === undefined && control.options.length) {
        state[control.name] = control.options[0][0];
      }
    }
    return state;
  }

  function filters(figure) {
    const state = chosen(figure);
    return figure.controls.filter((control) => control.columns.length).map((control) =>
      (row) => control.columns.some((column) => !(column in row))
        || control.columns.map((column) => String(row[column])).join("/") === state[control.name]);
  }

  const filtered = (rows, figure) => {
    const tests = filters(figure);
    return tests.length ? rows.filter((row) => tests.every((test) => test(row))) : rows;
  };

  // ---------------------------------------------------------------- drawing

  function watermarked(labels) {
    return (spec) => {
      if (labels.length) {
        spec.marks.push({
          type: "text", interactive: false, aria: false, zindex: 9,
          encode: { update: {
            x: { signal: "width / 2" }, y: { signal: "height / 2" },
            text: { value: "SYNTHETIC INPUT" }, align: { value: "center" },
            baseline: { value: "middle" }, angle: { signal: "height < 130 ? 0 : -18" },
            fontSize: { signal: "max(14, min(width / 11, height / 2.4, 54))" }, fontWeight: { value: 700 },
            fill: { value: theme().watermark }, stroke: { value: theme().watermarkEdge },
            strokeWidth: { value: 1 },
          } },
        });
      }
      return spec;
    };
  }

  function sayNote(holder, labels) {
    const note = $(".synthetic", holder);
    if (!note) return;
    note.hidden = !labels.length;
    $("span", note).textContent = labels.join(", ");
  }

  const NARROW = 520; // pixels: a phone
  const LETTER = 7; // pixels, the mean width of one

  function lines(title, most) {
    const wrapped = [""];
    for (const word of title.split(" ")) {
      const last = wrapped.length - 1;
      if (wrapped[last] && wrapped[last].length + word.length >= most) wrapped.push(word);
      else wrapped[last] = wrapped[last] ? `${wrapped[last]} ${word}` : word;
    }
    return wrapped;
  }

  /* On a phone a long title of an axis takes two lines, and a legend one column. */
  function fitted(spec, width) {
    if (Array.isArray(spec)) return spec.map((part) => fitted(part, width));
    if (!spec || typeof spec !== "object") return spec;
    const made = Object.fromEntries(
      Object.entries(spec).map(([key, value]) => [key, fitted(value, width)]));
    for (const axis of [made.x, made.y]) {
      const most = Math.floor((axis === made.x ? width - 110 : 260) / LETTER);
      if (typeof axis?.title === "string" && axis.title.length > most) {
        axis.title = lines(axis.title, most);
      }
    }
    if (width < NARROW && made.columns > 1) made.columns = 1;
    return made;
  }

  async function embed(figure, holder, spec, rows, labels) {
    const stage = $(".stage", holder);
    const filled = fitted(coloured(spec), stage.clientWidth);
    filled.datasets = rows;
    filled.config = vegaConfig();
    filled.description = figure.title;
    filled.autosize = filled.autosize ?? { type: "fit-x", contains: "padding" };
    A.views[figure.anchor]?.finalize();
    const { view } = await window.vegaEmbed(stage, filled, {
      mode: "vega-lite", actions: false, renderer: "canvas",
      tooltip: { theme: themeName() }, patch: watermarked(labels),
    });
    A.views[figure.anchor] = view;
    sayNote(holder, labels);
    return view;
  }

  const drawers = {
    async chart(figure, holder) {
      const rows = {};
      for (const name of figure.datasets) rows[name] = filtered(await A.rows(name), figure);
      const first = rows[figure.datasets[0]];
      if (!first.length) { nothing(figure, holder, "There is no value for this choice."); return; }
      await embed(figure, holder, figure.spec, rows, figure.synthetic);
    },

    async curves(figure, holder) {
      const state = chosen(figure);
      const level = figure.options.levels[state.level];
      const measure = figure.options.measures[state.measure];
      const all = await A.rows(level.dataset);
      const names = new Map(all.map((row) => [row[level.id], row[level.name] ?? row[level.id]]));
      const select = controlOf(figure.anchor, "place");
      if (select.dataset.level !== state.level) {
        const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
        select.replaceChildren(...sorted.map(([id, name]) =>
          element("option", { value: id }, name)));
        select.dataset.level = state.level;
        state.place = sorted[0]?.[0];
      }
      const rows = all.map((row) => ({
        id: row[level.id], name: names.get(row[level.id]), year: row.year,
        value: row[state.measure] === null ? null : row[state.measure] * measure.scale,
        chosen: row[level.id] === state.place,
      })).sort((a, b) => a.chosen - b.chosen);
      const spec = structuredClone(figure.spec);
      spec.encoding.y.title = `${measure.label}, ${measure.unit}`;
      await embed(figure, holder, spec, { curves: rows }, measure.synthetic);
    },

    async choropleth(figure, holder) {
      await A.load("shapes");
      await A.load("places");
      const { features, legend, labels, borders } = await mapContent(figure);
      drawLegend(holder, legend);
      const view = await embed(figure, holder, mapSpec(figure, holder),
        { places: features, borders }, labels);
      view.addEventListener("click", (_, item) => {
        if (item?.datum?.place) location.href = item.datum.place;
      });
    },

    async cells(figure, holder) {
      const shapes = await A.load("shapes");
      const { column, dataset, resolution } = figure.options;
      const measure = figure.options.measures[column];
      const paint = painter(measure, measure.breaks.cell);
      const features = (await A.rows(dataset)).filter((row) => row[column] !== null).map((row) => {
        const high = (resolution ?? Math.sqrt(row.area_km2) / 111.2) / 2;
        const wide = resolution ? high : high / Math.cos((row.latitude * Math.PI) / 180);
        const [w, e] = [row.longitude - wide, row.longitude + wide];
        const [s, n] = [row.latitude - high, row.latitude + high];
        return {
          type: "Feature", fill: paint.colour(row[column] * measure.scale),
          geometry: { type: "Polygon", coordinates: [[[w, s], [w, n], [e, n], [e, s], [w, s]]] },
          label: `${degrees(row.latitude, "N", "S")}, ${degrees(row.longitude, "E", "W")}`,
          shown: `${shownNumber(row[column])} ${measure.unit}`,
        };
      });
      const legend = paint.legend(measure);
      legend.items.push({ colour: theme().tokens.$nodata, label: "no data" });
      drawLegend(holder, legend);
      const borders = shapes.province.map(([, geometry]) => ({ type: "Feature", geometry }));
      await embed(figure, holder, mapSpec(figure, holder), { places: features, borders },
        measure.synthetic);
    },

    async locator(figure, holder) {
      const shapes = await A.load("shapes");
      const { level, id } = A.place;
      const { $nodata, $accent } = theme().tokens;
      const all = shapes.province.map(([key, geometry]) =>
        ({ type: "Feature", geometry, fill: $nodata, label: A.nameOf("province", key) }));
      const own = (shapes[level] ?? shapes.province).filter(([key]) =>
        level === "nation" || key === id).map(([, geometry]) =>
        ({ type: "Feature", geometry, fill: $accent, label: A.nameOf(level, id) }));
      const borders = shapes.province.map(([, geometry]) => ({ type: "Feature", geometry }));
      const spec = mapSpec(figure, holder, 380);
      await embed(figure, holder, spec, { places: [...all, ...own], borders }, []);
    },

    async place(figure, holder) {
      const { level, id } = A.place;
      const isCity = level === "city";
      const budget = figure.anchor === "place-budget";
      const name = budget ? (level === "nation" ? "national_years" : `${level}_years`)
        : (isCity ? "city_curves" : "area_curves");
      const rows = filtered(await A.rows(name), figure).filter((row) => (budget
        ? row[`${level}_id`] === id : row.entity_level === level && row.entity_id === id));
      if (!rows.length) { nothing(figure, holder, "The published file has no such row."); return; }
      await embed(figure, holder, figure.spec,
        { [budget ? "place_years" : "place_curves"]: rows }, figure.synthetic);
    },
  };

  A.offers = {
    choropleth(figure) {
      const level = chosen(figure).level ?? Object.keys(figure.options.levels)[0];
      return { dataset: figure.options.levels[level].dataset, where: null };
    },
    curves(figure) {
      return { dataset: figure.options.levels[chosen(figure).level].dataset, where: null };
    },
    place(figure) {
      const { level, id } = A.place;
      if (figure.anchor === "place-budget") {
        const dataset = level === "nation" ? "national_years" : `${level}_years`;
        return { dataset, where: { [`${level}_id`]: id } };
      }
      return {
        dataset: level === "city" ? "city_curves" : "area_curves",
        where: { entity_level: level, entity_id: id },
      };
    },
  };

  const degrees = (value, plus, minus) =>
    `${Math.abs(value).toFixed(2)}° ${value < 0 ? minus : plus}`;

  function nothing(figure, holder, sentence) {
    A.views[figure.anchor]?.finalize();
    delete A.views[figure.anchor];
    $(".stage", holder).replaceChildren(element("p", { class: "absent" }, sentence));
  }

  // ---------------------------------------------------------------- maps

  function mapSpec(figure, holder, highest = Math.max(window.innerHeight * 0.82, 420)) {
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
        legend: () => ({ title: measure.label, items: measure.categories.map(([key, label]) =>
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
      legend: ({ label, unit }) => ({ title: `${label} (${unit})`,
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
      legend.items.push({ colour: theme().tokens.$nodata, label: "no data", count: unknown });
    }
    const outer = { city: "province", province: "region" }[level.shapes];
    const borders = (outer ? A.data.shapes[outer] : []).map(([, geometry]) =>
      ({ type: "Feature", geometry }));
    return { features, legend, labels: measure.synthetic, borders };
  }

  function drawLegend(holder, legend) {
    const place = $(".legend", holder);
    const list = element("ul", {}, ...legend.items.map((item) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = item.colour;
      return element("li", {}, swatch, element("span", {}, item.label),
        item.count === undefined ? null : element("small", {}, ` ${item.count}`));
    }));
    place.replaceChildren(element("p", {}, legend.title), list);
  }

  async function moveYear(figure, holder) {
    const content = await mapContent(figure);
    drawLegend(holder, content.legend);
    const view = A.views[figure.anchor];
    if (view) await view.data("places", content.features).runAsync();
  }

  // ---------------------------------------------------------------- figures on the page

  const drawn = new Set();

  async function draw(anchor) {
    const figure = A.figures[anchor];
    const holder = $(`[data-figure="${CSS.escape(anchor)}"]`);
    if (!figure || !holder) return;
    try {
      chosen(figure);
      await drawers[figure.kind](figure, holder);
      holder.dataset.state = "drawn";
      holder.dataset.width = $(".stage", holder).clientWidth;
    } catch (error) {
      console.error(anchor, error);
      holder.dataset.state = "failed";
      $(".stage", holder).replaceChildren(
        element("p", { class: "absent" }, "This figure could not be drawn."));
    }
  }
  A.draw = draw;

  const redraw = () => Promise.all([...drawn].map(draw));

  function watch() {
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || drawn.has(target.dataset.figure)) continue;
        drawn.add(target.dataset.figure);
        observer.unobserve(target);
        draw(target.dataset.figure);
      }
    }, { rootMargin: "500px 0px" });
    $$("[data-figure]").forEach((holder) => observer.observe(holder));
    let timer = 0;
    new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const anchor of drawn) {
          const holder = $(`[data-figure="${CSS.escape(anchor)}"]`);
          const width = $(".stage", holder).clientWidth;
          if (holder.dataset.width && Math.abs(width - Number(holder.dataset.width)) > 2) {
            draw(anchor);
          }
        }
      }, 180);
    }).observe(document.documentElement);
  }

  function prepare(holder) {
    const anchor = holder.dataset.figure;
    const figure = A.figures[anchor];
    if (!figure) return;
    for (const select of $$("select[data-control]", holder)) {
      select.addEventListener("change", () => {
        chosen(figure)[select.dataset.control] = select.value;
        $$("details[open]", holder).forEach((details) => { details.open = false; });
        draw(anchor);
      });
    }
    const slider = $("input[type=range]", holder);
    if (slider) prepareSlider(figure, holder, slider);
    $(".csv", holder)?.addEventListener("click", (event) => {
      event.preventDefault();
      saveCsv(anchor);
    });
    $(".picture", holder)?.addEventListener("click", () => savePicture(anchor));
    $(".sql", holder)?.addEventListener("toggle", async (event) => {
      if (event.target.open) $("code", event.target).textContent = await A.sql(figure);
    });
    $(".rows", holder)?.addEventListener("toggle", (event) => {
      if (event.target.open) fillTable(anchor, $("div", event.target));
    });
  }

  function prepareSlider(figure, holder, slider) {
    const { years } = figure.options;
    const output = $("output", holder);
    const play = $(".play", holder);
    let timer = 0;
    const move = () => {
      chosen(figure).year = years[Number(slider.value)];
      output.textContent = years[Number(slider.value)];
      slider.setAttribute("aria-valuetext", output.textContent);
      return moveYear(figure, holder);
    };
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
    };
    slider.addEventListener("input", () => { stop(); move(); });
    play.addEventListener("click", () => {
      if (timer) { stop(); return; }
      if (Number(slider.value) === years.length - 1) slider.value = 0;
      move();
      play.textContent = "Pause";
      timer = setInterval(() => {
        slider.value = Number(slider.value) + 1;
        move();
        if (Number(slider.value) === years.length - 1) stop();
      }, 700);
    });
  }

  // ---------------------------------------------------------------- search

  const folded = (text) => (text ?? "").normalize("NFD").replace(/[\u0300-\u036f'’\s-]/g, "")
    .toLowerCase();

  A.nameOf = (level, id) => {
    A.index ??= new Map(A.data.places.map((place) => [`${place[0]}/${place[1]}`, place]));
    const place = A.index.get(`${level}/${id}`);
    if (!place) return id;
    return place[3] && place[3] !== place[2] ? `${place[2]} ${place[3]}` : place[2];
  };

  const LEVELS = { nation: "Country", region: "Region", province: "Province", city: "City" };

  A.find = async (query) => {
    const wanted = folded(query);
    if (!wanted) return [];
    const places = await A.load("places");
    const scored = [];
    for (const place of places) {
      const keys = [place[2], place[3], place[1]].map(folded);
      const best = Math.min(...keys.map((key) => (key === wanted ? 0 : key.startsWith(wanted) ? 1
        : key.includes(wanted) ? 2 : 9)));
      if (best < 9) scored.push([best, place]);
    }
    const rank = Object.keys(LEVELS);
    scored.sort((a, b) => a[0] - b[0] || rank.indexOf(a[1][0]) - rank.indexOf(b[1][0])
      || a[1][2].localeCompare(b[1][2]));
    return scored.slice(0, 12).map(([, place]) => place);
  };

  function prepareSearch() {
    const input = $("#search");
    const list = $("#found");
    let current = -1;
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      current = -1;
    };
    const go = (option) => { if (option?.dataset.href) { location.href = option.dataset.href; close(); } };
    const mark = (index) => {
      const options = $$("[role=option]", list);
      if (!options.length) return;
      current = (index + options.length) % options.length;
      options.forEach((option, position) =>
        option.setAttribute("aria-selected", String(position === current)));
      input.setAttribute("aria-activedescendant", options[current].id);
      options[current].scrollIntoView({ block: "nearest" });
    };
    const show = async () => {
      const asked = input.value;
      const found = await A.find(asked);
      if (asked !== input.value) return;
      current = -1;
      const options = found.map(([level, id, name, local, parent], index) => {
        const option = element("li", { role: "option", id: `found-${index}`,
          "aria-selected": "false" },
        element("span", { class: "name" }, local && local !== name ? `${name} ${local}` : name),
        element("small", {}, [LEVELS[level], parent].filter(Boolean).join(", ")));
        option.dataset.href = `place.html#${level}/${encodeURIComponent(id)}`;
        option.addEventListener("mousedown", (event) => { event.preventDefault(); go(option); });
        return option;
      });
      if (asked && !options.length) {
        options.push(element("li", { role: "option", "aria-disabled": "true",
          "aria-selected": "false" }, "No place of that name"));
      }
      list.replaceChildren(...options);
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    input.addEventListener("input", show);
    input.addEventListener("focus", () => { A.load("places"); if (input.value) show(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); mark(current + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(current - 1); }
      else if (event.key === "Escape") close();
      else if (event.key === "Enter") {
        event.preventDefault();
        go($$("[role=option]", list)[Math.max(current, 0)]);
      }
    });
  }

  // ---------------------------------------------------------------- page of a place

  const fact = (label, value, note) => element("div", { class: "card" },
    element("p", { class: "label" }, label), element("p", { class: "value" }, value),
    note ? element("p", { class: "hint" }, note) : null);

  const link = (level, id) => element("a",
    { href: `place.html#${level}/${encodeURIComponent(id)}` }, A.nameOf(level, id));

  async function showPlace() {
    const page = $("#place");
    if (!page) return;
    const places = await A.load("places");
    const [level, id] = (location.hash.slice(1).split("/", 2)).map(decodeURIComponent);
    const known = places.find((place) => place[0] === level && place[1] === id);
    $("#place-index").hidden = Boolean(known);
    $("#place-content").hidden = !known;
    if (!known) { listPlaces(places, location.hash); return; }
    A.place = { level, id };
    const [, , name, local, , parents] = known;
    document.title = `${name} · ${document.body.dataset.title}`;
    $("#place-name").replaceChildren(name,
      local && local !== name ? element("span", { class: "local" }, ` ${local}`) : null ?? "");
    const trail = Object.entries(parents ?? {}).map(([parent, key]) => link(parent, key));
    $("#place-trail").replaceChildren(`${LEVELS[level]} ${id}`,
      ...trail.flatMap((anchor) => [" in ", anchor]));
    await showFacts(level, id);
    await showMembers(level, id, places);
    await showTrends(level, id);
    await showQuality(level, id);
    window.scrollTo(0, 0);
    if (drawn.size) redraw();
  }

  async function showFacts(level, id) {
    const dataset = level === "nation" ? "national_years" : `${level}_years`;
    const all = await A.rows(dataset);
    const rows = all.filter((row) => row[`${level}_id`] === id);
    const last = rows[rows.length - 1];
    const facts = $("#place-facts");
    if (!last) { facts.replaceChildren(); return; }
    const same = all.filter((row) => row.year === last.year && row.cnc_tgco2 !== null);
    const rank = same.filter((row) => row.cnc_tgco2 > last.cnc_tgco2).length + 1;
    const unit = "million t of CO₂";
    const share = last.absorbed_ratio === null ? "no data"
      : `${shownNumber(100 * last.absorbed_ratio)} %`;
    facts.replaceChildren(
      fact(`Emissions, ${last.year}`, shownNumber(last.ce_tgco2), unit),
      fact(`Land uptake, ${last.year}`, shownNumber(last.ecs_tgco2), unit),
      fact(`Balance, ${last.year}`, shownNumber(last.cnc_tgco2),
        last.cnc_tgco2 === null ? unit
          : `${unit}, ${last.cnc_tgco2 > 0 ? "a surplus" : "a deficit"}`
            + (same.length > 1 ? `; rank ${rank} of ${same.length}` : "")),
      fact(`Share absorbed, ${last.year}`, share,
        last.npp_coverage_ratio === null ? ""
          : `plant growth data for ${shownNumber(100 * last.npp_coverage_ratio)} % of the area`));
  }

  async function showMembers(level, id, places) {
    const members = places.filter((place) => place[5]?.[level] === id
      && place[0] === { nation: "region", region: "province", province: "city" }[level]);
    $("#place-members").hidden = !members.length;
    $("#place-members ul").replaceChildren(...members.map((place) =>
      element("li", {}, link(place[0], place[1]))));
  }

  const TREND_LABELS = {
    indicator: "Quantity", mean_tgco2: "Mean", slope_tgco2_yr: "Slope",
    mk_p_value: "p (Mann-Kendall)", slope_grade: "Grade", hurst_raw: "Hurst, plain",
    hurst_detrended: "Hurst, trend removed", first_significant_year: "Significant from",
  };
  const QUALITY_LABELS = {
    layer: "Layer", valid_ratio: "Share of the area with data", cell_count: "Grid cells",
    centre_rule_difference_ratio: "Difference by the centre rule",
  };

  async function showTrends(level, id) {
    const holder = $("#place-trends");
    if (!holder) return;
    const rows = (await A.rows("all_trends")).filter((row) =>
      row.entity_level === level && row.entity_id === id);
    const columns = Object.entries(TREND_LABELS).map(([key, label]) => ({ name: key, label }));
    holder.replaceChildren(rows.length ? tableOf(columns, rows)
      : element("p", { class: "absent" }, "The published file has no trend of this place."));
  }

  async function showQuality(level, id) {
    const section = $("#place-quality");
    if (!section) return;
    section.hidden = level !== "city";
    if (level !== "city") return;
    const rows = (await A.rows("quality_cities")).filter((row) => row.city_id === id);
    const columns = Object.entries(QUALITY_LABELS).map(([key, label]) => ({ name: key, label }));
    $("div", section).replaceChildren(tableOf(columns, rows));
  }

  function listPlaces(places, asked) {
    const holder = $("#place-list");
    $("#place-unknown").hidden = asked.length < 2;
    const byParent = new Map();
    for (const place of places.filter((one) => one[0] === "city")) {
      const parent = place[5]?.province ?? "";
      if (!byParent.has(parent)) byParent.set(parent, []);
      byParent.get(parent).push(place);
    }
    const sections = [...byParent].map(([parent, cities]) => element("section", {},
      element("h3", {}, parent ? link("province", parent) : "Without a province"),
      element("ul", { class: "links" }, ...cities.map((city) =>
        element("li", {}, link("city", city[1]))))));
    holder.replaceChildren(...sections);
  }

  // ---------------------------------------------------------------- start

  function prepareTheme() {
    const button = $("#theme");
    const name = () => {
      const other = themeName() === "dark" ? "light" : "dark";
      button.textContent = other === "dark" ? "Dark" : "Light";
      button.setAttribute("aria-label", `Change to the ${other} theme`);
    };
    name();
    button.addEventListener("click", () => {
      document.documentElement.dataset.theme = themeName() === "dark" ? "light" : "dark";
      try { localStorage.setItem("atlas-theme", document.documentElement.dataset.theme); }
      catch { /* a browser may refuse to remember */ }
      name();
      redraw();
    });
    prefersDark.addEventListener("change", () => { name(); redraw(); });
  }

  function prepareMenu() {
    const button = $("#menu");
    const menu = $("#pages");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      menu.classList.toggle("open", open);
    });
  }

  function prepareClaims() {
    const select = $("#verdict");
    select?.addEventListener("change", () => {
      $$("#claims tbody tr").forEach((row) => {
        row.hidden = select.value !== "" && row.dataset.verdict !== select.value;
      });
    });
  }

  async function start() {
    prepareTheme();
    prepareMenu();
    prepareSearch();
    prepareClaims();
    $$("[data-figure]").forEach(prepare);
    await showPlace();
    window.addEventListener("hashchange", showPlace);
    watch();
    document.documentElement.dataset.ready = "true";
  }
  document.addEventListener("DOMContentLoaded", start);

  return A;
})();
window.ATLAS = ATLAS;

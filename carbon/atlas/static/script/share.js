/* What a figure gives away: its address, a picture with its frame, data, SQL, a citation. */

const shownNumber = (value, aligned = false) => {
  if (value === null || value === undefined) return say("no data");
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  if (size > 0 && size < 0.0005) return value < 0 ? "> −0.001" : "< 0.001";
  return value.toLocaleString("en", { maximumFractionDigits: digits,
    minimumFractionDigits: aligned ? digits : 0 }).replace("-", "−");
};


const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?[\d.,]+$/;

/* A spreadsheet would run a name such as =1+1 as a formula: an apostrophe makes it text. */
const harmless = (text) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

const csvCell = (value) => {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? harmless(value) : String(value);
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

/* -- this view: what is on the screen, with its state in words */

/* Title, state, legend, sources, grade and date: what a picture or table needs far from its page. */
function described(figure) {
  const holder = $(`[data-figure="${CSS.escape(figure.anchor)}"]`);
  const own = drawers[`${figure.kind}State`]?.(figure);
  const state = own ?? figure.controls.map((control) => {
    const asked = chosen(figure)[control.name];
    const option = control.options.find(([value]) => value === asked);
    return option ? `${say(control.label)}: ${say(option[1])}` : null;
  }).filter(Boolean).concat(figure.options.years ? [chosen(figure).year] : []).join(" · ");
  const { title, version, built, licence } = A.about;
  return {
    title: say(figure.title), state,
    legend: ["choropleth", "cells", "explore"].includes(figure.kind) && $("svg.map-svg", holder)
      ? holder.legend : null,
    grade: A.gradeOf(figure),
    source: `${title}, ${say("version")} ${version}, ${say("built")} ${built}. ${say("Sources")}: `
      + `${figure.sources || say("not recorded")}. ${say("Licence")}: ${licence}.`,
    address: location.href.split("#")[0] + State.written({ ...State.read(),
      path: State.read().path || figure.anchor }),
    date: new Date().toISOString().slice(0, 10),
  };
}

A.gradeOf = (figure) => {
  const inputs = figure.kind === "explore" ? exploreMeasure(figure).synthetic
    : figure.synthetic;
  return inputs.length ? `${say("Synthetic input")}: ${inputs.map((one) => say(one)).join(", ")}`
    : say(A.about.has_sources ? "Measured or modelled inputs" : "Inputs of unknown grade");
};

/* Chinese characters are about twice as wide as letters. */
const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);

function wrapped(text, most) {
  const parts = text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/g) ?? [];
  const made = [""];
  for (const part of parts) {
    if (made[made.length - 1] && widthOf(made[made.length - 1] + part.trimEnd()) > most) made.push("");
    made[made.length - 1] += part;
  }
  return made.map((line) => line.trimEnd());
}

function inner(figure, width) {
  const holder = $(`[data-figure="${CSS.escape(figure.anchor)}"]`);
  const map = $("svg.map-svg", holder);
  if (!map) return null;
  const copy = map.cloneNode(true);
  const { width: wide, height } = A.data.shapes;
  copy.removeAttribute("tabindex");
  copy.setAttribute("width", width);
  copy.setAttribute("height", Math.round((width * height) / wide));
  return copy;
}

/* The figure in its frame, as one SVG. */
A.picture = async (anchor) => {
  const figure = A.figures[anchor];
  const words = described(figure);
  const { $paper, $ink, $muted } = theme().tokens;
  let drawn = inner(figure, 940);
  if (!drawn && A.views[anchor]) {
    const text = await A.views[anchor].toSVG();
    drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  }
  if (!drawn) return null;
  const wide = Number(drawn.getAttribute("width"));
  const tall = Number(drawn.getAttribute("height"));
  const width = Math.max(wide + 60, 560);
  const most = Math.floor((width - 60) / 6.6);
  const made = svg("svg", { xmlns: SVG, "font-family": "system-ui, 'Segoe UI', Roboto, "
    + "'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif" });
  let y = 20;
  const write = (text, size, fill, weight = 400) => {
    for (const line of wrapped(text, Math.floor((most * 12.5) / size))) {
      y += size * 1.3;
      made.append(svg("text", { x: 30, y: y.toFixed(1), "font-size": size, fill,
        "font-weight": weight }, line));
    }
  };
  write(words.title, 22, $ink, 650);
  if (words.state) write(words.state, 14, $muted);
  y += 18;
  drawn.setAttribute("x", 30);
  drawn.setAttribute("y", y);
  made.append(drawn);
  y += tall + 12;
  if (words.legend) {
    write(words.legend.title, 12.5, $muted);
    y += 6;
    let x = 30;
    for (const item of words.legend.items) {
      const text = `${item.label}${item.count === undefined ? "" : `  ${item.count}`}`;
      const room = 32 + widthOf(text) * 7;
      if (x + room > width - 30) { x = 30; y += 20; }
      made.append(svg("rect", { x, y, width: 18, height: 12, fill: item.colour, stroke: $muted,
        "stroke-width": 0.5 }), svg("text", { x: x + 24, y: y + 10.5, "font-size": 12.5, fill: $ink },
        text));
      x += room;
    }
    y += 24;
  }
  write(words.grade, 12.5, $ink, 600);
  write(words.source, 11.5, $muted);
  write(`${words.date} · ${words.address}`, 11.5, $muted);
  const height = Math.ceil(y + 22);
  made.setAttribute("width", width);
  made.setAttribute("height", height);
  made.setAttribute("viewBox", `0 0 ${width} ${height}`);
  made.prepend(svg("title", {}, `${words.title}. ${words.state}`),
    svg("rect", { width, height, fill: $paper }));
  return { text: new XMLSerializer().serializeToString(made), width, height };
};

const nameOfFile = (figure) => {
  const state = drawers[`${figure.kind}Name`]?.(figure)
    ?? [figure.anchor, ...figure.controls.map(({ name }) => chosen(figure)[name])].join("_");
  return state.replace(/[^\w.-]+/g, "-").slice(0, 80);
};

async function savePicture(anchor, kind) {
  const picture = await A.picture(anchor);
  if (!picture) return;
  const name = `${nameOfFile(A.figures[anchor])}.${kind}`;
  if (kind === "svg") {
    save(URL.createObjectURL(new Blob([picture.text], { type: "image/svg+xml;charset=utf-8" })), name);
    return;
  }
  const image = new Image();
  // Of a data address the browser knows that nothing foreign is in the picture.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture.text)}`;
  await image.decode();
  const canvas = element("canvas", { width: picture.width * 2, height: picture.height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  save(canvas.toDataURL("image/png"), name);
}

/* Columns and rows of what is shown, and the SQL that gives them. */
A.view = async (anchor) => {
  const figure = A.figures[anchor];
  const own = drawers[`${figure.kind}View`];
  if (own) return own(figure);
  const { dataset, where } = offered(figure);
  const data = await A.load(dataset);
  const keep = keepOf(where) ?? (() => true);
  return { columns: data.columns, rows: filtered(await A.rows(dataset), figure).filter(keep),
    sql: await A.sql(figure) };
};

const headed = ({ name, unit }) => (unit ? `${name} [${unit}]` : name);

const aboutLines = (figure) => {
  const words = described(figure);
  return [["title", words.title], ["state", words.state], ["grade", words.grade],
    ["source", words.source], ["method", "Zhang et al. 2022, doi:10.1016/j.jclepro.2022.130966"],
    ["address", words.address], ["date", words.date]];
};

A.csvOfView = async (anchor) => {
  const figure = A.figures[anchor];
  const { columns, rows } = await A.view(anchor);
  return [...aboutLines(figure).map(([key, value]) => `# ${key}: ${value}`),
    columns.map(headed).map(csvCell).join(","),
    ...rows.map((row) => columns.map(({ name }) => csvCell(row[name])).join(","))]
    .join("\r\n") + "\r\n";
};

async function saveText(text, name) {
  save(URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" })), name);
}

/* -- a workbook without a library: a zip of five small files, none of them compressed */

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
const crcOf = (bytes) => (bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8),
  0xffffffff) ^ 0xffffffff) >>> 0;

function zipped(files) {
  const encoder = new TextEncoder();
  const [parts, entries] = [[], []];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, body] = [encoder.encode(path), encoder.encode(text)];
    const head = new DataView(new ArrayBuffer(30));
    const fields = [[4, 20, 2], [6, 0x0800, 2], [12, 33, 2], [14, crcOf(body), 4],
      [18, body.length, 4], [22, body.length, 4], [26, name.length, 2]];
    head.setUint32(0, 0x04034b50, true);
    for (const [at, value, size] of fields) head[size === 2 ? "setUint16" : "setUint32"](at, value, true);
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(4, 20, true);
    for (const [at, value, size] of fields) entry[size === 2 ? "setUint16" : "setUint32"](at + 2, value, true);
    entry.setUint32(42, offset, true);
    parts.push(head.buffer, name, body);
    entries.push(entry.buffer, name);
    offset += 30 + name.length + body.length;
  }
  const size = entries.reduce((sum, part) => sum + part.byteLength, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, entries.length / 2, true);
  end.setUint16(10, entries.length / 2, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  return new Blob([...parts, ...entries, end.buffer],
    { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
}

const xml = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  .replaceAll(">", "&gt;").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
const OFFICE = "http://schemas.openxmlformats.org";

function sheet(lines) {
  const cell = (value) => (value === null || value === undefined ? "<c/>"
    : typeof value === "number" ? `<c><v>${value}</v></c>`
      : `<c t="inlineStr"><is><t xml:space="preserve">${xml(value)}</t></is></c>`);
  return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="${OFFICE}/spreadsheetml/2006/main">`
    + `<sheetData>${lines.map((line) => `<row>${line.map(cell).join("")}</row>`).join("")}`
    + "</sheetData></worksheet>";
}

A.workbook = async (anchor) => {
  const { columns, rows } = await A.view(anchor);
  const about = [...aboutLines(A.figures[anchor]),
    ...columns.map(({ name, unit }) => [`unit of ${name}`, unit || "none"])];
  const names = ["view", "about"];
  const relations = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="${OFFICE}/package/2006/relationships">`;
  const kind = `${OFFICE}/officeDocument/2006/relationships`;
  const part = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  return zipped({
    "[Content_Types].xml": `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="${OFFICE}/package/2006/content-types">`
      + '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
      + `<Override PartName="/xl/workbook.xml" ContentType="${part}.sheet.main+xml"/>`
      + names.map((_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${part}.worksheet+xml"/>`).join("")
      + "</Types>",
    "_rels/.rels": `${relations}<Relationship Id="r1" Type="${kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="${OFFICE}/spreadsheetml/2006/main" xmlns:r="${kind}"><sheets>`
      + names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="r${i + 1}"/>`).join("")
      + "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": relations + names.map((_, i) =>
      `<Relationship Id="r${i + 1}" Type="${kind}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join("")
      + "</Relationships>",
    "xl/worksheets/sheet1.xml": sheet([columns.map(headed),
      ...rows.map((row) => columns.map(({ name }) => row[name]))]),
    "xl/worksheets/sheet2.xml": sheet(about),
  });
};

/* -- the menu of a figure */

A.embedCode = (anchor) => {
  const { address, title } = described(A.figures[anchor]);
  const [page, state] = address.split("#");
  return `<iframe src="${page.split("?")[0]}?embed=${anchor}#${state}" title="${title.replaceAll('"', "&quot;")}"`
    + ' width="100%" height="640" loading="lazy" style="border:0"></iframe>';
};

A.citation = (anchor) => {
  const { title, state, address, date } = described(A.figures[anchor]);
  const about = A.about;
  return `${about.title} (${about.built.slice(-4)}). ${title}${state ? ` (${state})` : ""}. `
    + `Version ${about.version}. ${address} (read ${date}). Method: Zhang et al. (2022), `
    + "Journal of Cleaner Production, doi:10.1016/j.jclepro.2022.130966.";
};

async function give(holder, text) {
  const field = $(".given", holder);
  field.hidden = false;
  field.value = text;
  field.select();
  try { await navigator.clipboard.writeText(text); } catch { /* it is selected: Ctrl-C copies it */ }
}

function prepareShare(holder, anchor) {
  const figure = A.figures[anchor];
  const acts = {
    link: () => give(holder, described(figure).address),
    embed: () => give(holder, A.embedCode(anchor)),
    cite: () => give(holder, A.citation(anchor)),
    png: () => savePicture(anchor, "png"),
    svg: () => savePicture(anchor, "svg"),
    view: async () => saveText(await A.csvOfView(anchor), `${nameOfFile(figure)}.csv`),
    xlsx: async () => save(URL.createObjectURL(await A.workbook(anchor)), `${nameOfFile(figure)}.xlsx`),
    all: async () => saveText(await A.csvOf(anchor), `${anchor}.csv`),
    sql: async () => give(holder, (await A.view(anchor)).sql),
  };
  for (const button of $$("[data-share]", holder)) {
    button.addEventListener("click", () => acts[button.dataset.share]());
  }
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
    const shown = value === null ? "–" : column.show ? column.show(value)
      : typeof value === "number" && !Number.isInteger(value) ? shownNumber(value, true)
        : String(value);
    return element("td", isNumber ? { class: "number" } : {}, shown);
  })));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

const TABLE_ROWS = 200;

/* Click a head to sort by its column, once more to turn the order. */
function sortable(table, columns, rows, refill) {
  $$("th", table).forEach((head, index) => {
    const { name } = columns[index];
    head.replaceChildren(element("button", { type: "button" }, head.textContent));
    head.firstChild.addEventListener("click", () => {
      const down = table.parentNode.dataset.sort === name;
      const sorted = [...rows].sort((a, b) => (a[name] === null) - (b[name] === null)
        || (a[name] > b[name] ? 1 : a[name] < b[name] ? -1 : 0) * (down ? -1 : 1));
      refill(sorted, down ? "" : name);
    });
  });
  return table;
}

async function fillTable(anchor, place) {
  const { columns, rows } = await A.view(anchor);
  const shown = columns.map((column) => ({ ...column, label: headed(column) }));
  const fill = (sorted, by) => {
    const note = sorted.length > TABLE_ROWS
      ? say("The first {0} of {1} rows; the files have all.", TABLE_ROWS, sorted.length.toLocaleString("en"))
      : say("{0} rows.", sorted.length.toLocaleString("en"));
    const scroll = element("div", { class: "scroll", tabindex: "0", role: "region",
      "aria-label": say("Data of this figure") });
    scroll.dataset.sort = by;
    scroll.append(tableOf(shown, sorted.slice(0, TABLE_ROWS)));
    place.replaceChildren(element("p", { class: "hint" }, note), scroll);
    sortable($("table", scroll), columns, rows, fill);
  };
  fill(rows, "");
}

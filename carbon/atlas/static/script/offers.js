/* What a figure gives away: CSV, SQL, a table, a picture. */

const shownNumber = (value, aligned = false) => {
  if (value === null || value === undefined) return "no data";
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
    const shown = value === null ? "–" : column.show ? column.show(value)
      : typeof value === "number" && !Number.isInteger(value) ? shownNumber(value, true)
        : String(value);
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

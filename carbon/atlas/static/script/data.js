/* The data sets beside the pages: files call ATLAS.receive and ATLAS.announce. */

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


A.open = (address) => { location.href = address; };
A.receive = (name, value) => { A.data[name] = value; };
A.announce = (figures, about) => { Object.assign(A.figures, figures); A.about = about; };

/* fetch() is forbidden for file:, a script is not. */
A.load = (name) => {
  loading[name] ??= new Promise((resolve, reject) => {
    if (name in A.data) { resolve(A.data[name]); return; }
    const script = element("script", { src: `data/${name}.js?${A.about?.stamp ?? ""}` });
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

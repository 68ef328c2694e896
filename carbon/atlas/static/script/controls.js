/* The choices above a figure, and the rows they leave. */

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

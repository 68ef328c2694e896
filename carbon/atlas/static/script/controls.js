/* The choices above a figure, and the rows they leave. */

const controlOf = (anchor, name) => $(`[data-figure="${CSS.escape(anchor)}"] [data-control="${name}"]`);

/* The address decides; what it does not say is the first option. */
function chosen(figure) {
  const state = (A.state[figure.anchor] ??= {});
  const asked = State.read();
  for (const control of figure.controls) {
    const wanted = asked[`${figure.anchor}.${control.name}`];
    const known = control.options.map(([value]) => value);
    // A place is chosen among options that the drawing fills in.
    if (!known.length) state[control.name] = wanted ?? state[control.name];
    else state[control.name] = known.includes(wanted) ? wanted : known[0];
    const select = controlOf(figure.anchor, control.name);
    if (select && known.length && select.value !== state[control.name]) select.value = state[control.name];
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

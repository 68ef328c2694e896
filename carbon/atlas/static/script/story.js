/* Five steps that a reader scrolls through, beside one figure that stays. */

/* A signed logarithm, so that a small surplus and a large deficit fit on one axis. */
const signedLog = (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) * 10);

const DOTS = { width: 720, height: 400, left: 30, right: 30, middle: 210 };

async function dots(stage, figure, year) {
  const rows = (await A.rows("city_cnc_tgco2")).filter((row) => row.cnc_tgco2 !== null);
  const verdicts = figure.options.has_verdicts
    ? new Map((await A.rows("verdicts_city")).map((row) => [row.city_id, row.verdict])) : new Map();
  const counts = new Map((await A.rows("national_years")).map((row) => [row.year, row.surplus_city_count]));
  const [low, high] = [Math.min(...rows.map((r) => r.cnc_tgco2)), Math.max(...rows.map((r) => r.cnc_tgco2))];
  const { width, height, left, right, middle } = DOTS;
  const [from, to] = [signedLog(low), signedLog(Math.max(high, 1))];
  const x = (value) => left + ((signedLog(value) - from) / (to - from)) * (width - left - right);
  const { $ink, $muted, $surplus, $deficit } = theme().tokens;
  // Dots that would lie on each other are stacked away from the line, column by column.
  const stacks = new Map();
  const placed = rows.filter((row) => row.year === year).sort((a, b) => a.city_id < b.city_id ? -1 : 1)
    .map((row) => {
      const column = Math.round(x(row.cnc_tgco2) / 7);
      const level = stacks.get(column) ?? 0;
      stacks.set(column, level + 1);
      return { id: row.city_id, value: row.cnc_tgco2, x: column * 7,
        y: middle + (level % 2 ? 1 : -1) * Math.ceil(level / 2) * 6.2 };
    });
  let drawing = $("svg.dots", stage);
  if (!drawing) {
    const ticks = [-300, -100, -30, -10, -3, -1, 0, 1, 3, 10, 30].filter((v) => v >= low * 1.05 && v <= Math.max(high, 1));
    drawing = svg("svg", { class: "dots", viewBox: `0 0 ${width} ${height}`, role: "img",
      "aria-label": say("Balance of every city, one dot each") },
    svg("line", { x1: x(0), x2: x(0), y1: 48, y2: height - 34, stroke: $ink, "stroke-width": 1.2 }),
    svg("text", { x: x(0) - 8, y: 44, "text-anchor": "end", fill: $muted, "font-size": 13 }, say("emits more than it absorbs")),
    svg("text", { x: x(0) + 8, y: 44, fill: $muted, "font-size": 13 }, say("surplus")),
    ...ticks.map((value) => svg("text", { x: x(value), y: height - 14, "text-anchor": "middle",
      fill: $muted, "font-size": 12 }, String(value).replace("-", "−"))),
    svg("text", { class: "count", x: width - right, y: 26, "text-anchor": "end", fill: $ink, "font-size": 22, "font-weight": 650 }),
    svg("g", { class: "all" }));
    stage.replaceChildren(drawing);
  }
  const group = $(".all", drawing);
  const known = new Map([...group.children].map((dot) => [dot.dataset.id, dot]));
  for (const { id, value, x: cx, y: cy } of placed) {
    let dot = known.get(id);
    if (!dot) {
      dot = svg("circle", { r: 3, "data-id": id }, svg("title", {}));
      group.append(dot);
    }
    dot.style.transform = `translate(${cx}px, ${cy}px)`;
    dot.setAttribute("fill", theme().verdicts[verdicts.get(id)] ?? (value > 0 ? $surplus : $deficit));
    dot.setAttribute("stroke", $muted);
    dot.setAttribute("stroke-width", 0.5);
    dot.firstChild.textContent = `${A.nameOf("city", id)}: ${shownNumber(value)} ${UNIT}, ${year}`;
  }
  $(".count", drawing).textContent = say("{0}: {1} in surplus", year, counts.get(year) ?? "–");
}

drawers.story = async (figure, holder) => {
  await A.load("places");
  const step = figure.options.steps[A.step ?? 0];
  const stage = $(".stage", holder);
  if (step.kind === "dots") {
    A.views[figure.anchor]?.finalize();
    delete A.views[figure.anchor];
    clearInterval(A.moving);
    const years = figure.options.story_years;
    if (!step.moves) { await dots(stage, figure, years[0]); return; }
    let index = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || !years.length;
    if (still) { await dots(stage, figure, years.at(-1)); return; }
    await dots(stage, figure, years[0]);
    A.moving = setInterval(() => {
      index += 1;
      if (index >= years.length) { clearInterval(A.moving); return; }
      if ($("svg.dots", stage)) dots(stage, figure, years[index]);
    }, 220);
    return;
  }
  clearInterval(A.moving);
  const rows = {};
  for (const name of step.datasets) rows[name] = await A.rows(name);
  if (step.where) rows[step.datasets[0]] = rows[step.datasets[0]].filter((row) =>
    Object.entries(step.where).every(([key, value]) => row[key] === value));
  await embed(figure, holder, step.spec, rows, figure.synthetic);
};
drawers.storyView = async (figure) => {
  const step = figure.options.steps[A.step ?? 0];
  const data = await A.load(step.datasets[0]);
  return { columns: data.columns, rows: await A.rows(step.datasets[0]), sql: data.sql };
};

function prepareStory() {
  const holder = $("[data-figure=story]");
  if (!holder) return;
  const steps = $$(".step", holder);
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const index = steps.indexOf(target);
      if (!isIntersecting || A.step === index) continue;
      A.step = index;
      steps.forEach((step, position) => step.classList.toggle("current", position === index));
      drawn.add("story");
      draw("story");
    }
  }, { rootMargin: "-45% 0px -45% 0px" });
  steps.forEach((step) => observer.observe(step));
}

/* -- what if: the balance is linear in its stored terms, so this is exact */

async function prepareWhatIf() {
  const section = $("#whatif");
  if (!section) return;
  const rows = (await A.rows("scenarios")).filter((row) => row.is_headline !== false
    && row.ce_tgco2 !== null && row.ecs_tgco2 !== null);
  if (!rows.length) { section.hidden = true; return; }
  const [scenario, year, cut, sink] = ["scenario", "year", "cut", "sink"].map((name) => $(`#whatif-${name}`));
  const years = [...new Set(rows.map((row) => row.year))].sort((a, b) => a - b);
  [year.min, year.max, year.step] = [years[0], years.at(-1), 1];
  const asked = State.read();
  year.value = asked.wy ?? years.at(-1);
  cut.value = asked.wc ?? 0;
  sink.value = asked.ws ?? 0;
  if (asked.wsc) scenario.value = asked.wsc;
  const tell = () => {
    const row = rows.find((one) => one.scenario === scenario.value && one.year === Number(year.value));
    year.nextElementSibling.textContent = year.value;
    cut.nextElementSibling.textContent = `${cut.value} %`;
    sink.nextElementSibling.textContent = `${Number(sink.value) > 0 ? "+" : ""}${sink.value} %`;
    if (!row) { $("#whatif-result").textContent = say("no data"); return; }
    const emitted = row.ce_tgco2 * (1 - cut.value / 100);
    const absorbed = row.ecs_tgco2 * (1 + sink.value / 100);
    const needed = 1 - absorbed / row.ce_tgco2;
    $("#whatif-result").textContent = say("{0}: {1} emitted, {2} absorbed, balance {3}. Neutral at a cut of {4}.",
      year.value, about(emitted), about(absorbed), about(absorbed - emitted),
      percentage(Math.max(0, needed)));
  };
  for (const control of [scenario, year, cut, sink]) {
    control.addEventListener("input", () => {
      State.write({ wsc: scenario.value, wy: year.value, wc: cut.value, ws: sink.value }, { quiet: true });
      tell();
    });
  }
  A.tellWhatIf = tell;
  tell();
}

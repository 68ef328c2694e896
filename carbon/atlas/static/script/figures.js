/* The figures of this page: drawn when they come into view, or when the page is printed. */

const drawn = new Set();

/* One drawing of a figure after the other; a choice that is overtaken is left out. */
const turns = {};

function draw(anchor) {
  const turn = (turns[anchor] ??= { running: null, next: null });
  if (!turn.running) {
    turn.running = drawNow(anchor).finally(() => { turn.running = null; });
    return turn.running;
  }
  turn.next ??= turn.running.then(() => { turn.next = null; return draw(anchor); });
  return turn.next;
}

async function drawNow(anchor) {
  const figure = A.figures[anchor];
  const holder = $(`[data-figure="${CSS.escape(anchor)}"]`);
  if (!figure || !holder) return;
  try {
    chosen(figure);
    await drawers[figure.kind](figure, holder);
    holder.dataset.state ??= "drawn";
    if (holder.dataset.state === "failed") holder.dataset.state = "drawn";
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

/* What was never scrolled to is drawn for the printer, on white paper. */
function preparePrint() {
  let before = null;
  const all = () => $$("[data-figure]").filter((holder) => holder.offsetParent)
    .map((holder) => { drawn.add(holder.dataset.figure); return draw(holder.dataset.figure); });
  A.drawAll = () => Promise.all(all());
  window.addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme ?? "";
    document.documentElement.dataset.theme = "light";
    all();
  });
  window.addEventListener("afterprint", () => {
    if (before) document.documentElement.dataset.theme = before;
    else delete document.documentElement.dataset.theme;
    redraw();
  });
}

/* ?embed=ANCHOR shows one figure and nothing else. */
function prepareEmbed() {
  const anchor = new URLSearchParams(location.search).get("embed");
  const wanted = anchor && document.getElementById(anchor);
  if (!wanted) return;
  document.documentElement.dataset.embed = anchor;
  $("main .frame").replaceChildren(wanted, element("p", { class: "note" },
    element("a", { href: location.href.replace(/\?[^#]*/, ""), target: "_top" }, A.about.title)));
}

function prepare(holder) {
  const anchor = holder.dataset.figure;
  const figure = A.figures[anchor];
  if (!figure) return;
  for (const select of $$("select[data-control]", holder)) {
    select.addEventListener("change", () => {
      State.write({ [`${anchor}.${select.dataset.control}`]: select.value });
      $$("details[open]", holder).forEach((details) => { details.open = false; });
      draw(anchor);
    });
  }
  prepareShare(holder, anchor);
  $(".sql", holder)?.addEventListener("toggle", async (event) => {
    if (event.target.open) $("code", event.target).textContent = (await A.view(anchor)).sql;
  });
  $(".rows", holder)?.addEventListener("toggle", (event) => {
    if (event.target.open) fillTable(anchor, $("div", event.target));
  });
  if (figure.kind === "explore") prepareExplore(holder);
}

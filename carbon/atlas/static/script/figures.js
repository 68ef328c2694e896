/* The figures of this page: drawn when they come into view, with slider and buttons. */

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

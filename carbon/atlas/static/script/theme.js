/* Colours and type of both themes, and Vega's configuration with them. */

const THEMES = {
  light: {
    tokens: {
      $paper: "#ffffff", $ink: "#1b2127", $muted: "#6b747d", $border: "#39424a",
      $faint: "#c3c9ce", $faintpoint: "#9aa3ab", $accent: "#1f5f8b", $nodata: "#c8cdd2",
      $deficit: "#8c510a", $surplus: "#01665e",
      $ce: "#c2500f", $ecs: "#00806a", $nep: "#4aa3d8", $rcs: "#8a4fa0", $cnc: "#1b2127",
      $grade1: "#543005", $grade2: "#bf812d", $grade3: "#dfc27d",
    },
    // ColorBrewer's BrBG: brown and blue green are told apart by colour-blind readers.
    negative: ["#543005", "#8c510a", "#bf812d", "#dfc27d", "#f6e8c3"],
    positive: ["#c7eae5", "#80cdc1", "#35978f", "#01665e", "#003c30"],
    ramp: ["#e8f0f6", "#c9dcea", "#a3c4dc", "#73a6ca", "#4786b3", "#246596", "#0d416b"],
    middle: "#f5f4f1",
    category: ["#1f5f8b", "#c2500f", "#00806a", "#8a4fa0", "#c99700", "#4aa3d8", "#6b747d"],
    clusters: { HH: "#01665e", LL: "#8c510a", HL: "#80cdc1", LH: "#dfc27d", ns: "#f0f1f2" },
    hotspots: {
      hot_99: "#01665e", hot_95: "#35978f", hot_90: "#a3d9d1", ns: "#f0f1f2",
      cold_90: "#ead6a6", cold_95: "#bf812d", cold_99: "#704208",
    },
    verdicts: { "robust surplus": "#01665e", "likely surplus": "#67b7ac", undecided: "#e9e6df",
      "likely deficit": "#d3a658", "robust deficit": "#8c510a" },
    land: "#e9ebed",
  },
  dark: {
    tokens: {
      $paper: "#161b20", $ink: "#e8ebee", $muted: "#96a1ab", $border: "#aeb8c1",
      $faint: "#4a545d", $faintpoint: "#77828c", $accent: "#7cb8e4", $nodata: "#4b545c",
      $deficit: "#e09a45", $surplus: "#4cc3b4",
      $ce: "#f08a4b", $ecs: "#3ec2a6", $nep: "#7cc4ee", $rcs: "#c495d8", $cnc: "#e8ebee",
      $grade1: "#ffc877", $grade2: "#cf8633", $grade3: "#8a5a26",
    },
    // The same hues with their lightness turned over: strong is bright on a dark ground.
    negative: ["#ffc877", "#e09a45", "#b0722b", "#7e5122", "#4f3820"],
    positive: ["#1d4643", "#246b65", "#2f958b", "#58bfb2", "#a3ebdd"],
    ramp: ["#1e3040", "#22455f", "#285d84", "#3579a8", "#5498c6", "#86bade", "#c7e2f5"],
    middle: "#2b3238",
    category: ["#7cb8e4", "#f08a4b", "#3ec2a6", "#c495d8", "#e5bd3f", "#a9d7f3", "#96a1ab"],
    clusters: { HH: "#58bfb2", LL: "#e09a45", HL: "#246b65", LH: "#7e5122", ns: "#272e34" },
    hotspots: {
      hot_99: "#a3ebdd", hot_95: "#43a99d", hot_90: "#235a55", ns: "#272e34",
      cold_90: "#654520", cold_95: "#bd7b30", cold_99: "#ffc877",
    },
    verdicts: { "robust surplus": "#7fe0d2", "likely surplus": "#2f958b", undecided: "#3a434b",
      "likely deficit": "#a5702c", "robust deficit": "#f0b25a" },
    land: "#2a3138",
  },
};
A.themes = THEMES;
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

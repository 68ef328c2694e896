/* What the address says: a place or figure, then choices, as in #city/520100&y=2017&lang=zh. */

const State = (() => {
  const followers = [];
  let last = null;

  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return text; }
  };
  const encode = (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%2C", ",");

  function read() {
    const state = { path: "" };
    for (const part of location.hash.slice(1).split("&")) {
      const at = part.indexOf("=");
      if (at < 0) { if (part) state.path = decode(part.replaceAll("+", " ")); continue; }
      state[decode(part.slice(0, at))] = decode(part.slice(at + 1).replaceAll("+", " "));
    }
    return state;
  }

  function written(state) {
    const { path, ...choices } = state;
    const parts = Object.entries(choices).filter(([, value]) => value !== null
      && value !== undefined && value !== "")
      .map(([key, value]) => `${encode(key)}=${encode(String(value)).replaceAll("%20", "+")}`);
    return `#${[path ? encode(path) : "", ...parts].filter(Boolean).join("&")}`;
  }

  /* A choice is a step that Back undoes; a slider that moves is one step, not twenty. */
  function write(changes, { quiet = false } = {}) {
    const address = written({ ...read(), ...changes });
    if (address === (location.hash || "#")) return;
    last = address;
    history[quiet ? "replaceState" : "pushState"](null, "", address);
  }

  function tell() {
    if (location.hash === last) return;
    last = location.hash;
    followers.forEach((follower) => follower(read()));
  }

  window.addEventListener("popstate", () => { last = null; tell(); });
  window.addEventListener("hashchange", tell);
  return { read, write, written, follow: (follower) => followers.push(follower) };
})();
A.addressState = State;

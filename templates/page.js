// The review page: unfolding, filter, keyboard, links to parts, ticks. All text is in the page already;
// that of one repository can be read without this script. What is said again and again is written here, not there:
// the size of a page is what it takes a browser to open it.
"use strict";
(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const ITEMS = ".card, .file, details.repository";

  // A page of a local file may have no storage, and then nothing is kept.
  const kept = {
    get(key) { try { return localStorage.getItem(`tfkeyless:${key}`); } catch { return null; } },
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(`tfkeyless:${key}`);
        else localStorage.setItem(`tfkeyless:${key}`, value);
      } catch { /* as above */ }
    },
  };

  // Parts that are folded at first cost a browser nothing until somebody looks: the files of one repository are
  // in `noscript`, which is text to a browser with scripts; each of several repositories is compressed in a
  // `template`.
  const filled = new WeakMap();
  function fill(details) {
    if (!filled.has(details)) filled.set(details, unpack(details));
    return filled.get(details);
  }
  async function unpack(details) {
    const folded = one(":scope > :is(noscript, template)", details);
    if (!folded) return;
    const part = document.createElement("div");
    // What is not compressed is there at once: printing does not wait.
    part.innerHTML = folded.matches("template") ? await inflated(folded.content.textContent) : folded.textContent;
    folded.replaceWith(part);
    prepare(part);
    filter(details);
  }
  function inflated(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  }
  document.addEventListener("toggle", (event) => {
    if (event.target.open) fill(event.target);
  }, true);

  const stepOf = (box) => box.closest("li").id;

  // What each transform does stands once in the page, in the filter's list.
  const about = new Map(all("#transform option[title]").map((option) => [option.value, option.title]));
  function prepare(part) {
    for (const name of all(".transform", part)) name.title = about.get(name.textContent) ?? "";
    for (const card of all(".card", part)) {
      card.tabIndex = -1;
      const anchor = document.createElement("a");
      anchor.className = "anchor";
      anchor.href = `#${card.id}`;
      anchor.textContent = "#";
      anchor.setAttribute("aria-label", "Link to this finding");
      one(".head", card).append(" ", anchor);
    }
    for (const box of all(".steps input", part)) box.checked = kept.get(stepOf(box)) !== null;
    // Side by side, lines that stay are on both sides; in one column they have both numbers.
    for (const lines of all(".lines.kept", part)) {
      const copy = lines.cloneNode(true);
      copy.classList.add("after");
      copy.start = lines.dataset.after;
      copy.setAttribute("aria-hidden", "true");
      for (const [number, line] of [...lines.children].entries()) line.dataset.after = copy.start + number;
      lines.after(copy);
    }
    for (const commands of all(".commands", part)) {
      commands.tabIndex = 0;
      if (!navigator.clipboard) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the commands");
      const around = document.createElement("div");
      around.className = "copied";
      commands.replaceWith(around);
      around.append(commands, button);
    }
  }
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".steps input")) kept.set(stepOf(target), target.checked ? "1" : null);
  });
  document.addEventListener("click", async ({ target }) => {
    if (!target.matches(".copied button")) return;
    await navigator.clipboard.writeText(target.previousElementSibling.textContent);
    target.textContent = "Copied";
    setTimeout(() => { target.textContent = "Copy"; }, 1500);
  });

  // The filter.
  const words = one("#words");
  const transform = one("#transform");
  const state = one("#state");
  // A finding shows its transform, state and places; what may be folded has them as attributes.
  function factsOf(item) {
    const { transforms, states, paths } = item.dataset;
    const file = item.closest(".file");
    const own = file ? one(".path", file).textContent : paths ?? "";
    if (!item.matches(".card")) return { transforms, states, paths: own };
    const places = one(".places", item)?.textContent ?? "";
    return { transforms: one(".transform", item).textContent, states: item.className, paths: `${own} ${places}` };
  }
  function matches(item, name) {
    const has = (list, wanted) => !wanted || ` ${list} `.includes(` ${wanted} `);
    const { transforms, states, paths } = factsOf(item);
    const text = `${name} ${paths}`.toLowerCase();
    return has(transforms, transform.value) && has(states, state.value)
      && words.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }
  function filter(within = document) {
    for (const item of all(ITEMS, within)) {
      const repository = item.closest(".repository");
      item.hidden = !matches(item, repository?.dataset.name ?? "");
    }
    // A file with a finding that matches beside it is one that matches; the finding alone would not
    // show its lines.
    for (const section of all(".needs, .files, .notes", within)) {
      const items = all(":scope > :is(.card, .file)", section);
      section.hidden = items.length > 0 && items.every((item) => item.hidden);
    }
    const top = all("main > details, main > div > section > :is(.card, .file)");
    const shown = top.filter((item) => !item.hidden).length;
    const isFiltered = words.value || transform.value || state.value;
    one("#shown").textContent = isFiltered ? `${shown} of ${top.length}` : "";
    one("#none").hidden = shown > 0 || top.length === 0;
  }
  one("#without-scripts")?.remove();
  one(".filter").addEventListener("submit", (event) => event.preventDefault());
  for (const control of [words, transform, state]) {
    control.addEventListener("input", () => filter());
  }

  // Links to parts: what they name may be folded, or in a repository that is.
  async function reveal(id) {
    if (!id) return null;
    const repository = document.getElementById(id.split(".")[0]);
    if (repository?.matches("details")) await unfold(repository);
    if (!document.getElementById(id)) all("details.file", repository ?? document).forEach(fill);
    const target = document.getElementById(id);
    for (let at = target; at; at = at.parentElement) {
      if (at.matches("details")) unfold(at);
      at.hidden = false;
    }
    return target;
  }
  function unfold(details) {
    details.open = true;
    return fill(details);
  }
  function goTo(target) {
    const focused = target.matches("details") ? one(":scope > summary", target) : target;
    focused.focus({ preventScroll: true });
    target.scrollIntoView({ block: target.matches("details") ? "start" : "center" });
  }
  async function follow() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* it is none of ours */ }
    const target = await reveal(id);
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", follow);

  // The keyboard.
  const isShown = (item) => item.checkVisibility();
  const current = () => document.activeElement?.closest(ITEMS);
  function step(items, direction) {
    const from = current();
    const follows = (item) => from.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
    const precedes = (item) => from.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_PRECEDING;
    if (!from) return direction > 0 ? items[0] : items.at(-1);
    return direction > 0
      ? items.find((item) => item !== from && follows(item))
      : items.findLast((item) => item !== from && precedes(item));
  }
  function move(direction) {
    const next = step(all(ITEMS).filter(isShown), direction);
    if (next) goTo(next);
  }
  async function nextOpen() {
    const needs = "main .needs > .card, main details.repository:not([open])";
    const isOpen = (item) => /\b(manual|review)\b/.test(factsOf(item).states);
    const next = step(all(needs).filter((item) => isOpen(item) && isShown(item)), 1);
    if (!next) return;
    if (!next.matches("details")) return goTo(next);
    await unfold(next);
    goTo(all(".needs > .card", next).find(isShown) ?? next);
  }
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    n: nextOpen,
    u: () => show(root.dataset.view === "split" ? "unified" : "split"),
    "/": () => words.focus(),
    "?": () => one("#keys").showModal(),
    Enter: () => {
      const item = document.activeElement;
      if (item.matches(".card")) one(".places a", item)?.click();
    },
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || one("#keys").open) return;
    if (target.matches("input[type=search], select")) {
      if (key === "Escape") {
        words.value = "";
        target.blur();
        filter();
      }
      return;
    }
    if (!Object.hasOwn(keys, key)) return;
    if (key !== "Enter") event.preventDefault();
    keys[key]();
  });

  // The bar's buttons.
  function show(view) {
    root.dataset.view = view;
    one("#view").setAttribute("aria-pressed", String(view === "split"));
  }
  one("#view").addEventListener("click", keys.u);
  one("#help").addEventListener("click", keys["?"]);
  // Of thousands of repositories all that they hold would take a browser minutes.
  const MOST = 100;
  const unfolding = () => {
    const folds = all("details.repository, details.file").filter(isShown);
    return folds.length > MOST ? `Unfold ${MOST}` : "Unfold all";
  };
  one("#fold").addEventListener("click", ({ target }) => {
    const folds = all("details.repository, details.file").filter(isShown);
    const fold = folds.some((details) => details.open);
    if (fold) for (const details of folds) details.open = false;
    else folds.slice(0, MOST).forEach(unfold);
    target.textContent = fold ? unfolding() : "Fold all";
  });
  const themes = ["system", "dark", "light"];
  function setTheme(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    one("#theme").textContent = `Theme: ${theme}`;
  }
  one("#theme").addEventListener("click", () => {
    const at = themes.indexOf(root.dataset.theme ?? "system");
    const theme = themes[(at + 1) % themes.length];
    setTheme(theme);
    kept.set("theme", theme);
  });

  // On paper one repository is whole; of several, what is unfolded. It is too narrow for two sides.
  let before = null;
  addEventListener("beforeprint", () => {
    before = root.dataset.view;
    show("unified");
    all("details.file").filter(isShown).forEach(unfold);
  });
  addEventListener("afterprint", () => show(before));

  root.classList.add("scripted");
  const theme = kept.get("theme");
  setTheme(themes.includes(theme) ? theme : "system");
  show(matchMedia("(min-width: 75rem)").matches ? "split" : "unified");
  if (!one("details.file[open]")) one("#fold").textContent = unfolding();
  prepare(document);
  follow();
})();

// Words of the comment that prove the answer. By mouse: drag over them; by touch: tap one, or hold and drag; by keyboard: `b`, then arrows (or
// a and d, w and s), Space, Shift to extend, z to take the last mark back. Kept in the form as "3-9 14-20", in characters (code points), as the
// server counts them. Without this file the words are a list to tick.
const work = () => document.getElementById("work");
const field = () => work()?.querySelector("#answer")?.elements.rationale;
const quote = () => [...work().querySelectorAll(".one .quote")].find((one) => one.offsetParent !== null);
const HOLD = 350;
let history = [];
let cursor = null;  // index of the word that the keys are at; null: not marking by keyboard
let drag = null;

// The words of the comment, with their place in it; each stands in one span, or in several where the shading cuts it.
function wordsOf(comment) {
  const text = comment.textContent;
  const words = [];
  let points = 0;
  let units = 0;
  for (const found of text.matchAll(/\S+/gu)) {
    points += [...text.slice(units, found.index)].length;
    const length = [...found[0]].length;
    words.push({ text: found[0], from: found.index, to: found.index + found[0].length, start: points, end: points + length });
    points += length;
    units = found.index + found[0].length;
  }
  return words;
}

function wrap(comment) {
  if (comment.dataset.wrapped) return;
  comment.dataset.wrapped = "1";
  const words = wordsOf(comment);
  const nodes = [];
  const walker = document.createTreeWalker(comment, NodeFilter.SHOW_TEXT);
  for (let place = 0; walker.nextNode(); place += walker.currentNode.length) nodes.push([walker.currentNode, place]);
  for (const [node, place] of nodes) {
    const parts = document.createDocumentFragment();
    let done = 0;
    words.forEach((word, index) => {
      const from = Math.max(word.from - place, 0);
      const to = Math.min(word.to - place, node.length);
      if (from >= to) return;
      parts.append(node.data.slice(done, from));
      const piece = document.createElement("span");
      piece.className = "word";
      piece.dataset.word = index;
      piece.textContent = node.data.slice(from, to);
      parts.append(piece);
      done = to;
    });
    if (!parts.childNodes.length) continue;
    parts.append(node.data.slice(done));
    node.replaceWith(parts);
  }
}

const piecesOf = (index) => [...quote().querySelectorAll(`[data-word="${index}"]`)];
const spans = () => field().value.split(" ").filter(Boolean).map((span) => span.split("-").map(Number));

function marked(words) {
  const known = spans();
  return new Set([...words.keys()].filter((index) => known.some(([start, end]) => words[index].start < end && words[index].end > start)));
}

function stretches(words, chosen) {
  const found = [];
  for (const index of [...chosen].sort((a, b) => a - b)) {
    if (found.length && found.at(-1).last === index - 1) Object.assign(found.at(-1), { end: words[index].end, last: index });
    else found.push({ start: words[index].start, end: words[index].end, last: index });
  }
  return found;
}

function set(chosen) {
  history.push(field().value);
  write(stretches(wordsOf(quote()), chosen).map(({ start, end }) => `${start}-${end}`).join(" "));
}

function write(value) {
  field().value = value;
  field().dispatchEvent(new Event("input", { bubbles: true }));
  paint();
}

// Over words that are all marked already, marking takes the mark away.
function toggle(first, last) {
  const words = wordsOf(quote());
  const chosen = marked(words);
  const range = Array.from({ length: Math.abs(last - first) + 1 }, (_, step) => Math.min(first, last) + step);
  const isRemoval = range.every((index) => chosen.has(index));
  for (const index of range) isRemoval ? chosen.delete(index) : chosen.add(index);
  set(chosen);
}

function takeBack() {
  if (history.length) write(history.pop());
}

// What is marked, in the comment and in words beside the form. `preview`: words that a finger is dragged over.
function paint(preview = []) {
  const line = work()?.querySelector("[data-marked]");
  if (!line) return;
  line.closest(".rationale").hidden = false;
  const comment = quote();
  const words = comment ? wordsOf(comment) : [];
  const chosen = marked(words);
  if (comment && (chosen.size || preview.length || cursor !== null)) wrap(comment);
  for (const piece of comment?.querySelectorAll(".word") ?? []) {
    const index = Number(piece.dataset.word);
    piece.classList.toggle("proof", chosen.has(index));
    piece.classList.toggle("preview", preview.includes(index));
  }
  const said = stretches(words, chosen).map(({ start, end }) => `“${[...comment.textContent].slice(start, end).join("")}”`);
  line.textContent = said.join(" · ") || line.dataset.hint;
  work().querySelector("[data-unmark]").hidden = !chosen.size;
  dress(words, chosen);
}

// While the keys mark, each word is a button that is pressed or not, and one of them can be reached with Tab.
function dress(words, chosen) {
  const button = work().querySelector("[data-marks]");
  button.setAttribute("aria-pressed", cursor !== null);
  if (!quote()) return;
  quote().classList.toggle("marking", cursor !== null);
  words.forEach((word, index) => {
    const [piece] = piecesOf(index);
    if (!piece) return;
    if (cursor === null) {
      for (const name of ["role", "aria-pressed", "aria-label", "tabindex"]) piece.removeAttribute(name);
      return;
    }
    piece.setAttribute("role", "button");
    piece.setAttribute("aria-pressed", chosen.has(index));
    piece.setAttribute("aria-label", word.text);
    piece.tabIndex = index === cursor ? 0 : -1;
  });
}

function enter() {
  const words = quote() ? wordsOf(quote()) : [];
  if (!words.length) return;
  cursor = Math.min(...marked(words), words.length - 1);
  if (!marked(words).size) cursor = 0;
  paint();
  piecesOf(cursor)[0].focus();
}

function leave() {
  cursor = null;
  paint();
  work().querySelector(".said").focus({ preventScroll: true });
}

function move(to, isExtending) {
  const words = wordsOf(quote());
  if (to < 0 || to >= words.length) return;
  if (isExtending) set(marked(words).add(cursor).add(to));
  cursor = to;
  paint();
  piecesOf(cursor)[0].focus();
}

// The word above or below: on the nearest line, the nearest one.
function neighbour(direction) {
  const box = (index) => piecesOf(index)[0].getBoundingClientRect();
  const here = box(cursor);
  const others = wordsOf(quote()).map((_, index) => ({ index, rect: box(index) }));
  const beyond = others.filter(({ rect }) => direction * (rect.top - here.top) > here.height / 2);
  const distance = ({ rect }) => Math.abs(rect.top - here.top) * 1000 + Math.abs(rect.left - here.left);
  return beyond.sort((a, b) => distance(a) - distance(b))[0]?.index ?? cursor;
}

const STEPS = { arrowright: 1, d: 1, arrowleft: -1, a: -1 };
const LINES = { arrowdown: 1, s: 1, arrowup: -1, w: -1 };

// Before the page's own keys, which mean other things.
document.addEventListener("keydown", (event) => {
  if (cursor === null || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (!event.target.closest(".word")) return;
  const key = event.key.toLowerCase();
  const isFromTheRight = getComputedStyle(quote()).direction === "rtl";
  if (key in STEPS) move(cursor + STEPS[key] * (isFromTheRight ? -1 : 1), event.shiftKey);
  else if (key in LINES) move(neighbour(LINES[key]), false);
  else if (key === " ") toggle(cursor, cursor);
  else if (key === "z") takeBack();
  else if (key === "escape" || key === "b") leave();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

const wordAt = (x, y) => {
  const piece = document.elementFromPoint(x, y)?.closest(".quote .word");
  return piece ? Number(piece.dataset.word) : null;
};

// A stretch that was selected with the mouse.
function selected() {
  const selection = getSelection();
  const comment = quote();
  if (!comment || selection.isCollapsed || !selection.rangeCount) return [];
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(comment)) return [];
  return [...wordsOf(comment).keys()].filter((index) => piecesOf(index).some((piece) => covers(range, piece)));
}

// Touched at the edge only does not count.
function covers(range, piece) {
  const own = document.createRange();
  own.selectNodeContents(piece);
  return range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0;
}

document.addEventListener("pointerdown", (event) => {
  const comment = event.target.closest?.(".one .quote");
  if (!comment) return;
  wrap(comment);
  if (event.pointerType === "touch") hold(event);
  else drag = { isMouse: true };
});

document.addEventListener("pointerup", () => {
  if (!drag?.isMouse) return;
  drag = null;
  const words = selected();
  if (!words.length) return;
  toggle(words[0], words.at(-1));
  getSelection().removeAllRanges();
});

function hold({ clientX, clientY }) {
  const first = wordAt(clientX, clientY);
  if (first === null) return;
  const timer = setTimeout(() => {
    drag.isHeld = true;
    paint([first]);
    navigator.vibrate?.(10);
  }, HOLD);
  drag = { first, last: first, timer, x: clientX, y: clientY };
}

function range({ first, last }) {
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, step) => Math.min(first, last) + step);
}

document.addEventListener("touchmove", (event) => {
  if (!drag || drag.isMouse) return;
  const [{ clientX, clientY }] = event.touches;
  if (!drag.isHeld || event.touches.length > 1) {
    if (event.touches.length > 1 || Math.hypot(clientX - drag.x, clientY - drag.y) > 10) { clearTimeout(drag.timer); drag = null; paint(); }
    return;
  }
  event.preventDefault();
  drag.last = wordAt(clientX, clientY) ?? drag.last;
  paint(range(drag));
}, { passive: false });

document.addEventListener("touchend", (event) => {
  if (!drag || drag.isMouse) return;
  clearTimeout(drag.timer);
  const { first, last, isHeld } = drag;
  drag = null;
  // Otherwise a click would follow, on whatever lies there.
  event.preventDefault();
  toggle(first, isHeld ? last : first);
}, { passive: false });
document.addEventListener("touchcancel", () => { if (drag?.timer) { clearTimeout(drag.timer); drag = null; paint(); } });
document.addEventListener("contextmenu", (event) => { if (drag?.isHeld) event.preventDefault(); });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-marks]")) return cursor === null ? enter() : leave();
  if (event.target.closest("[data-unmark]")) { set([]); return work().querySelector("[data-marks]").focus(); }
  const piece = event.target.closest(".quote .word");
  if (!piece || !getSelection().isCollapsed) return;
  // With the mouse a click alone marks nothing, or reading with the pointer would.
  if (cursor !== null || piece.classList.contains("proof")) toggle(Number(piece.dataset.word), Number(piece.dataset.word));
});

// Another item stands in front, or what was undone is there again.
document.addEventListener("biasapp:front", () => { history = []; cursor = null; paint(); });
document.body.addEventListener("htmx:afterSettle", (event) => { if (event.target.closest?.(".explained")) paint(); });
if (work()) paint();

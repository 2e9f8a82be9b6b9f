// The stream of items. An answer goes into the outbox (kept in the browser until the server has it), what waited in `#ahead` comes forward at
// once, and the server's reply brings the item after that. Without this file every answer is an ordinary form post.
import * as drafts from "./drafts.js";
import { askFor, blank, clearErrors, isFilled, nameLevels, newKey, offerMentions, whatIsMissing } from "./sheet.js";
import { word } from "./words.js";

const work = () => document.getElementById("work");
const one = () => work().querySelector(".one");
const ahead = () => document.getElementById("ahead");
const isBlind = () => one()?.matches("[data-blind]");
const RETRY_AFTER = [1000, 2000, 5000, 10000, 30000];
const NOBODY_READS_IN = 300;  // ms: what is pressed so soon was meant for the comment before, as the second half of a double click is
let failures = 0;
let sending = null;  // the promise of an empty outbox, while it is being emptied
let isEmpty = false;  // answered what was in front before the server brought what comes next
let isUndoing = false;
let cameAt = -Infinity;  // when something else came under the reader's finger
let asking = 0;  // the timer that asks for a page that could not be had
const refused = new Set();  // why, until all that was given has been sent

// Whose answers these are, and of which round: a second person on this device never sends the first one's.
const box = () => `biasapp.answer.${work().dataset.box}.`;
const keysOf = (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)).sort();
const unsent = () => keysOf(box()).map((key) => ({ key, ...JSON.parse(localStorage.getItem(key)) }));
const say = (words) => { const line = document.getElementById("sending"); line.textContent = words; line.hidden = !words; };
// Time in view of the person: a hidden tab does not count.
const clock = { place: null, spent: 0, since: 0 };
const spent = () => clock.spent + (document.hidden ? 0 : performance.now() - clock.since);
const waiting = (why) => word(`${why}${unsent().length === 1 ? "One" : "Many"}`, { count: unsent().length });

function fieldsOf(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  fields.delete("csrfmiddlewaretoken");
  if (form.id === "answer") fields.set("seconds", (spent() / 1000).toFixed(1));
  return fields;
}

function take(form, submitter) {
  if (isEmpty || (form.id === "answer" && isBlind())) return;
  if (isTooSoon()) return;
  if (form.id === "answer" && openVeil()) return;
  const fields = fieldsOf(form, submitter);
  const missing = whatIsMissing(form, fields);
  if (missing) return askFor(form, missing);
  if (form.matches(".flag form") && !fields.get("reason").trim()) return form.elements.reason.focus();
  const { place } = one().dataset;
  fields.set("shown", place);
  // Sorted by time: answers are sent in the order in which they were given.
  const entry = { place, url: form.getAttribute("action"), body: fields.toString(), isAnswer: form.id === "answer" };
  localStorage.setItem(`${box()}${Date.now()}.${place}`, JSON.stringify(entry));
  drafts.drop(work().dataset.box, place);
  work().querySelector(".undo").elements.place.value = place;
  count(entry.isAnswer ? 1 : 0);
  comeForward();
  send();
}

// Said beside the answers, so that nothing moves; a word that is no longer true goes.
function isTooSoon() {
  const is = performance.now() - cameAt < NOBODY_READS_IN;
  document.getElementById("too-soon").textContent = is ? word("tooSoon") : "";
  return is;
}

// Nobody judges what they have not read: what would be an answer shows the comment first.
function openVeil() {
  const veil = one().querySelector(".veil:not([open])");
  if (veil) veil.open = true;
  return Boolean(veil);
}

function count(by) {
  const done = work().querySelector("[data-done]");
  done.dataset.done = Number(done.dataset.done) + by;
  done.textContent = Number(done.dataset.done).toLocaleString(document.documentElement.lang);
  work().querySelector("progress").value = done.dataset.done;
  work().querySelector(".undo").hidden = false;
}

function comeForward() {
  const next = ahead().content.querySelector(".one");
  isEmpty = !next;
  showWaiting();
  if (isEmpty) return;
  one().replaceWith(next);
  cameAt = performance.now();
  // What was said about the item before is not true of this one.
  document.getElementById("messages").replaceChildren();
  next.classList.add("swapped");
  window.htmx?.process(next);
  aim();
  scrollTo({ top: 0 });
  next.querySelector(".said").focus({ preventScroll: true });
}

function showWaiting() {
  const item = work().querySelector(".item");
  item?.classList.toggle("waiting", isEmpty || isUndoing);
  if (item) item.inert = isEmpty || isUndoing;
}

// Point the form, which stays, at the item that is in front now.
function aim() {
  const { place, predicted, kind, mentions } = one().dataset;
  const form = document.getElementById("answer");
  blank(form);
  form.elements.key.value = newKey();
  clearErrors(form);
  form.action = `${work().dataset.base}${place}/`;
  for (const other of work().querySelectorAll(".asides form")) { other.action = `${form.action}skip/`; other.reset(); }
  for (const aside of work().querySelectorAll(".asides details")) aside.open = false;
  nameLevels(form, predicted, kind);
  offerMentions(form.elements.subgroup, mentions.split(" ").filter(Boolean));
  startClock(place);
  restoreDraft(form, place);
  showLeft();
  tellFront();
}

function startClock(place) {
  if (clock.place === place) return;
  Object.assign(clock, { place, spent: 0, since: performance.now() });
}

// Whatever shows something of the item in front beside the form.
const tellFront = () => document.dispatchEvent(new Event("biasapp:front"));

// For whoever must know whether all is stored: how many answers are still on their way.
const tell = () => { document.documentElement.dataset.unsent = unsent().length; };

function send() {
  tell();
  sending ??= emptyOutbox().finally(() => { sending = null; });
  return sending;
}

// Whether all that was in it is stored.
async function emptyOutbox() {
  for (let [first] = unsent(); first; [first] = unsent()) {
    const refusal = await sendOne(first);
    if (refusal === null) return false;
    if (refusal) refused.add(refusal);
    failures = 0;
  }
  const isStored = !refused.size;
  say([...refused].join(" "));
  refused.clear();
  return isStored;
}

function post(url, body) {
  const token = work().querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-Wants": "ahead", "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" };
  return fetch(url, { method: "POST", body, headers, redirect: "manual" });
}

// An undo must not overtake the answer that it takes back; and where that was refused, the newest stored one is not the one that is meant.
// Until it is through, nothing is taken: what is pressed meanwhile is meant for the item that comes back.
async function takeBack(form) {
  if (isUndoing) return;
  const values = Object.fromEntries(new FormData(form));
  isUndoing = true;
  showWaiting();
  const isStored = !(sending || unsent().length) || (await send());
  if (isStored) await window.htmx.ajax("POST", form.action, { target: "#work", swap: "outerHTML", values }).catch(() => {});
  isUndoing = false;
  showWaiting();
}

// Blind first: the prediction comes when the own level is stored.
async function sayOwnLevel(level) {
  if (isTooSoon() || openVeil()) return;
  const { place } = one().dataset;
  let reply;
  try {
    reply = await post(`${work().dataset.base}${place}/own-level/`, `level=${level}&shown=${place}`);
  } catch {
    return say(word("chooseAgain"));
  }
  if (reply.type === "opaqueredirect") return signIn();
  const words = await reply.text();
  if (reply.ok) return one().dataset.place === place && reveal(words);
  await refresh();
  if (reply.status === 409) say(JSON.parse(words).reason);
}

function reveal(fragment) {
  const box = document.createElement("template");
  box.innerHTML = fragment;
  const next = box.content.querySelector(".one");
  one().replaceWith(next);
  cameAt = performance.now();
  window.htmx?.process(next);
  say("");
  nameLevels(document.getElementById("answer"), next.dataset.predicted, next.dataset.kind);
  tellFront();
  next.querySelector(".model-says")?.focus({ preventScroll: true });
}

// Why it was refused, empty where it is stored; null where it must be sent again, and nothing may follow before.
async function sendOne(entry) {
  let reply;
  try {
    reply = await post(entry.url, entry.body);
  } catch {
    return later(waiting("offline"));
  }
  if (reply.type === "opaqueredirect") return signIn();
  if (reply.status >= 500 || reply.status === 429) return later(waiting("busy"));
  const words = await reply.text();
  localStorage.removeItem(entry.key);
  tell();
  if (!reply.ok) return refuse(entry, reply, words);
  receive(reply.headers.get("X-Front"), words);
  document.dispatchEvent(new CustomEvent("biasapp:told", { detail: reply.headers }));
  return "";
}

function later(words) {
  say([...refused, words].join(" "));
  setTimeout(send, RETRY_AFTER[Math.min(failures, RETRY_AFTER.length - 1)]);
  failures += 1;
  return null;
}

function signIn() {
  const address = document.body.dataset.signIn;
  window.location.assign(`${address}?next=${encodeURIComponent(window.location.pathname)}`);
  return null;
}

function receive(front, fragment) {
  const known = [isEmpty ? null : one()?.dataset.place, ...unsent().map((entry) => entry.place)];
  if (fragment) {
    ahead().innerHTML = fragment;
    // Another tab has answered what this one shows, or it shows already what would come next.
    if (known.includes(ahead().content.querySelector(".one").dataset.place)) ahead().innerHTML = "";
  }
  if (isEmpty && ahead().content.querySelector(".one")) comeForward();
  else if (isEmpty ? !unsent().length : !known.includes(front)) refresh();
}

async function refuse(entry, reply, words) {
  const what = reply.headers.get("Content-Type")?.startsWith("application/json") ? JSON.parse(words) : {};
  // What was filled in stands in the form again when the item comes back. A reason means that it does not; then a note is shown as left over.
  if (entry.isAnswer) keepDraft(entry.place, new URLSearchParams(entry.body));
  await refresh();
  const reason = what.reason ?? Object.values(what.errors ?? {}).join(" ");
  const isBack = !what.reason && entry.isAnswer && one()?.dataset.place === entry.place;
  return [reason || refusalOf(entry), isBack && word("stillHere")].filter(Boolean).join(" ");
}

function refusalOf(entry) {
  if (entry.isAnswer) return word("answerRefused");
  return word(new URLSearchParams(entry.body).has("flagged") ? "flagRefused" : "skipRefused");
}

// The server's view of things, after something happened that this page does not know of. Where it cannot be had, the next reply asks for it
// again; but while nothing stands in front, nothing can be answered, so it is asked for until it comes.
async function refresh(tries = 0) {
  const before = one()?.dataset.place;
  await window.htmx.ajax("GET", window.location.pathname, { target: "#work", swap: "outerHTML" }).catch(() => {});
  if (one()?.dataset.place !== before) cameAt = performance.now();
  clearTimeout(asking);
  // While answers wait to be sent, the server would bring back what they are about; their own replies ask when they are through.
  if (isEmpty) asking = setTimeout(() => { if (isEmpty && !unsent().length) refresh(tries + 1); }, RETRY_AFTER[Math.min(tries, RETRY_AFTER.length - 1)]);
}

const keepDraft = (place, fields) => drafts.keep(work().dataset.box, place, fields);

function restoreDraft(form, place) {
  const fields = drafts.find(work().dataset.box, place);
  if (!fields) return;
  clock.spent = Math.max(clock.spent, 1000 * (fields.get("seconds") ?? 0));
  drafts.fill(form, fields);
}

// A note whose comment was given back meanwhile, or whose round closed, stays in sight until its writer lets it go.
function showLeft() {
  const { box } = work().dataset;
  const held = [one(), ahead().content.querySelector(".one")].map((item) => item?.dataset.place);
  const left = drafts.namesIn(box).filter((place) => !held.includes(place) && drafts.find(box, place).get("note"));
  const note = document.getElementById("left");
  note.querySelector("ul").replaceChildren(...left.map((place) => {
    const row = note.querySelector("template").content.cloneNode(true);
    row.querySelector("q").textContent = drafts.find(box, place).get("note");
    row.querySelector("button").value = place;
    return row;
  }));
  note.hidden = !left.length;
}

document.addEventListener("submit", (event) => {
  if (event.target.id === "own-level") {
    event.preventDefault();
    sayOwnLevel(event.submitter.value);
  }
  if (event.target.matches(".undo")) {
    event.preventDefault();
    takeBack(event.target);
  }
  if (!event.target.matches("[data-step]")) return;
  event.preventDefault();
  take(event.target, event.submitter);
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("#answer");
  if (form) keepDraft(one().dataset.place, fieldsOf(form));
});
// The same item in another tab: both show what was filled in last, so that neither writes over it.
window.addEventListener("storage", ({ key, newValue }) => {
  const form = document.getElementById("answer");
  if (!form || !newValue || key !== drafts.keyOf(work().dataset.box, one().dataset.place)) return;
  blank(form);
  restoreDraft(form, one().dataset.place);
  tellFront();
});
document.getElementById("left").addEventListener("click", ({ target }) => {
  if (!target.matches("button")) return;
  drafts.drop(work().dataset.box, target.value);
  showLeft();
});
window.addEventListener("online", send);
document.body.addEventListener("htmx:afterSettle", (event) => { if (event.target === work()) started(); });

function started() {
  isEmpty = false;
  showWaiting();
  showLeft();
  const form = document.getElementById("answer");
  if (!form) return;
  const { place } = one().dataset;
  startClock(place);
  if (drafts.find(work().dataset.box, place)) {
    // Newer than what the server brings back, unless that says what is wrong with it.
    if (!form.querySelector("[aria-invalid]")) { blank(form); restoreDraft(form, place); }
  } else if (isFilled(form)) {
    // What was undone: it is here again too when another undo has put this item back behind others.
    keepDraft(place, fieldsOf(form));
  }
  tellFront();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clock.spent += performance.now() - clock.since;
  clock.since = performance.now();
});

drafts.dropOld();
tell();
started();
// What another visit left behind goes first, and then the page is read anew: it was made before the server had these answers.
if (unsent().length) send().then(() => { if (!unsent().length) refresh(); });

// Keys for the annotation page; without this file it works by mouse, touch and Tab.
import { applyKeys, isForUs, isOn, isTyping, ownsEnter, press, useKeys } from "./keys.js";
import { word } from "./words.js";

const work = () => document.getElementById("work");

function reveal() {
  work().querySelectorAll("button[hidden]").forEach((button) => { button.hidden = false; });
}

function leave(element) {
  const details = work().querySelector(".asides details[open]");
  if (!details) return element.blur?.();
  details.open = false;
  details.querySelector("summary").focus();
}

// The predicted level is no correction of itself: its key says so instead of doing nothing.
function sayPredicted(control) {
  const alert = work().querySelector("#answer > .note[role=alert]");
  const { kind } = work().querySelector(".one").dataset;
  const level = control.closest("label").querySelector("[data-toxicity]").dataset[kind];
  alert.querySelector("[data-what]").textContent = `✕ ${word("saysAlready", { level })}`;
  alert.hidden = false;
  alert.scrollIntoView({ block: "nearest" });
}

// The left hand alone reaches everything: with Shift, these stand for keys of the right. `q` and `t` are the lower and the higher of the two
// levels that the model does not say.
const LEFT_HAND = { W: "p", E: "n", X: "o", Z: "0", Q: "?", G: "i", S: "u" };
const OWN_LEVELS = { q: "l", w: "m", t: "h" };  // while the prediction is hidden
const OTHER_LEVELS = "#answer label:not([hidden]) > [name=corrected_label]";

function controlOf({ key, shiftKey }) {
  const isBlind = Boolean(work().querySelector(".one[data-blind]"));
  if (isBlind && OWN_LEVELS[key]) return work().querySelector(`.own-level [data-key=${OWN_LEVELS[key]}]`);
  if (key === "v") return work().querySelector("[data-save]");
  if (key === "q" || key === "t") return work().querySelectorAll(OTHER_LEVELS)[key === "q" ? 0 : 1];
  const usual = (shiftKey && LEFT_HAND[key]) || key.toLowerCase();
  return work().querySelector(`[data-key="${CSS.escape(usual)}"]`);
}

// In a list, 1 and 2 go up and down.
function step(list, by) {
  list.selectedIndex = Math.min(Math.max(list.selectedIndex + by, 0), list.options.length - 1);
  for (const name of ["input", "change"]) list.dispatchEvent(new Event(name, { bubbles: true }));
}

function save() {
  const button = work().querySelector("[data-save]");
  button?.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (!isForUs(event) || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (event.key === "Escape") return leave(target);
  if (event.repeat || work().querySelector(".item.waiting")) return;
  if (event.key === "Enter") {
    if (!ownsEnter(event)) { event.preventDefault(); save(); }
    return;
  }
  if (target.matches("select") && "12".includes(event.key)) { event.preventDefault(); return step(target, event.key === "1" ? -1 : 1); }
  if (isTyping(target)) return;
  const control = controlOf(event);
  if (!control || control.closest(".undo[hidden]")) return;
  // While the prediction is hidden there is nothing to answer yet.
  if (control.closest("#answer") && work().querySelector(".one[data-blind]")) return;
  event.preventDefault();
  if (control.closest("label[hidden]")) sayPredicted(control);
  else press(control);
});

// Naming the right level says that the predicted one is wrong. A question that is answered is wrong no more.
document.addEventListener("change", (event) => {
  const question = event.target.closest("[aria-invalid=true]");
  if (question) {
    question.removeAttribute("aria-invalid");
    question.removeAttribute("aria-describedby");
    question.classList.remove("wrong");
    question.querySelector(".error").hidden = true;
  }
  const verdict = event.target.dataset.implies;
  if (verdict) event.target.form.querySelector(`[name=verdict][value=${verdict}]`).checked = true;
});

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-clears]")?.dataset.clears;
  if (name) work().querySelectorAll(`[name=${name}]`).forEach((box) => { box.checked = false; });
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target === work()) event.target.classList.add("swapped");
  reveal();
});

const switchOfKeys = document.querySelector("[data-use-keys]");
switchOfKeys.addEventListener("change", () => useKeys(switchOfKeys.checked));
applyKeys();
switchOfKeys.checked = isOn();

// Three questions are due after so many answers: they wait above the comment, and nothing waits for them.
document.addEventListener("biasapp:front", () => {
  const note = work().querySelector("[data-check-at]");
  const done = Number(work().querySelector("[data-done]").dataset.done);
  if (note) note.hidden = done < Number(note.dataset.checkAt);
});

// An explanation is a help, never a condition: without it the comment stands as it is.
function withoutExplanation(event) {
  const why = event.target.querySelector?.(".why");
  if (why) why.textContent = word("noExplanation");
}
document.body.addEventListener("htmx:responseError", withoutExplanation);
document.body.addEventListener("htmx:sendError", withoutExplanation);
reveal();
work().querySelector("[aria-invalid=true]")?.focus();

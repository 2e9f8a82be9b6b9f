// Keys for the annotation page. Controls name their key in `data-key`; without this file they work by mouse, touch and Tab.
const work = () => document.getElementById("work");
const isTyping = (element) => element.matches?.("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");
const KEYS_OFF = "biasapp.keys-off";
let isBusy = false;

function reveal() {
  work().querySelectorAll("button[hidden]").forEach((button) => { button.hidden = false; });
}

function press(control) {
  if (control.matches("summary")) {
    control.click();
    control.parentElement.querySelector("form button, form input:not([type=hidden])")?.focus();
  } else if (control.matches("select, textarea")) {
    control.focus();
  } else {
    control.click();
  }
}

function leave(element) {
  const details = work().querySelector(".asides details[open]");
  if (!details) return element.blur?.();
  details.open = false;
  details.querySelector("summary").focus();
}

// The predicted level has no control of its own: its key says so instead of doing nothing.
function sayPredicted() {
  const form = work().querySelector("#answer");
  form.querySelector(".note[role=alert]")?.remove();
  const note = document.createElement("div");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = `✕ The model already says ${form.dataset.predicted}: press 1 for Correct.`;
  note.append(words);
  form.prepend(note);
  note.scrollIntoView({ block: "nearest" });
}

function showWrong() {
  const wrong = work().querySelector("[aria-invalid=true]");
  const alert = work().querySelector(".answer > .note[role=alert]");
  alert?.scrollIntoView({ block: "center" });
  wrong?.focus();
}

function save() {
  const button = work().querySelector("[data-save]");
  button?.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.keys === "off") return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (event.key === "Escape") return leave(target);
  if (event.repeat || isBusy) return;
  if (event.key === "Enter") {
    const ownsEnter = target.closest("a, button, summary, select, details form") || (target.matches("textarea") && event.shiftKey);
    if (!ownsEnter) { event.preventDefault(); save(); }
    return;
  }
  if (isTyping(target)) return;
  const control = work().querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (control && !control.disabled) { event.preventDefault(); press(control); }
  else if (!control && work().querySelector("#answer")?.dataset.predictedKey === event.key.toLowerCase()) sayPredicted();
});

// Naming the right level says that the predicted one is wrong. A question that is answered is wrong no more.
document.addEventListener("change", (event) => {
  const question = event.target.closest("[aria-invalid=true]");
  if (question) {
    question.removeAttribute("aria-invalid");
    question.removeAttribute("aria-describedby");
    question.classList.remove("wrong");
    question.querySelector(".error")?.remove();
  }
  const verdict = event.target.dataset.implies;
  if (verdict) event.target.form.querySelector(`[name=verdict][value=${verdict}]`).checked = true;
});

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-clears]")?.dataset.clears;
  if (name) work().querySelectorAll(`[name=${name}]`).forEach((box) => { box.checked = false; });
});

const isStep = (event) => event.detail.requestConfig?.verb === "post";
document.body.addEventListener("htmx:beforeRequest", (event) => { if (isStep(event)) isBusy = true; });
document.body.addEventListener("htmx:afterRequest", (event) => { if (isStep(event)) isBusy = false; });
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target === work()) event.target.classList.add("swapped");
  reveal();
  showWrong();
});

// Single keys can be turned off, on this device: who dictates would press them with every word.
const useKeys = document.querySelector("[data-use-keys]");

function applyKeys(isOn) {
  document.documentElement.dataset.keys = isOn ? "on" : "off";
  useKeys.checked = isOn;
}

useKeys.addEventListener("change", () => {
  if (useKeys.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
  applyKeys(useKeys.checked);
});
applyKeys(localStorage.getItem(KEYS_OFF) === null);

// An explanation is a help, never a condition: without it the comment stands as it is.
function withoutExplanation(event) {
  const why = event.target.querySelector?.(".why");
  if (why) why.textContent = "There is no explanation right now.";
}
document.body.addEventListener("htmx:responseError", withoutExplanation);
document.body.addEventListener("htmx:sendError", withoutExplanation);
reveal();
showWrong();

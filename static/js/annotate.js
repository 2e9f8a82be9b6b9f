// Keys for the annotation page. Controls name their key in `data-key`; without this file they work by mouse, touch and Tab.
const work = () => document.getElementById("work");
const isTyping = (element) => element.matches?.("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");
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

function save() {
  const button = work().querySelector("[data-save]");
  button?.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (event.key === "Escape") return target.blur?.();
  if (event.repeat || isBusy) return;
  if (event.key === "Enter") {
    const ownsEnter = target.closest("a, button, summary, select, details form") || (target.matches("textarea") && event.shiftKey);
    if (!ownsEnter) { event.preventDefault(); save(); }
    return;
  }
  if (isTyping(target)) return;
  const control = work().querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (control && !control.disabled) { event.preventDefault(); press(control); }
});

// Naming the right level says that the predicted one is wrong.
document.addEventListener("change", (event) => {
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
document.body.addEventListener("htmx:afterSettle", reveal);

// An explanation is a help, never a condition: without it the comment stands as it is.
function withoutExplanation(event) {
  const why = event.target.querySelector?.(".why");
  if (why) why.textContent = "There is no explanation right now.";
}
document.body.addEventListener("htmx:responseError", withoutExplanation);
document.body.addEventListener("htmx:sendError", withoutExplanation);
reveal();

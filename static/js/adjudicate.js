// The page that decides: its keys, and what is half filled in, which another item and back does not cost. Without this file it works by mouse,
// touch and Tab.
import * as drafts from "./drafts.js";
import { applyKeys, isForUs, isTyping, ownsEnter, press } from "./keys.js";

document.addEventListener("keydown", (event) => {
  if (!isForUs(event) || event.repeat) return;
  const target = event.target;
  if (event.key === "Escape") return target.blur();
  if (event.key === "Enter") {
    const save = document.querySelector("[data-save]");
    if (ownsEnter(event) || !save) return;
    event.preventDefault();
    return save.form.requestSubmit(save);
  }
  if (isTyping(target)) return;
  const control = document.querySelector(`main [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control) return;
  event.preventDefault();
  press(control);
});

function fieldsOf(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("csrfmiddlewaretoken");
  return fields;
}

function keepDrafts(form) {
  const { box } = document.getElementById("counts").dataset;
  drafts.dropOld();
  // Only now is it known that the server has them.
  for (const { dataset } of document.querySelectorAll("[data-decided]")) drafts.drop(box, dataset.decided);
  if (!form) return;
  const item = form.querySelector("[name=item]").value;
  const draft = drafts.find(box, item);
  // Newer than what the server brings back, unless that says what is wrong with it.
  if (draft && !form.matches("[data-refused]")) {
    for (const choice of form.querySelectorAll(":checked")) choice.checked = false;
    drafts.fill(form, draft);
  }
  form.addEventListener("input", () => drafts.keep(box, item, fieldsOf(form)));
}

keepDrafts(document.getElementById("decide"));
applyKeys();
document.querySelector(".wrong input")?.focus();

// The form of an answer, whichever item it is about: what it lacks, how that is said, and how it becomes empty and fits the next item.
// What the server would refuse is said before anything moves. The words come with the page.
export function whatIsMissing(form, fields) {
  if (form.id !== "answer" || fields.has("agree")) return null;
  if (!fields.get("verdict")) return "verdict";
  if (fields.get("verdict") === "incorrect" && !fields.get("corrected_label")) return "corrected";
  if (fields.has("bias_types") && !fields.get("severity")) return "severity";
  return null;
}

function complain(form, words) {
  const alert = form.querySelector(".note[role=alert]");
  alert.querySelector("[data-what]").textContent = `✕ ${words}`;
  alert.hidden = false;
  alert.scrollIntoView({ block: "center" });
}

export function askFor(form, name) {
  clearErrors(form);
  const question = form.querySelector(`[data-question=${name}]`);
  question.classList.add("wrong");
  question.tabIndex = -1;
  question.setAttribute("aria-invalid", "true");
  question.setAttribute("aria-describedby", `${name}-error`);
  const error = question.querySelector(".error");
  error.textContent = `✕ ${question.dataset.missing}`;
  error.hidden = false;
  complain(form, question.dataset.missing);
  question.focus();
}

export function clearErrors(form) {
  form.querySelector(".note[role=alert]").hidden = true;
  for (const question of form.querySelectorAll("[aria-invalid]")) {
    question.classList.remove("wrong");
    question.removeAttribute("aria-invalid");
    question.removeAttribute("aria-describedby");
    question.querySelector(".error").hidden = true;
  }
}

export function blank(form) {
  form.reset();
  for (const option of form.querySelectorAll("option")) option.selected = option.value === "";
  for (const box of form.querySelectorAll("input:is([type=radio], [type=checkbox])")) box.checked = false;
  form.elements.note.value = "";
  form.elements.rationale.value = "";
}

export const isFilled = (form) => form.elements.note.value || form.elements.rationale.value || form.querySelector(":checked:not(option), option:checked:not([value=''])");

export function nameLevels(form, predicted, kind) {
  const says = form.querySelector("[data-says] .level");
  for (const choice of form.querySelectorAll("[name=corrected_label]")) {
    const label = choice.closest("label");
    const name = label.querySelector("[data-toxicity]");
    name.textContent = name.dataset[kind];
    label.hidden = choice.value === predicted;
    if (!label.hidden) continue;
    says.textContent = name.textContent;
    says.className = `level ${predicted}`;
  }
}

export function offerMentions(select, mentions) {
  const group = select.querySelector("[data-mentioned]");
  const named = mentions.map((value) => new Option(select.querySelector(`optgroup:not([data-mentioned]) option[value="${value}"]`).text, value));
  group.replaceChildren(...named);
  group.hidden = !mentions.length;
}

// Only pages from this machine or over TLS have `randomUUID`.
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

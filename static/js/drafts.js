// What is half filled in, kept in the browser until the server has it, for a week at most. `box`: whose it is, and of which work.
const PREFIX = "biasapp.draft.";
const LAST_FOR = 7 * 24 * 3600 * 1000;

export const keyOf = (box, name) => `${PREFIX}${box}.${name}`;
export const keep = (box, name, fields) => localStorage.setItem(keyOf(box, name), JSON.stringify({ at: Date.now(), body: fields.toString() }));
export const drop = (box, name) => localStorage.removeItem(keyOf(box, name));

export function find(box, name) {
  const kept = localStorage.getItem(keyOf(box, name));
  return kept && new URLSearchParams(JSON.parse(kept).body);
}

export function namesIn(box) {
  const start = keyOf(box, "");
  return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length)).sort();
}

// A form that is empty so far. Its key stays its own: each sending has another.
export function fill(form, fields) {
  for (const [name, value] of fields) {
    if (name === "key") continue;
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.matches("[type=radio], [type=checkbox]")) field.checked ||= field.value === value;
      else if (field.tagName !== "BUTTON") field.value = value;
    }
  }
}

export function dropOld() {
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    if (!(Date.now() - JSON.parse(localStorage.getItem(key)).at < LAST_FOR)) localStorage.removeItem(key);
  }
}

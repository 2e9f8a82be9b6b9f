// Keys for the page that decides; without this file it works by mouse, touch and Tab.
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

applyKeys();
document.querySelector(".wrong input")?.focus();

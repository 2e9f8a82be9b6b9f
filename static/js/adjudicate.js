// Keys for the page that decides. Controls name their key in `data-key`; without this file they work by mouse, touch and Tab.
const KEYS_OFF = "biasapp.keys-off";
const isTyping = (element) => element.matches("textarea, input:not([type=radio], [type=checkbox], [type=hidden])");
const isOn = localStorage.getItem(KEYS_OFF) === null;
document.documentElement.dataset.keys = isOn ? "on" : "off";

function press(control) {
  if (control.matches("textarea")) control.focus();
  else control.click();
}

document.addEventListener("keydown", (event) => {
  if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const target = event.target;
  if (event.key === "Escape") return target.blur();
  if (event.key === "Enter") {
    const ownsEnter = target.closest("a, button, summary") || (target.matches("textarea") && event.shiftKey);
    const save = document.querySelector("[data-save]");
    if (ownsEnter || !save) return;
    event.preventDefault();
    return save.form.requestSubmit(save);
  }
  if (isTyping(target)) return;
  const control = document.querySelector(`main [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!control) return;
  event.preventDefault();
  press(control);
});

document.querySelector(".wrong input")?.focus();

// What the pages that work by single keys have in common. Controls name their key in `data-key`.
const KEYS_OFF = "biasapp.keys-off";

// Single keys can be turned off, on this device: who dictates would press them with every word.
export const isOn = () => document.documentElement.dataset.keys === "on";

export function applyKeys() {
  document.documentElement.dataset.keys = localStorage.getItem(KEYS_OFF) === null ? "on" : "off";
}

export function useKeys(isWanted) {
  if (isWanted) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "1");
  applyKeys();
}

// Pressed together with these, a key is the browser's.
export const isForUs = (event) => isOn() && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;

export const isTyping = (element) => element.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");

export function press(control) {
  if (control.matches("summary")) {
    control.click();
    control.parentElement.querySelector("form button, form input:not([type=hidden])")?.focus();
  } else if (control.matches("select, textarea")) {
    control.focus();
  } else {
    control.click();
  }
}

// Enter saves, except where it means something of its own.
export const ownsEnter = (event) => event.target.closest("a, button, summary, select, details form") || (event.target.matches("textarea") && event.shiftKey);

// Theme switch, the hint at tables that scroll, and the notice of a lost connection. Everything else on the site works without this file.
const THEMES = ["", "light", "dark"];
const root = document.documentElement;

function showTheme(button) {
  button.textContent = button.dataset[root.dataset.theme ?? "system"];
  button.hidden = false;
}

function switchTheme(button) {
  const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "") + 1) % THEMES.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  // A cookie, not local storage: the server writes the attribute, so no page flashes in the wrong colours.
  document.cookie = `theme=${next}; path=/; max-age=31536000; SameSite=Lax`;
  showTheme(button);
}

const button = document.querySelector("[data-theme-switch]");
if (button) {
  showTheme(button);
  button.addEventListener("click", () => switchTheme(button));
}

// A dialog opened by a button works without JavaScript as the page that the link leads to.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  event.preventDefault();
  document.getElementById(opener.dataset.opens).showModal();
});

// A table that is wider than its place says that it goes on: on a phone it only looks cut off.
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) target.toggleAttribute("data-scrolls", target.scrollWidth > target.clientWidth + 1);
});
const watchTables = () => document.querySelectorAll(".table-scroll").forEach((region) => widths.observe(region));
watchTables();
document.body.addEventListener("htmx:afterSwap", watchTables);

const lost = document.getElementById("lost");
const isStep = (event) => event.detail.requestConfig?.verb === "post";
document.body.addEventListener("htmx:sendError", () => { lost.hidden = false; });
document.body.addEventListener("htmx:responseError", (event) => { if (isStep(event)) lost.hidden = false; });
document.body.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) lost.hidden = true; });

// A fragment that was asked for after the session had ended comes back as the sign-in page: go there instead of showing it in the middle.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const signIn = document.body.dataset.signIn;
  if (new URL(event.detail.xhr.responseURL).pathname !== signIn) return;
  event.detail.shouldSwap = false;
  window.location.assign(`${signIn}?next=${encodeURIComponent(window.location.pathname)}`);
});

// What the stream's replies say beside the next item: how much of the session's hard reading is used, that a break is proposed, that the
// guidelines are new. Without this file the page says the same when it is loaded.
const work = () => document.getElementById("work");

function showExposure(share) {
  const bar = work().querySelector("[data-exposure]");
  if (bar) bar.value = 100 * Number(share);
}

function showNews() {
  const note = work().querySelector("[data-guidelines-news]");
  if (note) note.hidden = false;
}

// Only when all that was answered is stored: nothing is left behind on a page that waits for somebody's return.
function proposeBreak() {
  const { unsent } = document.documentElement.dataset;
  if (unsent === "0") window.location.assign(work().querySelector("[data-break]").href);
}

document.addEventListener("biasapp:told", ({ detail: headers }) => {
  if (headers.has("X-Exposure")) showExposure(headers.get("X-Exposure"));
  if (headers.has("X-Guidelines")) showNews();
  if (headers.has("X-Break")) proposeBreak();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "guidelines-text") work().querySelector("[data-guidelines-news]").hidden = true;
});

// Keeps the forecast beside the round form in step with what is typed.
const form = document.querySelector("[data-forecast]");

function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function show() {
  const items = form.elements.item_count.valueAsNumber;
  const overlap = form.elements.overlap.valueAsNumber;
  if (!(items > 0 && overlap > 0)) return;
  const answers = items * overlap;
  form.querySelector("[data-annotations]").textContent = answers.toLocaleString("en-GB");
  form.querySelector("[data-sum]").textContent = `${items.toLocaleString("en-GB")} items × ${overlap}`;
  form.querySelector("[data-time]").textContent = duration(answers * Number(form.dataset.seconds));
}

if (form) {
  form.addEventListener("input", show);
  show();
}

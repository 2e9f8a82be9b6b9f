// Draws the charts of a page: specs stand in the page as JSON, the library is loaded before this file, on this page only.
// `ast: true` keeps Vega from building functions from strings, which the content security policy forbids.
const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true } };

async function draw(figure) {
  const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const note = figure.firstElementChild;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  figure.append(canvas);
  if (canvas.clientWidth < 520) spec.config.legend.columns = 1;
  try {
    await window.vegaEmbed(canvas, spec, options);
    note.remove();
  } catch (error) {
    // The sentence and the table are there already: a chart that cannot be drawn takes nothing away.
    canvas.remove();
    console.warn("chart not drawn", error);
  }
}

if (window.vegaEmbed) document.querySelectorAll("[data-chart]").forEach(draw);

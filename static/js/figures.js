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

// Colours of charts are the page's own tokens, which mean nothing in a file: there they are written out as they are on the screen.
function written(token) {
  const probe = document.createElement("span");
  probe.style.color = token;
  document.body.append(probe);
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = getComputedStyle(probe).color;
  pen.fillRect(0, 0, 1, 1);
  probe.remove();
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

const PER_LINE = 90;

function lines(text) {
  const found = [""];
  for (const word of text.trim().split(/\s+/)) {
    if (found.at(-1) && found.at(-1).length + word.length >= PER_LINE) found.push("");
    found[found.length - 1] = `${found.at(-1)} ${word}`.trim();
  }
  return found;
}

// A picture is looked at apart from its page: it carries its title, and what the page says of simulated and made-up rows.
function heading(figure) {
  const notes = [...document.querySelectorAll("[data-in-files]")].flatMap((note) => lines(note.textContent));
  const style = { anchor: "start", fontSize: 16, offset: 16, color: written("var(--ink)"), subtitleColor: written("var(--ink)"), subtitleFontSize: 13 };
  return { text: lines(figure.querySelector("figcaption").textContent), subtitle: notes, ...style };
}

async function download(button) {
  const source = document.getElementById(button.dataset.of).textContent;
  const spec = JSON.parse(source.replace(/var\(--[\w-]+\)/g, written));
  const drawn = document.querySelector(`[data-chart="${button.dataset.of}"] .canvas`);
  Object.assign(spec, { width: Math.max(640, drawn?.clientWidth ?? 0), background: written("var(--paper)"), title: heading(button.closest("figure")) });
  const place = document.createElement("div");
  const { view } = await window.vegaEmbed(place, spec, options);
  const link = document.createElement("a");
  link.download = `${button.dataset.of}.${button.dataset.download}`;
  link.href = await view.toImageURL(button.dataset.download, 2);
  link.click();
  view.finalize();
}

if (window.vegaEmbed) {
  document.querySelectorAll("[data-download]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => download(button));
  });
}
if (window.vegaEmbed) document.querySelectorAll("[data-chart]").forEach(draw);

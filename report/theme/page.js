// Draws each chart into its place. Colours are CSS variables inside the SVG, so a change of theme needs no redraw.
const { config, specs } = JSON.parse(document.getElementById("data").textContent);
const options = { mode: "vega-lite", renderer: "svg", actions: false, config, tooltip: { theme: "custom" } };

// The figure stays with our label: Vega names the element that it draws into "Vega visualization".
for (const place of document.querySelectorAll("[data-chart]")) {
  const canvas = place.appendChild(document.createElement("div"));
  window.vegaEmbed(canvas, specs[place.dataset.chart], options).then(
    () => place.classList.add("drawn"),
    (error) => {
      place.textContent = "This chart could not be drawn; its figures are in the tables below.";
      console.error(place.dataset.chart, error);
    },
  );
}

// On paper nothing can be opened, so everything is.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open]):not(.sql)")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});

// What scripts say to people, in the language of the page: each sentence stands in a `data-` of `#words`, with {count} where a number goes.
export function word(name, values = {}) {
  return document.getElementById("words").dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

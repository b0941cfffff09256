// Sets light or dark before anything is painted. A file of its own, since the page allows no inline script.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("mailward.scheme");
  } catch {
    chosen = null;
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();

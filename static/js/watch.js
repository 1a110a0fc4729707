// <div id="import" data-watch>: requests its own page every second and replaces the element by the one with the same
// id, until that has no data-watch. Without JavaScript the page reloads itself.
const EVERY = 1000;

function watch(element) {
  setTimeout(async () => {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!response.ok) return location.reload();
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById(element.id);
      if (!fresh || !element.isConnected) return;
      element.replaceWith(fresh);
      if (fresh.matches("[data-watch]")) watch(fresh);
    } catch {
      watch(element);
    }
  }, EVERY);
}

document.querySelectorAll("[data-watch]").forEach(watch);

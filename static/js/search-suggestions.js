// <form data-suggestions="/search/suggestions" data-suggestions-label="..">: while somebody types in its search field,
// products are suggested in a list box below it (the combobox pattern of the ARIA Authoring Practices). Arrows move
// through it, Enter opens what is chosen, Escape closes it. The list comes from the server as options with data-href;
// the last one has data-status, the text for screen readers.
const PAUSE = 150;

for (const form of document.querySelectorAll("form[data-suggestions]")) {
  const input = form.querySelector("input[type=search]");
  if (input) start(form, input);
}

function start(form, input) {
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.suggestionsLabel);
  list.hidden = true;
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let timer = 0;
  let request = null;
  let asked = "";
  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function close() {
    clearTimeout(timer);
    request?.abort();
    request = null;
    asked = "";
    list.hidden = true;
    choose(null);
    input.setAttribute("aria-expanded", "false");
  }

  function choose(option) {
    chosen()?.removeAttribute("aria-selected");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  async function ask(words) {
    request?.abort();
    const mine = new AbortController();
    request = mine;
    asked = words;
    try {
      const address = `${form.dataset.suggestions}?${new URLSearchParams({ q: words })}`;
      const response = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
      const html = response.ok ? await response.text() : "";
      if (request === mine) show(html);
    } catch {
      // Aborted, or no connection: the form works without suggestions.
      if (request === mine) close();
    }
  }

  function show(html) {
    if (document.activeElement !== input) return close();
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = [...page.querySelectorAll("[role=option]")];
    choose(null);
    list.replaceChildren(...fresh);
    list.hidden = fresh.length === 0;
    input.setAttribute("aria-expanded", String(fresh.length > 0));
    status.textContent = list.querySelector("[data-status]")?.dataset.status || "";
  }

  function open(option) {
    location.assign(option.dataset.href);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const words = input.value.trim();
    if (!words) return close();
    timer = setTimeout(() => words !== asked && ask(words), PAUSE);
  });

  input.addEventListener("keydown", (event) => {
    // Enter and arrows belong to the input method while it composes Chinese.
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      open(chosen());
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.hidden) {
        if (step === 1 && input.value.trim()) ask(input.value.trim());
        return event.preventDefault();
      }
      // One place more than there are options: the field itself.
      const all = [null, ...options()];
      const at = Math.max(0, all.indexOf(chosen()));
      choose(all.at((at + step + all.length) % all.length));
      event.preventDefault();
    }
  });

  // The field keeps the focus while an option is pressed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) open(option);
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}

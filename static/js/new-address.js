// <details data-new-address> below the radio buttons of the saved addresses: opening it unselects those, choosing one
// of them closes it, and its fields are not sent while it is closed. [data-goes-to] says where the order goes.
for (const fold of document.querySelectorAll("[data-new-address]")) start(fold);

function start(fold) {
  const fields = [...fold.querySelectorAll("input")];
  const radios = [...document.querySelectorAll("input[type=radio][name=address_id]")];
  const words = document.querySelector("[data-goes-to]");
  if (!radios.length) return;
  let last = radios.find((radio) => radio.checked) || radios[0];

  function use(isNew) {
    fold.open = isNew;
    for (const field of fields) field.disabled = !isNew;
    for (const radio of radios) {
      radio.required = !isNew;
      if (isNew) radio.checked = false;
    }
    say();
  }

  function say() {
    if (!words) return;
    const chosen = radios.find((radio) => radio.checked);
    const typed = (name) => fields.find((field) => field.name === name).value;
    let lines = [words.dataset.goesToNew, typed("recipient"), typed("street")];
    if (chosen) {
      const label = chosen.closest("label");
      lines = [label.querySelector(".choice-title").firstChild.textContent, label.querySelector(".choice-text").textContent];
    } else if (!fold.open) return;
    const separator = document.documentElement.lang.startsWith("zh") ? "：" : ": ";
    words.textContent = words.dataset.goesTo + separator + lines.map((line) => line.trim()).filter(Boolean).join(", ");
  }

  for (const radio of radios) {
    radio.addEventListener("change", () => {
      last = radio;
      use(false);
    });
  }
  fold.addEventListener("input", say);
  fold.querySelector("summary").addEventListener("click", (event) => {
    event.preventDefault();
    const isNew = !fold.open;
    if (!isNew) last.checked = true;
    use(isNew);
    if (isNew) fields.find((field) => field.type !== "hidden")?.focus();
  });
  // A refused address is open: what was typed has precedence, as without JavaScript. A browser that returns to the page
  // may restore another choice.
  window.addEventListener("pageshow", () => use(fold.open && !radios.some((radio) => radio.checked)));
  use(fold.open);
}

// [data-quantity] around a number input and two buttons [data-step="-1"], [data-step="1"]: minus and plus between min
// and max. The input sends an ordinary change event.
function refresh(box) {
  const input = box.querySelector("input");
  const value = Number(input.value);
  for (const button of box.querySelectorAll("[data-step]")) {
    const up = Number(button.dataset.step) > 0;
    const edge = up ? input.max : input.min;
    button.disabled = input.disabled || (edge !== "" && (up ? value >= Number(edge) : value <= Number(edge)));
  }
}

function refreshAll(root) {
  root.querySelectorAll("[data-quantity]").forEach(refresh);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-quantity] [data-step]");
  if (!button) return;
  const box = button.closest("[data-quantity]");
  const input = box.querySelector("input");
  const before = input.value;
  try {
    Number(button.dataset.step) > 0 ? input.stepUp() : input.stepDown();
  } catch {
    return;
  }
  if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
  // A button is disabled at its limit; the focus then moves to the other one.
  if (button.disabled) box.querySelector("[data-step]:enabled")?.focus();
});

document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-quantity]");
  if (box) refresh(box);
});

document.addEventListener("till:swapped", (event) => refreshAll(event.target));
refreshAll(document);

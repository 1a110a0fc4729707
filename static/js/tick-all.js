// <input type="checkbox" data-tick-all="orders">: ticks all checkboxes with that name, and shows whether all are ticked.
function boxes(all) {
  return [...document.querySelectorAll(`input[type="checkbox"][name="${all.dataset.tickAll}"]`)];
}

function show(all) {
  const ticked = boxes(all).filter((box) => box.checked).length;
  all.checked = ticked > 0 && ticked === boxes(all).length;
  all.indeterminate = ticked > 0 && !all.checked;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-tick-all]")) {
    for (const box of boxes(target)) box.checked = target.checked;
  } else {
    const all = document.querySelector(`[data-tick-all="${CSS.escape(target.name)}"]`);
    if (all) show(all);
  }
});

// A browser restores the ticks of a page that is visited again.
for (const all of document.querySelectorAll("[data-tick-all]")) addEventListener("pageshow", () => show(all));

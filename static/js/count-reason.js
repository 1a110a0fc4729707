// [data-count-reason] around the selects "how" and "reason": whoever says that they counted need not say so twice, until they
// choose a reason themselves.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-count-reason]");
  if (!box) return;
  const reason = box.querySelector("[name=reason]");
  if (event.target === reason) {
    reason.dataset.chosen = "";
  } else if (event.target.name === "how" && !("chosen" in reason.dataset)) {
    const counted = event.target.value === "count";
    reason.value = counted ? "count" : reason.options[0].value;
  }
});

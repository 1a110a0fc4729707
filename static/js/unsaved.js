// <form data-unsaved>: asks before leaving the page if something was typed and not saved.
const isChanged = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.value !== "";
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.options].findLastIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(chosen, 0);
  }
  return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
};

let sent;
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) sent = event.target;
});

window.addEventListener("beforeunload", (event) => {
  const forms = [...document.querySelectorAll("form[data-unsaved]")].filter((form) => form !== sent);
  if (forms.some((form) => [...form.elements].some(isChanged))) event.preventDefault();
  sent = undefined;
});

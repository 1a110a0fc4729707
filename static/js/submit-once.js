// <form data-submit-once>: its buttons work once, until the page is shown again (back button, failed request).
// The buttons may stand outside the form and name it with form="...".
const buttons = (form) => [...form.elements].filter((element) => element.type === "submit");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-submit-once]")) return;
  // After the browser has collected the form data, including the name of the pressed button.
  setTimeout(() => {
    for (const button of buttons(form)) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }
  });
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-submit-once]")) {
    for (const button of buttons(form)) {
      if (!button.hasAttribute("aria-busy")) continue;
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }
});

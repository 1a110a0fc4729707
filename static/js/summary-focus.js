// [data-focus]: the list of errors gets the focus when the page loads.
document.querySelector("[data-focus]")?.focus();

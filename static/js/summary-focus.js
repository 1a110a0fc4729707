// [data-focus]: the list of what went wrong is where the page starts.
document.querySelector("[data-focus]")?.focus();

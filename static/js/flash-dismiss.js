// <button data-flash-dismiss> inside [data-flash]: takes the message away.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-flash-dismiss]");
  if (button) button.closest("[data-flash]").remove();
});

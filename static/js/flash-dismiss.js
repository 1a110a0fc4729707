// <button data-flash-dismiss> in [data-flash]: removes the message.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-flash-dismiss]");
  if (button) button.closest("[data-flash]").remove();
});

// [data-announcer] is empty when the page loads. The texts of messages on the page ([data-flash]) are put into it a
// moment later: screen readers do not announce what is there from the start.
const MOMENT = 400;
// Long enough to be heard; then it is removed, so that it is not read a second time.
const WHILE = 10000;

const words = [...document.querySelectorAll("[data-flash] p")].map((text) => text.textContent.trim()).join(" ");
const announcer = document.querySelector("[data-announcer]");

// Error messages have the focus and are read already.
if (words && announcer && !document.querySelector("[data-focus]")) {
  setTimeout(() => {
    announcer.textContent = words;
    setTimeout(() => announcer.replaceChildren(), WHILE);
  }, MOMENT);
}

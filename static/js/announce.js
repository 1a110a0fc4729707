// [data-announcer] is empty when the page comes. Messages that came with the page ([data-flash]) are said in it a moment
// later: what is there from the beginning is not told to those who hear the page.
const MOMENT = 400;
// Long enough to be heard; then it is not found a second time by whoever reads on.
const WHILE = 10000;

const words = [...document.querySelectorAll("[data-flash] p")].map((text) => text.textContent.trim()).join(" ");
const announcer = document.querySelector("[data-announcer]");

// What went wrong has the focus and is read already.
if (words && announcer && !document.querySelector("[data-focus]")) {
  setTimeout(() => {
    announcer.textContent = words;
    setTimeout(() => announcer.replaceChildren(), WHILE);
  }, MOMENT);
}

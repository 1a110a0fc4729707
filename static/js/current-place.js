// Scrolls a line of links so that the current one is visible; the page itself does not scroll.
for (const link of document.querySelectorAll("header nav [aria-current]")) {
  for (let box = link.parentElement; box && box.localName !== "header"; box = box.parentElement) {
    if (box.scrollWidth <= box.clientWidth) continue;
    const from = link.getBoundingClientRect().left - box.getBoundingClientRect().left;
    box.scrollLeft += from - (box.clientWidth - link.offsetWidth) / 2;
  }
}

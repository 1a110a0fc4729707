// Links in one line that scrolls: the one to where one is comes into sight.
for (const link of document.querySelectorAll("header nav [aria-current]")) {
  link.scrollIntoView({ behavior: "instant", block: "nearest", inline: "center" });
}

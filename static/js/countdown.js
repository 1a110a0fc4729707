// <div data-countdown="SECONDS">: [data-countdown-clock] in it counts down from the seconds that were left when the
// server made the page, and when they are over, [data-countdown-over] takes the place of each [data-countdown-open].
// The time of day of this machine may be wrong, so it is not used. Screen readers hear the texts of data-spoken-SECONDS.
const SPOKEN = [600, 300, 60];
// A moment that a hidden tab or a sleeping machine has missed by more than this is not spoken of afterwards.
const LATE = 5;
// If the time of day has moved so much more or less than the clock that never stands still, the machine has slept, or
// its time was set: what is left is asked of the server again.
const DRIFT = 2000;

document.querySelectorAll("[data-countdown]").forEach(countDown);

function countDown(element) {
  const clock = element.querySelector("[data-countdown-clock]");
  const status = element.querySelector("[data-countdown-status]");
  if (!clock || element.dataset.countdown === "0") return;
  let end = arrived() + Number(element.dataset.countdown) * 1000;
  let unspoken = SPOKEN.filter((seconds) => seconds < Number(element.dataset.countdown));
  let drift = Date.now() - performance.now();

  function tick() {
    if (Math.abs(Date.now() - performance.now() - drift) > DRIFT) return ask();
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) return finish();
    clock.textContent = shown(left);
    speak(left);
    setTimeout(tick, end - performance.now() - (left - 1) * 1000 + 1);
  }

  function speak(left) {
    const due = unspoken.filter((seconds) => left <= seconds);
    if (due.length === 0) return;
    unspoken = unspoken.filter((seconds) => left > seconds);
    const seconds = Math.min(...due);
    if (seconds - left <= LATE) status.textContent = element.getAttribute(`data-spoken-${seconds}`);
  }

  async function ask() {
    drift = Date.now() - performance.now();
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-countdown]");
      // The order is paid or canceled: shows the page that says so.
      if (!fresh) return location.assign(response.url);
      end = performance.now() + Number(fresh.dataset.countdown) * 1000;
    } catch {
      // Without an answer the clock goes on as before.
    }
    tick();
  }

  function finish() {
    const over = element.querySelector("[data-countdown-over]");
    const open = [...element.querySelectorAll("[data-countdown-open]")];
    const focused = open.some((part) => part.contains(document.activeElement));
    for (const part of open) part.hidden = true;
    over.hidden = false;
    // The focus is moved only away from what is gone; otherwise the message is spoken.
    if (focused) over.focus();
    else status.textContent = over.textContent.trim();
  }

  addEventListener("pageshow", (event) => event.persisted && ask());
  tick();
}

// When the response began to arrive, by the clock of performance.now().
function arrived() {
  const [navigation] = performance.getEntriesByType("navigation");
  return navigation?.responseStart ?? 0;
}

function shown(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return (hours > 0 ? `${hours}:${two(minutes)}` : `${minutes}`) + `:${two(seconds % 60)}`;
}

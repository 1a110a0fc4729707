// <span data-new-orders="/admin/new-orders/7" hidden>: asks now and then how many orders are new since the page was made,
// and shows the number. <input type="checkbox" data-new-orders-sound>: a sound for new ones; the browser remembers it.
const EVERY = 15000;
const MAX_FAILURES = 8;
const SOUND = "new-orders-sound";
const badge = document.querySelector("[data-new-orders]");
const choice = document.querySelector("[data-new-orders-sound]");
const title = document.title;
let shown = "0";
let failures = 0;
let audio;

function isWanted() {
  try {
    return localStorage.getItem(SOUND) === "yes";
  } catch {
    return false;
  }
}

// Two short tones. A browser that has seen no click yet stays silent.
function ring() {
  try {
    audio ??= new AudioContext();
    for (const [at, pitch] of [[0, 880], [0.18, 1175]]) {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const start = audio.currentTime + at;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.2, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.16);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.17);
    }
  } catch {
    // No sound here.
  }
}

function show(count) {
  if (count === shown) return;
  shown = count;
  badge.textContent = `+${count}`;
  badge.title = `${badge.dataset.newOrdersTitle}${count}`;
  badge.hidden = false;
  document.title = `(${count}) ${title}`;
  if (isWanted()) ring();
}

// Stops when the answer is no number: the staff session is over, or the account is closed.
async function ask() {
  try {
    const response = await fetch(badge.dataset.newOrders, { headers: { Accept: "text/plain" }, redirect: "error" });
    const count = response.ok ? (await response.text()).trim() : "";
    if (response.status < 500 && !/^\d+\+?$/.test(count)) return;
    failures = response.ok ? 0 : failures + 1;
    if (count) show(count);
  } catch {
    failures += 1;
  }
  if (failures < MAX_FAILURES) setTimeout(ask, EVERY * (1 + failures));
}

if (badge) setTimeout(ask, EVERY);
if (choice) {
  choice.checked = isWanted();
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(SOUND, choice.checked ? "yes" : "no");
    } catch {
      choice.checked = false;
    }
    if (choice.checked) ring();
  });
}

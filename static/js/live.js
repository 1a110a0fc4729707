// <form data-live="#cart #cart-link #flash">: submits itself in the background and replaces the named elements (ids
// that must exist on both pages) by those of the response. If anything is unexpected, it falls back to an ordinary
// submit or visit.
let latest = 0;
const sending = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-live]") || !window.fetch) return;
  if (wayOf(form, event.submitter).method !== "post") return;
  event.preventDefault();
  // A second press during the request is ignored; a count that has changed again is not.
  if (sending.has(form) && !form.matches("[data-autosubmit]")) return;
  sending.add(form);
  send(form, event.submitter).finally(() => sending.delete(form));
});

// The action and the method of a form; its button may override them.
function wayOf(form, submitter) {
  return {
    action: submitter?.hasAttribute("formaction") ? submitter.formAction : form.action,
    method: submitter?.hasAttribute("formmethod") ? submitter.formMethod : form.method,
  };
}

async function send(form, submitter) {
  const mine = ++latest;
  const selectors = form.dataset.live.split(/[\s,]+/).filter(Boolean);
  let response;
  let page;
  try {
    const body = new URLSearchParams(new FormData(form));
    if (submitter && submitter.name) body.append(submitter.name, submitter.value);
    response = await fetch(wayOf(form, submitter).action, { method: "POST", body, headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return sendPlainly(form, submitter);
  }

  // Refused: shows the whole page of the response, which says why.
  if (!response.ok) return sendPlainly(form, submitter);

  const here = new URL(response.url).pathname === location.pathname;
  const pairs = selectors.map((selector) => [document.querySelector(selector), page.querySelector(selector)]);
  const complete = pairs.length > 0 && pairs.every(([now, next]) => now && next);
  if (!complete || (response.redirected && !here)) {
    return response.redirected ? location.assign(response.url) : sendPlainly(form, submitter);
  }

  // A newer request is under way, or a change is not sent yet: this response is outdated.
  if (mine !== latest || document.querySelector("form[data-pending]")) return;
  swap(pairs);
}

function swap(pairs) {
  const focused = document.activeElement;
  const inside = pairs.find(([now]) => focused && now.contains(focused));
  for (const [now, next] of pairs) {
    // A total that has not changed is not announced again by screen readers.
    if (now.matches("[data-live-status]") && now.textContent === next.textContent) continue;
    for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name);
    for (const { name, value } of [...next.attributes]) now.setAttribute(name, value);
    now.replaceChildren(...next.childNodes);
    if (now.matches("[data-flashes]")) now.dataset.fresh = "";
    now.dispatchEvent(new CustomEvent("till:swapped", { bubbles: true }));
  }
  if (!inside) return;
  document.getElementById(focused.id)?.focus({ preventScroll: true });
  // The focused element is gone, or a button that is disabled now.
  if (!inside[0].contains(document.activeElement)) inside[0].focus({ preventScroll: true });
}

function sendPlainly(form, submitter) {
  if (submitter && submitter.name) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(input);
  }
  Object.assign(form, wayOf(form, submitter));
  HTMLFormElement.prototype.submit.call(form);
}

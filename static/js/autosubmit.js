// <form data-autosubmit>: submits itself a moment after one of its controls has changed.
// While it waits, the form has data-pending, so that a response on its way does not overwrite what was just typed.
const WAIT = 350;
const timers = new WeakMap();

function forget(form) {
  clearTimeout(timers.get(form));
  timers.delete(form);
  delete form.dataset.pending;
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || !form.matches("[data-autosubmit]")) return;
  clearTimeout(timers.get(form));
  form.dataset.pending = "";
  timers.set(form, setTimeout(() => {
    forget(form);
    if (form.isConnected && form.reportValidity()) form.requestSubmit();
  }, WAIT));
});

document.addEventListener("submit", (event) => forget(event.target), true);

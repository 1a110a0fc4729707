// <form data-confirm="Delete this address?">: asks before it is sent.
// Capturing and stopping, so that no other behaviour sees a form that was called off.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (!question || window.confirm(question)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// <form data-confirm="Delete this address?">, or one of its buttons: asks before it is sent.
// Capturing and stopping, so that no other behaviour sees a form that was called off.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!question || window.confirm(question)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

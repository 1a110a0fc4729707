// <form data-confirm="Delete this address?">, or one of its buttons: asks before it is submitted.
// Listens while capturing and stops the event, so that no other script sees a form that was canceled.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!question || window.confirm(question)) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

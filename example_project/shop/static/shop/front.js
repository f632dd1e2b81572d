// The two buttons of the demo's front page. Both work on without this script, less smoothly.

const till = document.getElementById("till");
const copy = document.getElementById("copy");
const command = document.getElementById("command");

till.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = till.querySelector("button");
  button.disabled = true;
  try {
    await fetch(till.action, { method: "POST", body: new FormData(till) });
  } finally {
    button.disabled = false;
  }
});

copy.addEventListener("click", async () => {
  getSelection().selectAllChildren(command);
  await navigator.clipboard.writeText(command.textContent);
  copy.textContent = "Copied";
  setTimeout(() => { copy.textContent = "Copy"; }, 1500);
});

// Small comforts. Every page works without them.

// a print button is shown only where a script can press it
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// how many characters are left, told politely
for (const field of document.querySelectorAll("[data-count][maxlength]")) {
  const counter = document.getElementById(field.dataset.count);
  const tell = () => {
    const left = field.maxLength - field.value.length;
    counter.textContent = left < 100 ? counter.dataset.text.replace("{n}", left) : "";
  };
  field.addEventListener("input", tell);
  tell();
}

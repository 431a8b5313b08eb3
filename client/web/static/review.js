// The notice as it would leave, anew with every choice; the button «show» does it without this file.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  const shown = document.getElementById("preview");
  if (!form || !shown) return;
  let waits = 0;
  let asked = 0;

  const show = async () => {
    const mine = ++asked;
    const said = new URLSearchParams(new FormData(form));
    said.set("do", "preview");
    const answer = await fetch(location.pathname, { method: "POST", body: said });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("preview");
    if (fresh && mine === asked) shown.replaceChildren(...fresh.childNodes);
  };

  form.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(() => show().catch(() => {}), 300);
  });
})();

// Everything works without this file. It makes three things smoother: figures
// that stay current, forms that answer as soon as something is chosen, and a
// form at the side instead of a page of its own.
"use strict";

document.documentElement.classList.add("script");

/** Fetches a page and gives its document, or nothing when it can't be had. */
async function load(url, options) {
  try {
    const response = await fetch(url, { credentials: "same-origin", ...options });
    const type = response.headers.get("content-type") || "";
    if (!type.startsWith("text/html")) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return { page, url: response.url, redirected: response.redirected };
  } catch {
    return null;
  }
}

/** Replaces every part marked with data-live by the same part of another page. */
function swap(page) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
    const used = old.contains(document.activeElement) || old.querySelector("details.menu[open]");
    if (fresh && !used) old.replaceWith(fresh);
  }
}

const every = Number(document.body.dataset.every || 0);
if (every > 0) {
  setInterval(async () => {
    if (document.hidden || document.querySelector("dialog[open]")) return;
    const loaded = await load(location.href);
    if (loaded && !loaded.redirected) swap(loaded.page);
  }, every * 1000);
}

// A menu closes when something else is clicked.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("change", async (event) => {
  const box = event.target;
  if (box.dataset.all !== undefined) {
    for (const one of document.querySelectorAll(`input[name="${CSS.escape(box.dataset.all)}"]:not(:disabled)`)) {
      one.checked = box.checked;
    }
  }
  if (box.name === "pick") {
    // Those in sight, and those that the service knows of on other pages.
    const count = document.querySelector("[data-ticked]");
    const here = document.querySelectorAll("input[name=pick]:checked:enabled").length;
    count.textContent = count.dataset.ticked.replace("{}", Number(count.dataset.elsewhere) + here);
  }
  if (box.dataset.into !== undefined && box.files.length === 1) {
    document.getElementById(box.dataset.into).value = await box.files[0].text();
  }
  const form = box.form;
  if (!form) return;
  if (box.dataset.auto !== undefined) form.requestSubmit();
  if (form.dataset.preview !== undefined) preview(form);
});

// Who fills in a value means the choice that it belongs to.
document.addEventListener("input", (event) => {
  if (event.target.dataset.picks === undefined) return;
  event.target.closest(".inline").querySelector("input[type=radio]").checked = true;
});

/** Asks for the page that a form's present choices would give, saving nothing. */
async function preview(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "preview");
  const loaded = await load(form.action, { method: "POST", body });
  if (loaded) swap(loaded.page);
}

// A second press while the first is on its way would ask for the same again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 10000);
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-panel]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const href = opener.dataset.href || opener.href;
  const loaded = await load(href);
  if (!loaded || loaded.redirected) {
    location.href = href;
    return;
  }
  openPanel(loaded.page, opener);
});

/** Shows a page's content at the side; its form is sent from there. */
function openPanel(page, link) {
  const panel = document.createElement("dialog");
  panel.setAttribute("aria-label", link.textContent.trim());
  panel.append(...page.querySelector("main").childNodes);
  document.body.append(panel);
  panel.addEventListener("close", () => panel.remove());
  panel.addEventListener("click", (event) => {
    if (event.target === panel || event.target.closest("[data-close]")) {
      event.preventDefault();
      panel.close();
    }
  });
  panel.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target, event.submitter));
    // Testing a connection takes a while: a second press would add it twice.
    if (event.submitter) event.submitter.disabled = true;
    const loaded = await load(event.target.action, { method: "POST", body });
    if (event.submitter) event.submitter.disabled = false;
    if (!loaded) return;
    const made = new URL(loaded.url).searchParams.get("made");
    if (loaded.redirected && made) {
      choose(document.getElementById(link.dataset.panel), made);
      panel.close();
    } else {
      panel.replaceChildren(...loaded.page.querySelector("main").childNodes);
      panel.querySelector("[role=alert], h1")?.scrollIntoView();
    }
  });
  panel.showModal();
}

/** Chooses a value of a list, adding it when it is new. */
function choose(list, value) {
  if (!list) return;
  if (![...list.options].some((option) => option.value === value)) list.add(new Option(value, value));
  list.value = value;
  list.focus();
}

// Conveniences on top of pages that work without any script. No dependencies.
"use strict";

const messages = () => document.getElementById("messages");

// Copy buttons are hidden in the page, because without a script they could do nothing.
function revealCopyButtons(root) {
  root.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
}

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

async function onCopy(button) {
  await copy(button.dataset.copy);
  const words = button.querySelector("span");
  const before = words ? words.textContent : button.title;
  const say = (text) => { if (words) words.textContent = text; else button.title = text; };
  if (button.classList.contains("copied")) return;
  button.classList.add("copied");
  announce(button.dataset.done);
  say(button.dataset.done);
  setTimeout(() => { button.classList.remove("copied"); say(before); }, 2000);
}

function announce(text) {
  let region = document.getElementById("announce");
  if (!region) {
    region = document.createElement("div");
    region.id = "announce";
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

// A second press while the first is under way would post twice.
function guardSubmit(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("data-again")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
}

function releaseForms() {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  document.querySelectorAll('[aria-busy="true"]').forEach((button) => button.removeAttribute("aria-busy"));
}

function closePops(except) {
  document.querySelectorAll("details[data-pop][open]").forEach((pop) => { if (pop !== except) pop.open = false; });
}

function showNoAnswer() {
  messages()?.replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  messages()?.firstElementChild?.focus();
}

// Only what a person starts clears the last error; a page that refreshes itself leaves it to be read.
function forgetOldError(event) {
  const cause = event.detail.requestConfig.triggeringEvent;
  if (!cause || !["click", "submit", "change"].includes(cause.type)) return;
  document.querySelectorAll("#messages .error-block").forEach((block) => block.remove());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) onCopy(button);
  if (event.target.matches("[data-select]")) event.target.select();
  if (event.target.matches("[data-tick-all]")) tickAll(event.target);
  closePops(event.target.closest("details[data-pop]"));
});

function tickAll(box) {
  box.closest("table").querySelectorAll("tbody .tick input:not(:disabled)").forEach((one) => { one.checked = box.checked; });
}

document.addEventListener("keydown", (event) => {
  const pop = event.key === "Escape" && document.activeElement.closest("details[data-pop][open]");
  if (!pop) return;
  pop.open = false;
  pop.querySelector("summary").focus();
});

document.addEventListener("submit", guardSubmit);
window.addEventListener("pageshow", releaseForms); // the back button brings a page back as it was left
document.addEventListener("htmx:afterRequest", releaseForms);
document.addEventListener("htmx:beforeRequest", forgetOldError);
document.addEventListener("htmx:sendError", showNoAnswer);
document.addEventListener("htmx:timeout", showNoAnswer);

document.addEventListener("htmx:afterSettle", (event) => {
  const changed = event.detail.elt;
  revealCopyButtons(changed.parentElement || changed);
  const wanted = changed.closest("#messages")
    ? changed.closest("#messages").firstElementChild
    : changed.querySelector("[autofocus], [data-focus]");
  if (wanted) wanted.focus();
});

document.addEventListener("htmx:responseError", () => { if (!messages()?.children.length) showNoAnswer(); });

revealCopyButtons(document);

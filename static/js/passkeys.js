// The server's challenge goes to the browser's passkeys, their answer into the form that asked.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ANSWERS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

// What JSON cannot carry travels as base64url.
function asked(form) {
  const data = JSON.parse(document.getElementById(form.dataset.asks).textContent);
  const { publicKey } = data.creation_options || data.request_options;
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  for (const known of [...(publicKey.excludeCredentials || []), ...(publicKey.allowCredentials || [])]) {
    known.id = bytes(known.id);
  }
  return { publicKey };
}

function answered(credential) {
  const response = {};
  for (const name of ANSWERS) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

function say(form, name) {
  const words = form.querySelector(`template[data-said="${name}"]`) || form.querySelector('template[data-said=""]');
  form.querySelector("[data-answer]").replaceChildren(words.content.cloneNode(true));
}

async function onSubmit(event) {
  event.preventDefault();
  const form = event.target;
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
  form.querySelector("[data-answer]").replaceChildren();
  try {
    const credential = await navigator.credentials[form.dataset.passkey](asked(form));
    form.elements.credential.value = JSON.stringify(answered(credential));
    form.submit();
  } catch (error) {
    say(form, error.name);
    if (button) button.removeAttribute("aria-busy");
  }
}

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  if (!window.PublicKeyCredential) {
    say(form, window.isSecureContext ? "" : "SecurityError");
    return;
  }
  form.querySelectorAll("button[hidden]").forEach((button) => { button.hidden = false; });
  form.addEventListener("submit", onSubmit);
});

// Asks for the password's passkey challenge, has the browser answer it, and sends the form with the answer.
"use strict";
const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const form = document.querySelector("form[data-challenge]");
const say = (words) => { document.querySelector("#message").textContent = words; };

async function sign(event) {
  event.preventDefault();
  try {
    const asked = await fetch(form.dataset.challenge, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!asked.ok) { say(await asked.text()); return; }
    const options = await asked.json();
    options.challenge = bytes(options.challenge);
    options.allowCredentials.forEach((key) => { key.id = bytes(key.id); });
    const answer = await navigator.credentials.get({ publicKey: options });
    form.elements.assertion.value = JSON.stringify({
      id: text(answer.rawId),
      clientDataJSON: text(answer.response.clientDataJSON),
      authenticatorData: text(answer.response.authenticatorData),
      signature: text(answer.response.signature),
    });
    form.submit();
  } catch (error) {
    say(`The passkey did not answer: ${error.message}`);
  }
}
const button = document.querySelector("#passkey");
if (button) { button.addEventListener("click", sign); }

// Signs in at the sandbox's pages in a real browser: node browser.mjs ENDPOINT. What it finds wrong, it throws.
import assert from "node:assert/strict";
import { createECDH, createHash, createPrivateKey, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require("playwright-core");
const [endpoint] = process.argv.slice(2);
const erin = { id: "ZXJpbi1wYXNza2V5LUVYQU1QTEU", key: "4pjQ2uFA5PcVjf1jTPaUObMVx9wfb7jqEV4g7MLT7Ew" };

// The client's listener.
const arrived = [];
const listener = createServer((request, response) => {
  arrived.push(new URL(request.url, "http://127.0.0.1"));
  response.end("You can close this tab.");
});
await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
const callback = `http://127.0.0.1:${listener.address().port}/oauth/callback`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const challenge = createHash("sha256").update(randomBytes(32).toString("hex")).digest("base64url");

function console_address(client, redirect) {
  return `${endpoint}/v1/authorize?${new URLSearchParams({
    response_type: "code", client_id: `arn:aws:signin:::devtools/${client}`, state: "a state",
    code_challenge_method: "SHA-256", scope: "openid", redirect_uri: redirect, code_challenge: challenge,
  })}`;
}

/** A page of somebody who has never been here, and everything that it complains of. */
async function fresh(address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const noise = [];
  page.on("pageerror", (error) => noise.push(`${error}`));
  page.on("console", (message) => { if (message.type() === "error") noise.push(message.text()); });
  await page.goto(address);
  return { page, context, noise };
}

async function fill(page, user, more = {}) {
  await page.fill("input[name=user]", user);
  await page.fill("input[name=password]", `${user}-Passw0rd`);
  for (const [name, value] of Object.entries(more)) await page.fill(`input[name=${name}]`, value);
}

const code_of = async (user) => (await (await fetch(`${endpoint}/_sandbox/code?user=${user}&fresh`)).text()).trim();

async function is_back(page) {
  await page.waitForURL(`${callback}**`);
  const url = arrived.filter((url) => url.pathname === "/oauth/callback").pop();
  assert.equal(url.searchParams.get("state"), "a state");
  return url.searchParams;
}

async function authenticator(context, page, credential) {
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  if (credential) {
    const d = Buffer.from(credential.key, "base64url");
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(d);
    const point = ecdh.getPublicKey();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
    const key = createPrivateKey({ key: { kty: "EC", crv: "P-256", d: credential.key, x, y }, format: "jwk" });
    await cdp.send("WebAuthn.addCredential", {
      authenticatorId,
      credential: {
        credentialId: Buffer.from(credential.id, "base64url").toString("base64"),
        isResidentCredential: false, rpId: "localhost", signCount: 3,
        privateKey: key.export({ type: "pkcs8", format: "der" }).toString("base64"),
      },
    });
  }
}

const steps = {
  async "password and code"() {
    const { page, noise } = await fresh(console_address("same-device", callback));
    await fill(page, "frank", { code: "000000" });
    await page.click("#allow");
    assert.match(await page.textContent("#message"), /MFA code is not correct/);
    await fill(page, "frank", { code: await code_of("frank") });
    await page.click("#allow");
    assert.ok((await is_back(page)).get("code"));
    // The second time the browser is known.
    await page.goto(console_address("same-device", callback));
    await page.click("#continue");
    assert.ok((await is_back(page)).get("code"));
    // The refusal itself is all that the browser complained of.
    assert.deepEqual(noise.filter((line) => !line.includes("401")), []);
  },

  async "a passkey"() {
    const { page, context, noise } = await fresh(console_address("same-device", callback));
    // Passkeys are for names.
    await page.click("#use-passkey");
    await page.waitForURL((url) => url.hostname === "localhost");
    await authenticator(context, page, erin);
    await fill(page, "erin");
    await page.click("#passkey");
    assert.ok((await is_back(page)).get("code"));
    assert.deepEqual(noise, []);
  },

  async "somebody else's passkey"() {
    const { page, context } = await fresh(console_address("same-device", callback).replace("127.0.0.1", "localhost"));
    await authenticator(context, page, { ...erin, key: randomBytes(32).toString("base64url") });
    await fill(page, "erin");
    await page.click("#passkey");
    await page.waitForFunction(() => document.querySelector("#message").textContent !== "");
    assert.match(await page.textContent("#message"), /signature is wrong/);
  },

  async "no password, no challenge"() {
    const { page, context } = await fresh(console_address("same-device", callback).replace("127.0.0.1", "localhost"));
    await authenticator(context, page, erin);
    await page.fill("input[name=user]", "erin");
    await page.click("#passkey");
    await page.waitForFunction(() => document.querySelector("#message").textContent !== "");
    assert.match(await page.textContent("#message"), /incorrect/);
  },

  async "deny"() {
    const { page } = await fresh(console_address("same-device", callback));
    await page.click("#deny");
    assert.equal((await is_back(page)).get("error"), "access_denied");
  },

  async "another device"() {
    const { page } = await fresh(console_address("cross-device", `${endpoint}/v1/sessions/confirmation`));
    await fill(page, "grace");
    await page.click("#allow");
    const shown = new URLSearchParams(Buffer.from(await page.textContent("#code"), "base64").toString());
    assert.deepEqual([...shown.keys()], ["code", "state"]);
  },

  async "the portal"() {
    const post = async (path, body) => (await fetch(endpoint + path, { method: "POST", body: JSON.stringify(body) })).json();
    const client = await post("/client/register", {
      clientName: "x", clientType: "public", scopes: ["sso:account:access"], grantTypes: ["authorization_code"],
      redirectUris: ["http://127.0.0.1/oauth/callback"], issuerUrl: "https://d-1234567890.awsapps.com/start",
    });
    const { page } = await fresh(`${endpoint}/authorize?${new URLSearchParams({
      response_type: "code", client_id: client.clientId, redirect_uri: callback, state: "a state",
      code_challenge_method: "S256", scopes: "sso:account:access", code_challenge: challenge,
    })}`);
    await fill(page, "olaf", { code: await code_of("olaf") });
    await page.click("#allow");
    assert.ok((await is_back(page)).get("code"));

    const device = await post("/client/register", { clientName: "x", clientType: "public" });
    const started = await post("/device_authorization", {
      clientId: device.clientId, clientSecret: device.clientSecret, startUrl: "https://d-1234567890.awsapps.com/start",
    });
    await page.goto(started.verificationUriComplete);
    assert.equal(await page.inputValue("input[name=user_code]"), started.userCode);
    await fill(page, "nina");
    await page.click("#allow");
    await page.waitForSelector("#done");
    const token = await post("/token", {
      clientId: device.clientId, clientSecret: device.clientSecret, deviceCode: started.deviceCode,
      grantType: "urn:ietf:params:oauth:grant-type:device_code",
    });
    assert.ok(token.accessToken, JSON.stringify(token));
  },
};

for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
}
await browser.close();
listener.close();
console.log("ok");

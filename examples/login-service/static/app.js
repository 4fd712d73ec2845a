// The access token lives in this variable only: no other page, and nothing that is stored, ever has it. The refresh token
// is in a cookie that scripts cannot read.
let access = null;
let timer = null;

const at = (id) => document.getElementById(id);

const show = (id) => {
  for (const section of ["loading", "sign-in", "home"]) at(section).hidden = section !== id;
  at("who").hidden = id !== "home";
};

const say = (id, text) => {
  at(id).textContent = text;
  at(id).hidden = !text;
};

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// Sends JSON. The header shows the service that a page of its own asks.
async function send(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-Login-Service": "1", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Refused(response.status, answer?.detail ?? "The service did not answer.");
  return answer;
}

function keep(answer) {
  access = answer.access_token;
  clearTimeout(timer);
  // Before the token ends. Any number of tabs may do this at once.
  timer = setTimeout(() => silently(), answer.expires_in * 800);
  at("expires").textContent = `access token for ${Math.round(answer.expires_in / 60)} min`;
}

const refresh = async () => keep(await send("POST", "/auth/refresh", {}));

function signedOut(message = "") {
  access = null;
  clearTimeout(timer);
  say("sign-in-message", message);
  say("alert", "");
  show("sign-in");
}

// Refreshes, and leaves the page as it is when the service does not answer: the same token works later.
async function silently() {
  try {
    await refresh();
  } catch (error) {
    if (error.status === 401) signedOut(error.message);
    else timer = setTimeout(() => silently(), 2000);
  }
}

// Asks with the access token; once more with a new one where it is refused.
async function ask(method, path, body) {
  const bearer = () => ({ Authorization: `Bearer ${access}` });
  try {
    return await send(method, path, body, bearer());
  } catch (error) {
    if (error.status !== 401) throw error;
    await refresh();
    return await send(method, path, body, bearer());
  }
}

const ago = (seconds) => {
  const passed = Math.max(0, Date.now() / 1000 - seconds);
  if (passed < 60) return "just now";
  if (passed < 3600) return `${Math.floor(passed / 60)} min ago`;
  return new Date(seconds * 1000).toLocaleString();
};

function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Firefox\//.test(agent) ? "Firefox" : /Edg\//.test(agent) ? "Edge" : /Chrome\//.test(agent) ? "Chrome" : "Browser";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows"
    : /Mac OS/.test(agent) ? "macOS" : /Linux/.test(agent) ? "Linux" : "another system";
  return `${browser} on ${system}`;
}

function draw(devices) {
  at("devices").replaceChildren(...devices.map((device) => {
    const item = at("device").content.cloneNode(true).firstElementChild;
    item.dataset.sid = device.sid;
    item.querySelector(".name").textContent = device.device || device.client;
    item.querySelector(".badge").hidden = !device.current;
    item.querySelector(".details").textContent =
      `${device.address} · signed in ${ago(device.created)} · used ${ago(device.last_used)} · refreshed ${device.refreshes} times`;
    item.querySelector(".end").addEventListener("click", act(async () => {
      await ask("POST", "/api/sessions/end", { sid: device.sid });
      await load();
    }));
    return item;
  }));
}

async function load() {
  const me = await ask("GET", "/api/me");
  at("who").textContent = me.user;
  if (me.alerts.length) {
    say("alert", "A refresh token of yours was used twice, so somebody may have copied it. That session was ended on all "
      + "devices that had it. If that was not you, change your password.");
  }
  draw(await ask("GET", "/api/sessions"));
  show("home");
}

// What a button does: one at a time, and a session that has ended leads to the sign-in page.
const act = (step) => async (event) => {
  event?.preventDefault();
  const button = event?.currentTarget.tagName === "BUTTON" ? event.currentTarget : null;
  if (button) button.disabled = true;
  try {
    await step(event);
  } catch (error) {
    if (error.status === 401) signedOut(error.message);
    else say(at("home").hidden ? "sign-in-message" : "alert", error.message);
  } finally {
    if (button) button.disabled = false;
  }
};

at("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  try {
    keep(await send("POST", "/auth/login",
      { user: form.user.value, password: form.password.value, device: deviceName() }));
    form.reset();
    say("sign-in-message", "");
    await load();
  } catch (error) {
    say("sign-in-message", error.message);
  }
});

at("sign-out").addEventListener("click", act(async () => {
  await send("POST", "/auth/logout", {});
  signedOut();
}));

at("end-others").addEventListener("click", act(async () => {
  await ask("POST", "/api/sessions/end-others");
  await load();
}));

at("end-all").addEventListener("click", act(async () => {
  await ask("POST", "/api/sessions/end-all");
  signedOut("You are signed out everywhere.");
}));

at("refresh").addEventListener("click", act(async () => {
  await refresh();
  await load();
}));

at("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  try {
    await ask("POST", "/api/password", { old: form.old.value, new: form.new.value });
    form.reset();
    signedOut("The password has been changed: sign in with the new one.");
  } catch (error) {
    say("password-message", error.message);
  }
});

at("steal").addEventListener("click", act(async () => {
  await send("POST", "/auth/thief/steal", {});
  await refresh();
  const { grace } = await send("GET", "/config");
  say("thief-message", `Copied. You have refreshed; in ${grace + 1} seconds the thief uses the copy…`);
  await new Promise((done) => setTimeout(done, (grace + 1) * 1000));
  const { thief } = await send("POST", "/auth/thief/use", {});
  say("thief-message", `The thief was told: ${thief}`);
  await load();
}));

// Other devices come and go, and this one may have been signed out from there.
setInterval(() => {
  if (access && !document.hidden) act(load)();
}, 3000);

(async () => {
  const { demo } = await send("GET", "/config");
  at("thief").hidden = !demo;
  try {
    await refresh();
    await load();
  } catch (error) {
    signedOut(error.status === 401 && error.message !== "There is no session." ? error.message : "");
  }
})();

// Our own browser script under the clients that look for it by its name: the
// events of their users know the clock and the device.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import vm from "node:vm";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { confirmSignUp, resetPassword, signIn, signOut, signUp } from "aws-amplify/auth";
import { address, code, good, idp, join, makePool, url } from "./pool.js";

process.env.TZ = "Asia/Kolkata";

/** Without a browser, the little of one that the script and its callers ask for. */
const items = new Map();
globalThis.window = globalThis;
globalThis.localStorage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
Object.defineProperty(globalThis, "navigator", {
  value: { userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36", language: "en-IN", platform: "Linux x86_64" },
});
vm.runInThisContext(await (await fetch(`${url}/_gatehouse/advanced-security-data.js`)).text());

const pool = await makePool("context", {}, { UserPoolAddOns: { AdvancedSecurityMode: "AUDIT" }, AliasAttributes: ["email"] });
Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: url } } });
const users = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: url });

/** identity signs a user in by amazon-cognito-identity-js. */
const identity = (Username, flow) =>
  new Promise((onSuccess, onFailure) => {
    const user = new CognitoUser({ Username, Pool: users });
    user.setAuthenticationFlowType(flow);
    user.authenticateUser(new AuthenticationDetails({ Username, Password: good }), { onSuccess, onFailure });
  });

/** events are a user's, the newest first, as an administrator lists them. */
async function events(username) {
  const { AuthEvents } = await idp.adminListUserAuthEvents({ UserPoolId: pool.id, Username: username });
  return AuthEvents;
}

/** devices are what the user's events keep in place of the device's id. */
function devices(username) {
  const { GATEHOUSE_TEST_BINARY: gatehouse, GATEHOUSE_TEST_DATA: data } = process.env;
  const text = execFileSync(gatehouse, ["user", "export", "--data", data, "--pool", pool.id, "--user", username], { env: {} }).toString();
  assert.ok(!text.includes(items.get("gatehouse.device-id")), "the id itself is kept");
  return JSON.parse(text).events.map((event) => event.detail.device);
}

test("a sign-in by identity-js, by password and by SRP", async () => {
  await join(pool, "ann");
  const before = (await events("ann")).length;
  await identity("ann", "USER_PASSWORD_AUTH");
  await identity("ann", "USER_SRP_AUTH");
  const list = (await events("ann")).slice(0, -before);
  assert.deepEqual(list.map((event) => [event.EventResponse, event.EventContextData.Timezone]), [["Pass", "+05:30"], ["Pass", "+05:30"]]);
  const [first, second] = devices("ann");
  assert.match(first, /^[0-9a-f]+$/);
  assert.equal(first, second);
});

test("a sign-in under another name of the user", async () => {
  await identity(address("ann"), "USER_SRP_AUTH");
  assert.equal((await events("ann"))[0].EventContextData.Timezone, "+05:30");
});

test("Amplify, from the first step to a new password", async () => {
  await signUp({ username: "bob", password: good, options: { userAttributes: { email: address("bob") } } });
  await confirmSignUp({ username: "bob", confirmationCode: await code("bob") });
  assert.ok((await signIn({ username: "bob", password: good })).isSignedIn);
  await signOut();
  await resetPassword({ username: "bob" });
  const list = await events("bob");
  assert.deepEqual(
    list.map((event) => [event.EventType, event.EventContextData.Timezone]),
    [["ForgotPassword", "+05:30"], ["SignIn", "+05:30"], ["SignUp", "+05:30"], ["SignUp", "+05:30"]],
  );
  assert.equal(new Set(devices("bob")).size, 1);
});

test("another browser is another device", async () => {
  const before = devices("ann")[0];
  items.clear();
  vm.runInThisContext(await (await fetch(`${url}/_gatehouse/advanced-security-data.js`)).text());
  await identity("ann", "USER_SRP_AUTH");
  assert.notEqual(devices("ann")[0], before);
});

test("a backend hands on what the page gave it", async () => {
  const encoded = AmazonCognitoAdvancedSecurityData.getData("ann", pool.id, pool.clientId);
  const { UserPoolClient } = await idp.createUserPoolClient({ UserPoolId: pool.id, ClientName: "backend", ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] });
  const signIn = (EncodedData) =>
    idp.adminInitiateAuth({
      UserPoolId: pool.id,
      ClientId: UserPoolClient.ClientId,
      AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: "ann", PASSWORD: good },
      ContextData: {
        IpAddress: "203.0.113.9",
        ServerName: "app.example.com",
        ServerPath: "/login",
        HttpHeaders: [{ headerName: "User-Agent", headerValue: navigator.userAgent }],
        EncodedData,
      },
    });
  await signIn(encoded); // made for another client: it counts for nothing, and fails nothing
  assert.equal((await events("ann"))[0].EventContextData.Timezone, undefined);
  await signIn(AmazonCognitoAdvancedSecurityData.getData("ann", pool.id, UserPoolClient.ClientId));
  const [{ EventContextData }] = await events("ann");
  assert.equal(EventContextData.Timezone, "+05:30");
  assert.equal(EventContextData.IpAddress, "203.0.113.9");
  assert.equal(EventContextData.DeviceName, "Chrome 143, Linux");
  const [now, ignored, earlier] = devices("ann");
  assert.equal(ignored, undefined);
  assert.equal(now, earlier, "the device is the one that signed in without the backend");
});

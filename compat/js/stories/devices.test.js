// Devices, by amazon-cognito-identity-js and Amplify, which confirm, prove and forget
// them on their own, and by the AWS SDK for administrators.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, fetchDevices, forgetDevice, rememberDevice, setUpTOTP, signIn, signOut, verifyTOTPSetup } from "aws-amplify/auth";
import { good, idp, join, makePool, requireMFA, totp, url } from "./pool.js";

// Amplify asks the browser for the device's name, and remembers no device that has none.
Object.defineProperty(globalThis, "navigator", { configurable: true, value: { userAgent: "Mozilla/5.0 (a story)" } });

const app = { SoftwareTokenMfaConfiguration: { Enabled: true } };
const devices = (DeviceOnlyRememberedOnUserPrompt) => ({ DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt } });

const always = await makePool("devices-always", {}, devices(false));
await requireMFA(always, "OPTIONAL", app);
const ask = await makePool("devices-ask", {}, devices(true));

const later = (call, ...names) =>
  new Promise((resolve, onFailure) => call({ onFailure, ...Object.fromEntries(names.map((name) => [name, (...args) => resolve([name, ...args])])) }));

/** account is a user as a client with a storage of its own sees it: one device each. */
const account = (pool, Username, Storage) =>
  new CognitoUser({ Username, Storage, Pool: new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: url, Storage }) });
const storage = () => {
  const items = new Map();
  return {
    setItem: (k, v) => items.set(k, String(v)), getItem: (k) => items.get(k) ?? null,
    removeItem: (k) => items.delete(k), clear: () => items.clear(),
  };
};
const enter = (user) =>
  later((on) => user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: good }), on), "onSuccess", "totpRequired");

test("identity-js: a remembered device spares the second factor, and is forgotten", async () => {
  await join(always, "ann");
  const laptop = storage();
  const user = account(always, "ann", laptop);
  const [, session, necessary] = await enter(user);
  assert.equal(necessary ?? false, false);
  const key = session.getAccessToken().payload.device_key;
  assert.ok(key);

  const [, secret] = await later((on) => user.associateSoftwareToken(on), "associateSecretCode");
  await later((on) => user.verifySoftwareToken(totp(secret), "app", on), "onSuccess");
  const [, device] = await later((on) => user.getDevice(on), "onSuccess");
  assert.equal(device.Device.DeviceKey, key);

  // From the same laptop the device proves itself; from another one a code is asked for.
  const [which, again] = await enter(account(always, "ann", laptop));
  assert.equal(which, "onSuccess");
  assert.equal(again.getAccessToken().payload.device_key, key);
  const phone = account(always, "ann", storage());
  assert.equal((await enter(phone))[0], "totpRequired");
  const [, second] = await later((on) => phone.sendMFACode(totp(secret, 1), on, "SOFTWARE_TOKEN_MFA"), "onSuccess");
  assert.notEqual(second.getAccessToken().payload.device_key, key);
  const [, listed] = await later((on) => phone.listDevices(10, null, on), "onSuccess");
  assert.equal(listed.Devices.length, 2);

  // The laptop is lost: its session is refreshed no more, and its key is no longer known.
  const back = account(always, "ann", laptop);
  await new Promise((resolve) => back.getSession(resolve));
  const refresh = () =>
    new Promise((resolve, reject) => back.refreshSession(new CognitoRefreshToken({ RefreshToken: again.getRefreshToken().getToken() }), (err, s) => (err ? reject(err) : resolve(s))));
  assert.ok((await refresh()).isValid());
  await later((on) => phone.forgetSpecificDevice(key, on), "onSuccess");
  await assert.rejects(refresh(), { name: "NotAuthorizedException", message: "Invalid Refresh Token" });
  // The client forgets the key on "Device does not exist." and repeats its answer without it.
  assert.equal((await enter(account(always, "ann", laptop)))[0], "totpRequired");
});

test("identity-js: a user is asked whether the device is to be remembered", async () => {
  await join(ask, "bob");
  const user = account(ask, "bob", storage());
  const [, , necessary] = await enter(user);
  assert.equal(necessary, true);
  const remembered = async () => {
    const [, { Device }] = await later((on) => user.getDevice(on), "onSuccess");
    return Device.DeviceAttributes.find((a) => a.Name === "dev:device_remembered_status").Value;
  };
  assert.equal(await remembered(), "not_remembered");
  assert.equal((await later((on) => user.setDeviceStatusRemembered(on), "onSuccess"))[1], "SUCCESS");
  assert.equal(await remembered(), "remembered");
  await later((on) => user.setDeviceStatusNotRemembered(on), "onSuccess");
  assert.equal(await remembered(), "not_remembered");
  assert.equal((await later((on) => user.forgetDevice(on), "onSuccess"))[1], "SUCCESS");
});

test("Amplify: a device proves itself, is remembered, listed, refreshed and forgotten", async () => {
  Amplify.configure({ Auth: { Cognito: { userPoolId: ask.id, userPoolClientId: ask.clientId, userPoolEndpoint: url } } });
  await join(ask, "cleo");
  assert.ok((await signIn({ username: "cleo", password: good })).isSignedIn);
  await rememberDevice();
  const [device, ...others] = await fetchDevices();
  assert.equal(others.length, 0);
  const key = (await fetchAuthSession()).tokens.accessToken.payload.device_key;
  assert.equal(device.id, key);
  assert.equal(device.name, "Mozilla/5.0 (a story)");
  assert.equal(device.attributes["dev:device_remembered_status"], "remembered");
  assert.ok((await fetchAuthSession({ forceRefresh: true })).tokens);
  await signOut();

  for (const authFlowType of ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"]) {
    assert.ok((await signIn({ username: "cleo", password: good, options: { authFlowType } })).isSignedIn);
    assert.equal((await fetchAuthSession()).tokens.accessToken.payload.device_key, key);
    assert.equal((await fetchDevices()).length, 1);
    await signOut();
  }

  // An administrator forgets it: the client starts over with a new one.
  await idp.adminForgetDevice({ UserPoolId: ask.id, Username: "cleo", DeviceKey: key });
  assert.ok((await signIn({ username: "cleo", password: good })).isSignedIn);
  assert.notEqual((await fetchAuthSession()).tokens.accessToken.payload.device_key, key);
  await forgetDevice();
  assert.deepEqual(await fetchDevices(), []);
  await signOut();
});

test("Amplify: a remembered device spares the code", async () => {
  Amplify.configure({ Auth: { Cognito: { userPoolId: always.id, userPoolClientId: always.clientId, userPoolEndpoint: url } } });
  await join(always, "dora");
  await signIn({ username: "dora", password: good });
  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: totp(sharedSecret) });
  await signOut();
  assert.ok((await signIn({ username: "dora", password: good })).isSignedIn);
  await forgetDevice();
  await signOut();
  assert.equal((await signIn({ username: "dora", password: good })).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  assert.ok((await confirmSignIn({ challengeResponse: totp(sharedSecret, 1) })).isSignedIn);
  await signOut();
});

test("the AWS SDK: what administrators do", async () => {
  await join(always, "eve");
  await enter(account(always, "eve", storage()));
  const who = { UserPoolId: always.id, Username: "eve" };
  const { Devices } = await idp.adminListDevices(who);
  assert.equal(Devices.length, 1);
  const which = { ...who, DeviceKey: Devices[0].DeviceKey };
  const { Device } = await idp.adminGetDevice(which);
  assert.ok(Device.DeviceCreateDate instanceof Date);
  await idp.adminUpdateDeviceStatus({ ...which, DeviceRememberedStatus: "not_remembered" });
  await idp.adminForgetDevice(which);
  await assert.rejects(idp.adminGetDevice(which), { name: "ResourceNotFoundException", message: "Device does not exist." });
});

// amazon-cognito-identity-js: the library with an SRP client of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } from "amazon-cognito-identity-js";
import { address, better, code, good, idp, join, leaked, makePool, refused, url } from "./pool.js";

const pool = await makePool("identity-js");
const users = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: url });

/** later turns (error, result) into a promise. */
const later = (call) => new Promise((resolve, reject) => call((err, result) => (err ? reject(err) : resolve(result))));

const account = (username) => new CognitoUser({ Username: username, Pool: users });

function signIn(user, password, onNewPassword) {
  return new Promise((onSuccess, onFailure) =>
    user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: password }), {
      onSuccess,
      onFailure,
      newPasswordRequired: () => onNewPassword(onSuccess, onFailure),
    }),
  );
}

test("signs in by SRP, and the password never leaves the client", async () => {
  await join(pool, "ann");
  const session = await signIn(account("ann"), good);
  assert.equal(session.getIdToken().payload["cognito:username"], "ann");
  assert.equal(session.getAccessToken().payload.client_id, pool.clientId);
  assert.ok(session.isValid());
});

test("signs in by SRP many times: no salt, verifier or random number is read differently", async () => {
  for (let i = 0; i < 8; i++) {
    const name = `many${i}`;
    await join(pool, name, `${good}${i}`);
    await signIn(account(name), `${good}${i}`);
  }
});

test("a wrong password and an unknown user are refused alike", async () => {
  await join(pool, "bob");
  for (const name of ["bob", "nobody"]) {
    await assert.rejects(signIn(account(name), better), { name: "NotAuthorizedException", message: "Incorrect username or password." });
  }
});

test("signs in by plain password too", async () => {
  await join(pool, "cleo");
  const user = account("cleo");
  user.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  assert.ok((await signIn(user, good)).isValid());
});

test("refreshes its session", async () => {
  await join(pool, "dora");
  const user = account("dora");
  const session = await signIn(user, good);
  const again = await later((done) => user.refreshSession(new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() }), done));
  assert.equal(again.getIdToken().payload.sub, session.getIdToken().payload.sub);
  assert.equal(again.getAccessToken().payload.auth_time, session.getAccessToken().payload.auth_time);
});

test("changes a password, but not to a leaked one", async () => {
  await join(pool, "eve");
  const user = account("eve");
  await signIn(user, good);
  await assert.rejects(later((done) => user.changePassword(good, leaked, done)), { name: "InvalidPasswordException", message: refused });
  assert.equal(await later((done) => user.changePassword(good, better, done)), "SUCCESS");
  await signIn(account("eve"), better);
  await assert.rejects(signIn(account("eve"), good), { name: "NotAuthorizedException" });
});

test("signs up with the code of the mail, but not with a leaked password", async () => {
  const attributes = [new CognitoUserAttribute({ Name: "email", Value: address("finn") })];
  const signUp = (password) => later((done) => users.signUp("finn", password, attributes, [], done));
  await assert.rejects(signUp(leaked), { name: "InvalidPasswordException", message: refused });
  const result = await signUp(good);
  assert.equal(result.userConfirmed, false);
  assert.equal(result.codeDeliveryDetails.DeliveryMedium, "EMAIL");
  assert.equal(await later(async (done) => account("finn").confirmRegistration(await code("finn"), false, done)), "SUCCESS");
  await signIn(account("finn"), good);
});

test("recovers a forgotten password with the code of the mail, but not with a leaked one", async () => {
  await join(pool, "gil");
  const user = account("gil");
  const forgot = () => new Promise((onSuccess, onFailure) => user.forgotPassword({ onSuccess, onFailure, inputVerificationCode: onSuccess }));
  const confirm = (code, password) => new Promise((onSuccess, onFailure) => user.confirmPassword(code, password, { onSuccess, onFailure }));
  assert.equal((await forgot()).CodeDeliveryDetails.AttributeName, "email");
  const sent = await code("gil");
  await assert.rejects(confirm(sent, leaked), { name: "InvalidPasswordException", message: refused });
  await confirm(sent, better);
  await signIn(account("gil"), better);
});

test("signs in by an alias once it is verified", async () => {
  const aliased = await makePool("identity-js-alias", {}, { AliasAttributes: ["email"] });
  await join(aliased, "jill");
  const user = new CognitoUser({ Username: address("jill"), Pool: new CognitoUserPool({ UserPoolId: aliased.id, ClientId: aliased.clientId, endpoint: url }) });
  assert.equal((await signIn(user, good)).getIdToken().payload["cognito:username"], "jill");
});

test("answers the challenge of a temporary password, by SRP", async () => {
  const temporary = "Temporary-Bridge-58-x";
  await idp.adminCreateUser({ UserPoolId: pool.id, Username: "hana", TemporaryPassword: temporary, MessageAction: "SUPPRESS" });
  const user = account("hana");
  const session = await signIn(user, temporary, (onSuccess, onFailure) => user.completeNewPasswordChallenge(good, {}, { onSuccess, onFailure }));
  assert.ok(session.isValid());
  await signIn(account("hana"), good);
});

test("reads and writes attributes, and signs out everywhere", async () => {
  await join(pool, "ida");
  const user = account("ida");
  await signIn(user, good);
  await later((done) => user.updateAttributes([new CognitoUserAttribute({ Name: "nickname", Value: "i" })], done));
  const attributes = await later((done) => user.getUserAttributes(done));
  assert.equal(attributes.find((a) => a.getName() === "nickname").getValue(), "i");
  await new Promise((onSuccess, onFailure) => user.globalSignOut({ onSuccess, onFailure }));
});

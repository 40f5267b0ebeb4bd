// Second factors, by amazon-cognito-identity-js, Amplify and the AWS SDK. A code is
// good once, so that each story uses the present one and the next.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { CodeMismatchException, EnableSoftwareTokenMFAException, ExpiredCodeException } from "@aws-sdk/client-cognito-identity-provider";
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchMFAPreference, setUpTOTP, signIn, signOut, updateMFAPreference, verifyTOTPSetup } from "aws-amplify/auth";
import { address, code, good, idp, join, makePool, requireMFA, totp, url } from "./pool.js";

const app = { SoftwareTokenMfaConfiguration: { Enabled: true } };
const phones = { SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::000000000000:role/sms" } } };
const mails = { EmailMfaConfiguration: {} };

const optional = await makePool("mfa-optional", {}, { AliasAttributes: ["email"] });
await requireMFA(optional, "OPTIONAL", { ...app, ...phones });
const required = await makePool("mfa-required");
await requireMFA(required, "ON", app);

/** later turns callbacks into a promise of [which, ...arguments]. */
const later = (call, ...names) =>
  new Promise((resolve, onFailure) => call({ onFailure, ...Object.fromEntries(names.map((name) => [name, (...args) => resolve([name, ...args])])) }));

const callbacks = ["onSuccess", "mfaRequired", "totpRequired", "selectMFAType", "mfaSetup", "newPasswordRequired"];
const account = (pool, Username) =>
  new CognitoUser({ Username, Pool: new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: url }) });
const enter = (user, Password = good) =>
  later((on) => user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password }), on), ...callbacks);

/** enrol gives a signed-in user an authenticator, and returns its secret. */
async function enrol(user) {
  const [, secret] = await later((on) => user.associateSoftwareToken(on), "associateSecretCode");
  const [, result] = await later((on) => user.verifySoftwareToken(totp(secret), "phone", on), "onSuccess");
  return [secret, result];
}

test("identity-js: an authenticator through SRP", async () => {
  await join(optional, "ann");
  const user = account(optional, "ann");
  assert.equal((await enter(user))[0], "onSuccess");
  const [secret, result] = await enrol(user);
  assert.equal(result.Status, "SUCCESS");

  // By her address: the client goes on under the name that the challenge tells.
  const again = account(optional, address("ann"));
  const [asked, name, parameters] = await enter(again);
  assert.deepEqual([asked, name, parameters.FRIENDLY_DEVICE_NAME], ["totpRequired", "SOFTWARE_TOKEN_MFA", "phone"]);
  await assert.rejects(
    later((on) => again.sendMFACode("000000", on, "SOFTWARE_TOKEN_MFA"), "onSuccess"),
    { name: "CodeMismatchException", message: "Invalid code received for user" },
  );
  const [, session] = await later((on) => again.sendMFACode(totp(secret, 1), on, "SOFTWARE_TOKEN_MFA"), "onSuccess");
  assert.equal(session.getIdToken().payload["cognito:username"], "ann");
  assert.ok(session.isValid());
});

test("identity-js: a choice among two factors", async () => {
  await join(optional, "bea");
  await idp.adminUpdateUserAttributes({ UserPoolId: optional.id, Username: "bea", UserAttributes: [{ Name: "phone_number", Value: "+12065550123" }] });
  const user = account(optional, "bea");
  await enter(user);
  const [secret] = await enrol(user);
  await new Promise((resolve, reject) =>
    user.setUserMfaPreference({ Enabled: true, PreferredMfa: false }, { Enabled: true, PreferredMfa: false }, (err, ok) => (err ? reject(err) : resolve(ok))));
  const again = account(optional, "bea");
  const [asked, , parameters] = await enter(again);
  assert.equal(asked, "selectMFAType");
  assert.deepEqual(JSON.parse(parameters.MFAS_CAN_CHOOSE), ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]);
  const [next] = await later((on) => again.sendMFASelectionAnswer("SOFTWARE_TOKEN_MFA", on), "totpRequired", "mfaRequired");
  assert.equal(next, "totpRequired");
  await later((on) => again.sendMFACode(totp(secret, 1), on, "SOFTWARE_TOKEN_MFA"), "onSuccess");
});

test("identity-js: a first factor where one is required, after a new password", async () => {
  await idp.adminCreateUser({ UserPoolId: required.id, Username: "cat", TemporaryPassword: "Temporary-Bridge-58-x", MessageAction: "SUPPRESS" });
  const user = account(required, "cat");
  assert.equal((await enter(user, "Temporary-Bridge-58-x"))[0], "newPasswordRequired");
  const [asked, , parameters] = await later((on) => user.completeNewPasswordChallenge(good, {}, on), ...callbacks);
  assert.equal(asked, "mfaSetup");
  assert.deepEqual(JSON.parse(parameters.MFAS_CAN_SETUP), ["SOFTWARE_TOKEN_MFA"]);
  const [secret, session] = await enrol(user);
  assert.ok(session.isValid());
  const again = account(required, "cat");
  assert.equal((await enter(again))[0], "totpRequired");
  await later((on) => again.sendMFACode(totp(secret, 1), on, "SOFTWARE_TOKEN_MFA"), "onSuccess");
});

const use = (pool) => Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: url } } });

test("Amplify: sets an authenticator up, prefers it, and signs in with it", async () => {
  await join(optional, "dot");
  use(optional);
  assert.ok((await signIn({ username: "dot", password: good })).isSignedIn);
  assert.equal((await fetchMFAPreference()).enabled, undefined);
  const { sharedSecret } = await setUpTOTP();
  await assert.rejects(verifyTOTPSetup({ code: "000000" }), { name: "EnableSoftwareTokenMFAException" });
  await verifyTOTPSetup({ code: totp(sharedSecret) });
  await updateMFAPreference({ totp: "PREFERRED" });
  assert.deepEqual(await fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
  await signOut();
  const { nextStep } = await signIn({ username: "dot", password: good });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  // The client keeps the session, so that a slip is not the end.
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), { name: "CodeMismatchException" });
  assert.ok((await confirmSignIn({ challengeResponse: totp(sharedSecret, 1) })).isSignedIn);
  await updateMFAPreference({ totp: "DISABLED" });
  await signOut();
  assert.ok((await signIn({ username: "dot", password: good })).isSignedIn);
  await signOut();
});

test("Amplify: sets an authenticator up during the sign-in", async () => {
  await join(required, "eva");
  use(required);
  const { nextStep } = await signIn({ username: "eva", password: good });
  assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_TOTP_SETUP");
  const { sharedSecret } = nextStep.totpSetupDetails;
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), { name: "EnableSoftwareTokenMFAException" });
  assert.ok((await confirmSignIn({ challengeResponse: totp(sharedSecret) })).isSignedIn);
  await signOut();
  assert.equal((await signIn({ username: "eva", password: good })).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  assert.ok((await confirmSignIn({ challengeResponse: totp(sharedSecret, 1) })).isSignedIn);
  await signOut();
});

test("Amplify: chooses to set a mail address up, and signs in with its code", async () => {
  const pool = await makePool("mfa-mail", {}, { AccountRecoverySetting: { RecoveryMechanisms: [{ Name: "verified_phone_number", Priority: 1 }] } });
  await requireMFA(pool, "ON", { ...app, ...mails });
  await idp.adminCreateUser({ UserPoolId: pool.id, Username: "fay", MessageAction: "SUPPRESS" });
  await idp.adminSetUserPassword({ UserPoolId: pool.id, Username: "fay", Password: good, Permanent: true });
  use(pool);
  const begun = await signIn({ username: "fay", password: good });
  assert.equal(begun.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION");
  assert.deepEqual(begun.nextStep.allowedMFATypes, ["TOTP", "EMAIL"]);
  assert.equal((await confirmSignIn({ challengeResponse: "EMAIL" })).nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_EMAIL_SETUP");
  const sent = await confirmSignIn({ challengeResponse: address("fay") });
  assert.equal(sent.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.equal(sent.nextStep.codeDeliveryDetails.deliveryMedium, "EMAIL");
  assert.ok((await confirmSignIn({ challengeResponse: await code("fay") })).isSignedIn);
  await signOut();
  assert.equal((await signIn({ username: "fay", password: good })).nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.ok((await confirmSignIn({ challengeResponse: await code("fay") })).isSignedIn);
  await signOut();
});

test("SDK v3: errors are classes, and a code is good once", async () => {
  await join(optional, "gwen");
  const begin = () =>
    idp.initiateAuth({ ClientId: optional.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: "gwen", PASSWORD: good } });
  const answer = (Session, SOFTWARE_TOKEN_MFA_CODE) =>
    idp.respondToAuthChallenge({
      ClientId: optional.clientId, ChallengeName: "SOFTWARE_TOKEN_MFA", Session, ChallengeResponses: { USERNAME: "gwen", SOFTWARE_TOKEN_MFA_CODE },
    });
  const { AccessToken } = (await begin()).AuthenticationResult;
  const { SecretCode } = await idp.associateSoftwareToken({ AccessToken });
  await assert.rejects(idp.verifySoftwareToken({ AccessToken, UserCode: "000000" }), EnableSoftwareTokenMFAException);
  const first = totp(SecretCode);
  assert.equal((await idp.verifySoftwareToken({ AccessToken, UserCode: first })).Status, "SUCCESS");
  const { ChallengeName, Session } = await begin();
  assert.equal(ChallengeName, "SOFTWARE_TOKEN_MFA");
  await assert.rejects(answer(Session, first), ExpiredCodeException);
  await assert.rejects(answer(Session, "000000"), CodeMismatchException);
  assert.ok((await answer(Session, totp(SecretCode, 1))).AuthenticationResult.IdToken);
  const user = await idp.adminGetUser({ UserPoolId: optional.id, Username: "gwen" });
  assert.deepEqual(user.UserMFASettingList, ["SOFTWARE_TOKEN_MFA"]);
});

// Choice-based sign-in (USER_AUTH), by Amplify and the AWS SDK.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { CodeMismatchException, CognitoIdentityProvider } from "@aws-sdk/client-cognito-identity-provider";
import { Amplify } from "aws-amplify";
import { autoSignIn, confirmSignIn, confirmSignUp, fetchAuthSession, getCurrentUser, signIn, signOut, signUp } from "aws-amplify/auth";
import { address, better, code, good, idp, join, makePool, url } from "./pool.js";

// autoSignIn leaves a timer of three minutes behind, which would keep the process.
const { setTimeout: begin } = globalThis;
globalThis.setTimeout = (run, wait, ...args) => (wait > 60_000 ? begin(run, wait, ...args).unref() : begin(run, wait, ...args));

const byChoice = { ExplicitAuthFlows: ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] };
const factors = (...AllowedFirstAuthFactors) => ({ Policies: { SignInPolicy: { AllowedFirstAuthFactors } } });

const hiding = await makePool("userauth-hiding", byChoice, factors("PASSWORD", "EMAIL_OTP"));
const telling = await makePool("userauth-telling", { ...byChoice, PreventUserExistenceErrors: "LEGACY" }, factors("PASSWORD", "EMAIL_OTP", "SMS_OTP"));

const use = (pool) =>
  Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: url } } });
const choose = (username, options = {}) => signIn({ username, options: { authFlowType: "USER_AUTH", ...options } });

beforeEach(() => use(telling));
afterEach(() => signOut());

test("Amplify: chooses among what the user has", async () => {
  await join(telling, "ann");
  const { nextStep } = await choose("ann");
  assert.equal(nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  assert.deepEqual(nextStep.availableChallenges, ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]);
  const sent = await confirmSignIn({ challengeResponse: "EMAIL_OTP" });
  assert.equal(sent.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.equal(sent.nextStep.codeDeliveryDetails.deliveryMedium, "EMAIL");
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), { name: "CodeMismatchException" });
  assert.ok((await confirmSignIn({ challengeResponse: await code("ann") })).isSignedIn);
  assert.equal((await getCurrentUser()).username, "ann");
});

for (const how of ["PASSWORD", "PASSWORD_SRP"]) {
  test(`Amplify: chooses ${how}`, async () => {
    const name = `bob-${how.toLowerCase()}`;
    await join(telling, name);
    await choose(name);
    const { nextStep } = await confirmSignIn({ challengeResponse: how });
    assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_PASSWORD");
    await assert.rejects(confirmSignIn({ challengeResponse: better }), { name: "NotAuthorizedException", message: "Incorrect username or password." });
    assert.ok((await confirmSignIn({ challengeResponse: good })).isSignedIn);
  });

  test(`Amplify: prefers ${how}`, async () => {
    const name = `cleo-${how.toLowerCase()}`;
    await join(telling, name);
    const { isSignedIn } = await signIn({ username: name, password: good, options: { authFlowType: "USER_AUTH", preferredChallenge: how } });
    assert.ok(isSignedIn);
    assert.ok((await fetchAuthSession({ forceRefresh: true })).tokens);
  });
}

test("Amplify: prefers a code, and is told what there is where it cannot be had", async () => {
  await join(telling, "dora");
  const { nextStep } = await choose("dora", { preferredChallenge: "EMAIL_OTP" });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  assert.ok((await confirmSignIn({ challengeResponse: await code("dora") })).isSignedIn);
  await signOut();
  const other = await choose("dora", { preferredChallenge: "SMS_OTP" });
  assert.equal(other.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
});

test("Amplify: signs up without a password, and is signed in by the same code", async () => {
  const { nextStep, userId } = await signUp({
    username: "eve",
    options: { userAttributes: { email: address("eve") }, autoSignIn: { authFlowType: "USER_AUTH" } },
  });
  assert.equal(nextStep.signUpStep, "CONFIRM_SIGN_UP");
  const confirmed = await confirmSignUp({ username: "eve", confirmationCode: await code("eve") });
  assert.equal(confirmed.nextStep.signUpStep, "COMPLETE_AUTO_SIGN_IN");
  const { isSignedIn } = await autoSignIn();
  assert.ok(isSignedIn);
  assert.equal((await getCurrentUser()).userId, userId);
});

test("Amplify: where users are hidden, nobody is offered what everybody is", async () => {
  use(hiding);
  await join(hiding, "finn");
  const known = await choose("finn");
  const unknown = await choose("nobody");
  assert.deepEqual(unknown, known);
  const sent = await confirmSignIn({ challengeResponse: "EMAIL_OTP" });
  assert.equal(sent.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), { name: "CodeMismatchException" });
});

test("SDK: an administrator's server, and what a user can sign in by", async () => {
  await join(telling, "gil");
  const start = await idp.adminInitiateAuth({ UserPoolId: telling.id, ClientId: telling.clientId, AuthFlow: "USER_AUTH", AuthParameters: { USERNAME: "gil" } });
  assert.deepEqual([start.ChallengeName, start.AvailableChallenges], ["SELECT_CHALLENGE", ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]]);
  const answer = (ChallengeName, Session, more) =>
    idp.adminRespondToAuthChallenge({ UserPoolId: telling.id, ClientId: telling.clientId, ChallengeName, Session, ChallengeResponses: { USERNAME: "gil", ...more } });
  const sent = await answer("SELECT_CHALLENGE", start.Session, { ANSWER: "EMAIL_OTP" });
  await assert.rejects(answer("EMAIL_OTP", sent.Session, { EMAIL_OTP_CODE: "000000" }), CodeMismatchException);
  const { AuthenticationResult } = await answer("EMAIL_OTP", sent.Session, { EMAIL_OTP_CODE: await code("gil") });
  const anybody = new CognitoIdentityProvider({ maxAttempts: 1 });
  const has = await anybody.getUserAuthFactors({ AccessToken: AuthenticationResult.AccessToken });
  assert.deepEqual([has.Username, has.ConfiguredUserAuthFactors], ["gil", ["PASSWORD", "EMAIL_OTP"]]);
});

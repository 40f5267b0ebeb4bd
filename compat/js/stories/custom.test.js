// CUSTOM_AUTH by identity-js and Amplify: with a password first, and without.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from "aws-amplify/auth";
import { better, good, join, makePool, url } from "./pool.js";

const lambda = "arn:aws:lambda:us-east-1:000000000000:function:compat";
const pool = await makePool(
  "custom",
  { ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"] },
  { LambdaConfig: { DefineAuthChallenge: lambda, CreateAuthChallenge: lambda, VerifyAuthChallengeResponse: lambda } },
);
const refusal = { name: "NotAuthorizedException", message: "Incorrect username or password." };

const users = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: url });

/** begin starts a custom sign-in of identity-js; it resolves to the challenge. */
function begin(username, password) {
  const user = new CognitoUser({ Username: username, Pool: users });
  user.setAuthenticationFlowType("CUSTOM_AUTH");
  const details = new AuthenticationDetails({ Username: username, Password: password });
  return new Promise((resolve, reject) => {
    const callbacks = { onSuccess: reject, onFailure: reject, customChallenge: (parameters) => resolve({ user, parameters }) };
    if (password) user.authenticateUser(details, callbacks);
    else user.initiateAuth(details, callbacks);
  });
}

/** answer resolves to the session, or to the parameters of the next challenge. */
const answer = (user, text) =>
  new Promise((resolve, reject) =>
    user.sendCustomChallengeAnswer(text, { onSuccess: resolve, onFailure: reject, customChallenge: resolve }),
  );

test("identity-js answers a custom challenge without a password", async () => {
  await join(pool, "ann");
  const { user, parameters } = await begin("ann");
  assert.equal(parameters.hint, "the code is 4711");
  assert.equal((await answer(user, "0815")).hint, "the code is 4711"); // and is asked again
  const session = await answer(user, "4711");
  assert.equal(session.getIdToken().payload["cognito:username"], "ann");
});

test("identity-js proves the password first", async () => {
  await join(pool, "bob");
  const { user } = await begin("bob", good);
  const session = await answer(user, "4711");
  assert.ok(session.isValid());
  await assert.rejects(begin("bob", better), refusal);
});

test("identity-js hears when it is over", async () => {
  await join(pool, "cleo");
  for (const name of ["cleo", "nobody"]) {
    const { user } = await begin(name);
    await answer(user, "1");
    await answer(user, "2");
    await assert.rejects(answer(user, "3"), refusal);
  }
});

Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: url } } });
afterEach(() => signOut());

test("Amplify: CUSTOM_WITHOUT_SRP", async () => {
  await join(pool, "dora");
  const { nextStep } = await signIn({ username: "dora", options: { authFlowType: "CUSTOM_WITHOUT_SRP" } });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.equal(nextStep.additionalInfo.hint, "the code is 4711");
  const again = await confirmSignIn({ challengeResponse: "0815" });
  assert.equal(again.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.ok((await confirmSignIn({ challengeResponse: "4711" })).isSignedIn);
  assert.equal((await getCurrentUser()).username, "dora");
});

test("Amplify: CUSTOM_WITH_SRP", async () => {
  await join(pool, "eve");
  await assert.rejects(signIn({ username: "eve", password: better, options: { authFlowType: "CUSTOM_WITH_SRP" } }), refusal);
  const { nextStep } = await signIn({ username: "eve", password: good, options: { authFlowType: "CUSTOM_WITH_SRP" } });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
  assert.ok((await confirmSignIn({ challengeResponse: "4711" })).isSignedIn);
  assert.ok((await fetchAuthSession()).tokens.accessToken);
});

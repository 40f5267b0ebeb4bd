// aws-amplify v6: what most web and mobile applications use.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Amplify } from "aws-amplify";
import {
  confirmResetPassword, confirmSignIn, confirmSignUp, confirmUserAttribute, deleteUser, fetchAuthSession, fetchUserAttributes,
  getCurrentUser, resendSignUpCode, resetPassword, signIn, signOut, signUp, updatePassword, updateUserAttribute, updateUserAttributes,
} from "aws-amplify/auth";
import { address, better, code, good, idp, join, leaked, makePool, policy, refused, url } from "./pool.js";

const pool = await makePool("amplify");
const use = (pool) => Amplify.configure({ Auth: { Cognito: { userPoolId: pool.id, userPoolClientId: pool.clientId, userPoolEndpoint: url } } });

beforeEach(() => use(pool));
afterEach(() => signOut());

test("signs up with the code of the mail, but not with a leaked password", async () => {
  const ask = (password) => signUp({ username: "ann", password, options: { userAttributes: { email: address("ann") } } });
  await assert.rejects(ask(leaked), { name: "InvalidPasswordException", message: refused });
  const asked = await ask(good);
  assert.equal(asked.nextStep.signUpStep, "CONFIRM_SIGN_UP");
  const { isSignUpComplete } = await confirmSignUp({ username: "ann", confirmationCode: await code("ann") });
  assert.ok(isSignUpComplete);
  assert.ok((await signIn({ username: "ann", password: good })).isSignedIn);
});

test("signs in by SRP", async () => {
  await join(pool, "bob");
  const { isSignedIn, nextStep } = await signIn({ username: "bob", password: good });
  assert.ok(isSignedIn);
  assert.equal(nextStep.signInStep, "DONE");
  const user = await getCurrentUser();
  assert.equal(user.username, "bob");
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.idToken.payload.sub, user.userId);
});

test("signs in by plain password", async () => {
  await join(pool, "cleo");
  const { isSignedIn } = await signIn({ username: "cleo", password: good, options: { authFlowType: "USER_PASSWORD_AUTH" } });
  assert.ok(isSignedIn);
});

test("a wrong password is refused", async () => {
  await join(pool, "dora");
  await assert.rejects(signIn({ username: "dora", password: better }), { name: "NotAuthorizedException", message: "Incorrect username or password." });
});

test("refreshes its session", async () => {
  await join(pool, "eve");
  await signIn({ username: "eve", password: good });
  const before = (await fetchAuthSession()).tokens.accessToken;
  const after = (await fetchAuthSession({ forceRefresh: true })).tokens.accessToken;
  assert.notEqual(after.toString(), before.toString());
  assert.equal(after.payload.sub, before.payload.sub);
});

test("refreshes its session where the client rotates refresh tokens", async () => {
  const rotating = await makePool("amplify-rotation", {
    ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
    RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: 0 },
  });
  await join(rotating, "rita");
  use(rotating);
  await signIn({ username: "rita", password: good });
  for (let i = 0; i < 3; i++) {
    assert.ok((await fetchAuthSession({ forceRefresh: true })).tokens);
  }
});

test("knows its users by e-mail address, however it is written", async () => {
  use(await makePool("amplify-email", {}, { UsernameAttributes: ["email"], UsernameConfiguration: { CaseSensitive: false } }));
  const username = address("Kim");
  const { userId } = await signUp({ username, password: good, options: { userAttributes: { email: username } } });
  await confirmSignUp({ username, confirmationCode: await code("Kim") });
  assert.ok((await signIn({ username, password: good })).isSignedIn);
  assert.equal((await getCurrentUser()).userId, userId);
  await signOut();
  assert.ok((await signIn({ username: username.toUpperCase(), password: good })).isSignedIn);
});

test("changes a password, but not to a leaked one", async () => {
  await join(pool, "finn");
  await signIn({ username: "finn", password: good });
  await assert.rejects(updatePassword({ oldPassword: good, newPassword: leaked }), { name: "InvalidPasswordException", message: refused });
  await updatePassword({ oldPassword: good, newPassword: better });
  await signOut();
  assert.ok((await signIn({ username: "finn", password: better })).isSignedIn);
});

test("a leaked password at sign-in ends in a reset", async () => {
  await join(pool, "gil");
  await idp.adminSetUserPassword({ UserPoolId: pool.id, Username: "gil", Password: leaked, Permanent: true });
  const first = await signIn({ username: "gil", password: leaked, options: { authFlowType: "USER_PASSWORD_AUTH" } });
  assert.equal(first.nextStep.signInStep, "RESET_PASSWORD"); // Amplify's word for PasswordResetRequiredException
  await resetPassword({ username: "gil" });
  await confirmResetPassword({ username: "gil", confirmationCode: await code("gil"), newPassword: good });
  assert.ok((await signIn({ username: "gil", password: good })).isSignedIn);
});

test("where the policy flags leaked passwords, sets a new one before anything else", async () => {
  const flagging = await makePool("amplify-flag");
  policy(flagging, { breach: { response: "flag" } });
  await join(flagging, "gus");
  await idp.adminSetUserPassword({ UserPoolId: flagging.id, Username: "gus", Password: leaked, Permanent: true });
  use(flagging);
  assert.ok((await signIn({ username: "gus", password: leaked, options: { authFlowType: "USER_PASSWORD_AUTH" } })).isSignedIn);
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.idToken.payload["gatehouse:new_password_due"], true);
  await assert.rejects(fetchUserAttributes(), { name: "PasswordResetRequiredException" });
  await updatePassword({ oldPassword: leaked, newPassword: good });
  assert.equal((await fetchUserAttributes()).email, address("gus"));
  const after = await fetchAuthSession({ forceRefresh: true });
  assert.equal(after.tokens.idToken.payload["gatehouse:new_password_due"], undefined);
});

test("recovers a forgotten password with the code of the mail, but not with a leaked one", async () => {
  await join(pool, "hana");
  const { nextStep } = await resetPassword({ username: "hana" });
  assert.equal(nextStep.resetPasswordStep, "CONFIRM_RESET_PASSWORD_WITH_CODE");
  const confirmationCode = await code("hana");
  await assert.rejects(confirmResetPassword({ username: "hana", confirmationCode, newPassword: leaked }), { name: "InvalidPasswordException", message: refused });
  await confirmResetPassword({ username: "hana", confirmationCode, newPassword: better });
  assert.ok((await signIn({ username: "hana", password: better })).isSignedIn);
});

test("sends a code again, and confirms a changed address", async () => {
  await signUp({ username: "lee", password: good, options: { userAttributes: { email: address("lee") } } });
  const first = await code("lee");
  const again = await resendSignUpCode({ username: "lee" });
  assert.equal(again.deliveryMedium, "EMAIL");
  const second = await code("lee");
  if (second !== first) {
    await assert.rejects(confirmSignUp({ username: "lee", confirmationCode: first }), (err) => /^(CodeMismatch|ExpiredCode)Exception$/.test(err.name));
  }
  await confirmSignUp({ username: "lee", confirmationCode: second });
  await signIn({ username: "lee", password: good });
  const changed = await updateUserAttribute({ userAttribute: { attributeKey: "email", value: address("lee.new") } });
  assert.equal(changed.nextStep.updateAttributeStep, "CONFIRM_ATTRIBUTE_WITH_CODE");
  await confirmUserAttribute({ userAttributeKey: "email", confirmationCode: await code("lee.new") });
  assert.equal((await fetchUserAttributes()).email_verified, "true");
});

test("answers the challenge of a temporary password", async () => {
  const temporary = "Temporary-Bridge-58-x";
  await idp.adminCreateUser({ UserPoolId: pool.id, Username: "ida", TemporaryPassword: temporary, MessageAction: "SUPPRESS" });
  const { nextStep } = await signIn({ username: "ida", password: temporary });
  assert.equal(nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  const { isSignedIn } = await confirmSignIn({ challengeResponse: good });
  assert.ok(isSignedIn);
});

test("reads and writes attributes, signs out everywhere, deletes the user", async () => {
  await join(pool, "jo");
  await signIn({ username: "jo", password: good });
  await updateUserAttributes({ userAttributes: { nickname: "j" } });
  assert.equal((await fetchUserAttributes()).nickname, "j");
  await signOut({ global: true });
  await signIn({ username: "jo", password: good });
  await deleteUser();
  await assert.rejects(signIn({ username: "jo", password: good }), { name: "NotAuthorizedException" });
});

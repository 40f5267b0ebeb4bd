// The AWS SDK for JavaScript v3: requests signed with an access key, errors as classes.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CognitoIdentityProvider, InvalidPasswordException, NotAuthorizedException, PasswordResetRequiredException,
  paginateListUsers, UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import { good, idp, leaked, makePool, refused } from "./pool.js";

const pool = await makePool("sdk-v3");
const signIn = (username, password) =>
  idp.initiateAuth({ ClientId: pool.clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: username, PASSWORD: password } });

async function create(username) {
  await idp.adminCreateUser({ UserPoolId: pool.id, Username: username, MessageAction: "SUPPRESS" });
  await idp.adminSetUserPassword({ UserPoolId: pool.id, Username: username, Password: good, Permanent: true });
}

test("a leaked password is refused at sign-up", async () => {
  await assert.rejects(idp.signUp({ ClientId: pool.clientId, Username: "ann", Password: leaked }), (err) => {
    assert.ok(err instanceof InvalidPasswordException);
    assert.equal(err.message, refused);
    assert.equal(err.$metadata.httpStatusCode, 400);
    assert.ok(err.$metadata.requestId);
    return true;
  });
});

test("a leaked password at sign-in ends in a reset", async () => {
  await create("bob");
  assert.ok((await signIn("bob", good)).AuthenticationResult.IdToken);
  await idp.adminSetUserPassword({ UserPoolId: pool.id, Username: "bob", Password: leaked, Permanent: true });
  await assert.rejects(signIn("bob", leaked), PasswordResetRequiredException);
  const user = await idp.adminGetUser({ UserPoolId: pool.id, Username: "bob" });
  assert.equal(user.UserStatus, "RESET_REQUIRED");
  assert.ok(user.UserCreateDate instanceof Date);
});

test("errors are classes", async () => {
  await assert.rejects(signIn("nobody", good), NotAuthorizedException);
  await assert.rejects(idp.adminGetUser({ UserPoolId: pool.id, Username: "nobody" }), UserNotFoundException);
});

test("pages through users", async () => {
  await Promise.all(["p1", "p2", "p3", "p4", "p5"].map(create));
  const names = [];
  for await (const page of paginateListUsers({ client: idp, pageSize: 2 }, { UserPoolId: pool.id, Filter: 'username ^= "p"' })) {
    names.push(...page.Users.map((u) => u.Username));
  }
  assert.deepEqual(names.sort(), ["p1", "p2", "p3", "p4", "p5"]);
});

test("text beyond ASCII comes back as it was sent", async () => {
  const name = "zoë 🏰 \u2028 \"quoted\" <b>";
  await idp.adminCreateUser({ UserPoolId: pool.id, Username: "zoe", MessageAction: "SUPPRESS", UserAttributes: [{ Name: "name", Value: name }] });
  const { UserAttributes } = await idp.adminGetUser({ UserPoolId: pool.id, Username: "zoe" });
  assert.equal(UserAttributes.find((a) => a.Name === "name").Value, name);
});

test("signing out revokes the tokens", async () => {
  await create("cleo");
  const { AccessToken } = (await signIn("cleo", good)).AuthenticationResult;
  // No credentials: whoever holds the token may.
  const user = new CognitoIdentityProvider({ maxAttempts: 1, credentials: async () => assert.fail("this operation is not signed") });
  assert.equal((await user.getUser({ AccessToken })).Username, "cleo");
  await user.globalSignOut({ AccessToken });
  await assert.rejects(user.getUser({ AccessToken }), { name: "NotAuthorizedException", message: "Access Token has been revoked" });
});

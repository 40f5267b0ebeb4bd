// jose: an application that verifies tokens by itself, with what the issuer publishes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { good, idp, join, makePool, url } from "./pool.js";

const pool = await makePool("jose");
await join(pool, "ann");
const { AuthenticationResult: tokens } = await idp.initiateAuth({
  ClientId: pool.clientId,
  AuthFlow: "USER_PASSWORD_AUTH",
  AuthParameters: { USERNAME: "ann", PASSWORD: good },
});
const issuer = `${url}/${pool.id}`;
const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));

test("the issuer says who it is", () => {
  assert.equal(discovery.issuer, issuer);
  assert.ok(discovery.id_token_signing_alg_values_supported.includes("RS256"));
});

test("the ID token is for the application, and signed by the issuer", async () => {
  const { payload } = await jwtVerify(tokens.IdToken, keys, { issuer, audience: pool.clientId, algorithms: ["RS256"] });
  assert.equal(payload["cognito:username"], "ann");
  assert.equal(payload.email_verified, true);
});

test("the access token is signed with another key", async () => {
  const { payload } = await jwtVerify(tokens.AccessToken, keys, { issuer, algorithms: ["RS256"] });
  assert.equal(payload.client_id, pool.clientId);
  assert.notEqual(decodeProtectedHeader(tokens.AccessToken).kid, decodeProtectedHeader(tokens.IdToken).kid);
});

test("a token that was changed is refused", async () => {
  const [header, , signature] = tokens.AccessToken.split(".");
  const forged = Buffer.from(JSON.stringify({ iss: issuer, username: "root", exp: 4e9 })).toString("base64url");
  await assert.rejects(jwtVerify(`${header}.${forged}.${signature}`, keys, { issuer }), { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" });
});

test("a token of another pool is refused", async () => {
  const other = await makePool("jose-other");
  const strangers = createRemoteJWKSet(new URL(`${url}/${other.id}/.well-known/jwks.json`));
  await assert.rejects(jwtVerify(tokens.AccessToken, strangers, { issuer: `${url}/${other.id}` }), { code: "ERR_JWKS_NO_MATCHING_KEY" });
});

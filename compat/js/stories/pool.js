// What every story needs: a pool with one client, made as an administrator would, and the mailbox.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { CognitoIdentityProvider } from "@aws-sdk/client-cognito-identity-provider";

export const url = process.env.GATEHOUSE_URL;
export const good = "Quiet-Harbour-71-lanterns";
export const better = "Slow-Copper-39-windmills";
export const leaked = "Password123!";
export const refused = "Provided password cannot be used for security reasons.";

/** The SDK's client; endpoint, region and credentials come from the environment. */
export const idp = new CognitoIdentityProvider({ maxAttempts: 1 });

/** makePool makes a pool that refuses leaked passwords, and a public client of it, each changed by what is given. */
export async function makePool(name, client = {}, settings = {}) {
  const { UserPool } = await idp.createUserPool({
    PoolName: name,
    UserPoolTier: "PLUS",
    UserPoolAddOns: { AdvancedSecurityMode: "ENFORCED" },
    AutoVerifiedAttributes: ["email"],
    ...settings,
  });
  await idp.setRiskConfiguration({
    UserPoolId: UserPool.Id,
    CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: "BLOCK" } },
  });
  const { UserPoolClient } = await idp.createUserPoolClient({
    UserPoolId: UserPool.Id,
    ClientName: name,
    ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    PreventUserExistenceErrors: "ENABLED",
    ...client,
  });
  return { id: UserPool.Id, clientId: UserPoolClient.ClientId };
}

/** policy sets the pool's own policy document, as an operator would. */
export function policy(pool, document) {
  const { GATEHOUSE_TEST_BINARY: gatehouse, GATEHOUSE_TEST_DATA: data } = process.env;
  execFileSync(gatehouse, ["policy", "set", "--data", data, "--pool", pool.id, "-"], { input: JSON.stringify(document), env: {} });
}

/** join makes a confirmed user with a verified address. */
export async function join(pool, username, password = good) {
  await idp.signUp({
    ClientId: pool.clientId,
    Username: username,
    Password: password,
    UserAttributes: [{ Name: "email", Value: address(username) }],
  });
  await idp.confirmSignUp({ ClientId: pool.clientId, Username: username, ConfirmationCode: await code(username) });
}

/** Stories share a server, so every user's address is of one process alone. */
export const address = (username) => `${username}.${process.pid}@example.com`;

/** code waits for a code that was not read before. */
export async function code(username) {
  const to = encodeURIComponent(address(username));
  for (let tries = 0; tries < 500; tries++) {
    const mails = await (await fetch(`${url}/_gatehouse/mailbox.json?to=${to}`)).json();
    const found = mails[0]?.text.match(/\b\d{6}\b/)?.[0];
    if (found && !read.has(mails[0].id)) {
      read.add(mails[0].id);
      return found;
    }
    await wait(20);
  }
  throw new Error(`no message to ${username} came`);
}
const read = new Set();

/** totp is what an authenticator app shows for a secret, so many steps of 30 seconds from now (RFC 6238). */
export function totp(secret, steps = 0) {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** requireMFA sets the pool's mode and factors, as an administrator would. */
export const requireMFA = (pool, MfaConfiguration, factors) => idp.setUserPoolMfaConfig({ UserPoolId: pool.id, MfaConfiguration, ...factors });

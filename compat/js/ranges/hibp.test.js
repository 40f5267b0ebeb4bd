// hibp: the Have I Been Pwned client of JavaScript, pointed at gatehouse breach serve.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pwnedPassword, pwnedPasswordRange } from "hibp";

const baseUrl = process.env.RANGES_URL;

test("tells how often a password was seen", async () => {
  assert.equal(await pwnedPassword("letmein", { baseUrl }), 2);
  assert.equal(await pwnedPassword("correct horse", { baseUrl }), 1);
});

test("does not know a password that did not leak", async () => {
  assert.equal(await pwnedPassword("Quiet-Harbour-71-lanterns", { baseUrl }), 0);
});

test("gets the same through padding", async () => {
  assert.equal(await pwnedPassword("letmein", { baseUrl, addPadding: true }), 2);
  assert.equal(await pwnedPassword("Quiet-Harbour-71-lanterns", { baseUrl, addPadding: true }), 0);
  const padded = await pwnedPasswordRange("B7A87", { baseUrl, addPadding: true });
  assert.ok(Object.keys(padded).length >= 800);
  assert.equal(padded["5FC1EA228B9061041B7CEC4BD3C52AB3CE3"], 2);
});

test("gets ranges of NTLM hashes", async () => {
  const range = await pwnedPasswordRange("8846F", { baseUrl, mode: "ntlm" });
  assert.deepEqual(range, { "7EAEE8FB117AD06BDD830B7586C": 1 });
});

test("is told what is no range", async () => {
  await assert.rejects(pwnedPasswordRange("XYZ", { baseUrl }), /not in a valid format/);
});

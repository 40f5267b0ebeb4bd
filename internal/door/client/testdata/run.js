// Runs the script as a page would, with what the test says in place of a
// browser, and prints what getData gives for each call.
const { readFileSync } = require("node:fs");
const vm = require("node:vm");
const { webcrypto } = require("node:crypto");

const { script, storage, stored, calls, blind } = JSON.parse(readFileSync(0, "utf8"));
const items = { ...stored };
const refuse = () => {
  throw new Error("SecurityError");
};
const localStorage = {
  full: { getItem: (key) => items[key] ?? null, setItem: refuse },
  works: { getItem: (key) => items[key] ?? null, setItem: (key, value) => (items[key] = String(value)) },
}[storage];
const page = {
  navigator: { userAgent: "Mozilla/5.0 (X11; Linux x86_64)", language: "en-GB", platform: "Linux x86_64" },
  crypto: webcrypto,
  btoa,
  TextEncoder,
};
Object.defineProperty(page, "localStorage", { get: () => localStorage ?? refuse() });
if (blind) delete page.navigator;
vm.createContext(page);
vm.runInContext(script, page);
const data = calls.map(([name, pool, client]) => page.AmazonCognitoAdvancedSecurityData.getData(name, pool, client) ?? null);
console.log(JSON.stringify({ data, items }));

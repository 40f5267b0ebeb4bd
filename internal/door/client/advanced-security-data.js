// Tells Gatehouse on which device a user signs in, so that it knows the device
// again. Load it before the page signs anybody in:
//
//   <script src="https://login.example.com/_gatehouse/advanced-security-data.js"></script>
//
// Amplify and amazon-cognito-identity-js find it by its name and send what it
// gives. Other pages send it themselves, as EncodedData:
//
//   AmazonCognitoAdvancedSecurityData.getData(username, userPoolId, clientId)
//
// It tells the browser's name, its language, platform and time zone, and a random
// id that it keeps in localStorage. It tells nothing else, and asks nobody.
(() => {
  "use strict";

  const version = "JS20171115";
  const storageKey = "gatehouse.device-id";

  /** getData is EncodedData, or undefined where the browser fails: signing in matters more. */
  function getData(username, userPoolId, clientId) {
    try {
      const payload = JSON.stringify({
        contextData: {
          UserAgent: navigator.userAgent,
          DeviceId: deviceId(),
          DeviceLanguage: navigator.language,
          DevicePlatform: navigator.platform,
          ClientTimezone: timezone(-new Date().getTimezoneOffset()),
        },
        username: username || "",
        userPoolId,
        timestamp: String(Date.now()),
      });
      // The key is no secret. The signature says that the format is meant, no more.
      const signature = base64(hmac(utf8(clientId), utf8(version + payload)));
      return base64(utf8(JSON.stringify({ payload, signature, version })));
    } catch {
      return undefined;
    }
  }

  let kept; // as long as the page, where the browser stores nothing

  function deviceId() {
    try {
      kept = localStorage.getItem(storageKey) || kept;
    } catch {} // storage may be forbidden
    if (!kept) {
      const random = crypto.getRandomValues(new Uint8Array(16));
      kept = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("") + ":" + Date.now();
      try {
        localStorage.setItem(storageKey, kept);
      } catch {} // or full
    }
    return kept;
  }

  /** timezone writes minutes east of Greenwich: 05:30, -07:00. */
  function timezone(minutes) {
    const two = (n) => String(n).padStart(2, "0");
    const size = Math.abs(minutes);
    return (minutes < 0 ? "-" : "") + two(Math.floor(size / 60)) + ":" + two(size % 60);
  }

  const utf8 = (text) => new TextEncoder().encode(text);

  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

  // HMAC-SHA256 (RFC 2104, FIPS 180-4). The browser's own is asynchronous, and
  // those who call getData do not wait.

  function hmac(key, message) {
    const block = new Uint8Array(64);
    block.set(key.length > 64 ? sha256(key) : key);
    const inner = sha256(joined(block.map((byte) => byte ^ 0x36), message));
    return sha256(joined(block.map((byte) => byte ^ 0x5c), inner));
  }

  function joined(a, b) {
    const both = new Uint8Array(a.length + b.length);
    both.set(a);
    both.set(b, a.length);
    return both;
  }

  // prettier-ignore
  const constants = new Uint32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);

  function sha256(message) {
    // A bit 1, zeros, and the length in bits fill the last block.
    const padded = new Uint8Array(((message.length + 8) >> 6) * 64 + 64);
    padded.set(message);
    padded[message.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 4, message.length * 8);

    const state = new Uint32Array([
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ]);
    const w = new Uint32Array(64);
    const turned = (word, bits) => (word >>> bits) | (word << (32 - bits));
    for (let at = 0; at < padded.length; at += 64) {
      for (let i = 0; i < 64; i++) {
        if (i < 16) {
          w[i] = view.getUint32(at + 4 * i);
          continue;
        }
        const s0 = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < 64; i++) {
        const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
        const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
    }
    const digest = new DataView(new ArrayBuffer(32));
    state.forEach((word, i) => digest.setUint32(4 * i, word));
    return new Uint8Array(digest.buffer);
  }

  globalThis.AmazonCognitoAdvancedSecurityData = { getData };
})();

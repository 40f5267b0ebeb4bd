package srp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// The vector was computed with pycognito's code; see the specification, 4.3.
func TestVector(t *testing.T) {
	const (
		poolName  = "TestPool1"
		user      = "alice"
		password  = "Passw0rd!"
		timestamp = "Tue Nov 3 04:05:06 UTC 2026"
		signature = "akBr+KlwaalLLgQNyWZloIZBgSQYmABKmU6Eo/2Fa7s="
	)
	salt, _ := hex.DecodeString("1f2e3d4c5b6a79880123456789abcdef")
	secretA := bytes.Repeat([]byte{0x11}, 32)
	secretB := bytes.Repeat([]byte{0x22}, 32)

	k := multiplierMontgomery
	k.fromMontgomery(&k)
	same(t, "k", hex.EncodeToString(k.bytes()[elementBytes-32:]), "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6")

	x := privateKey(salt, poolName, user, password)
	same(t, "x", hex.EncodeToString(x[:]), "8cbe86cea35614c421fba8065335e9a26c7c7718ded6804f53e21e8ebd20d2c7")

	v := Compute(salt, poolName, user, password)
	ends(t, "v", hex.EncodeToString(v), "ed86e01f58803e71", "cb4211c272891dcf")

	client, err := NewClient(bytes.NewReader(secretA), poolName)
	if err != nil {
		t.Fatal(err)
	}
	ends(t, "A", client.A(), "f2c4e7407ccfac45", "cca3b49b35a49099")

	challenge, err := NewChallenge(bytes.NewReader(secretB), v)
	if err != nil {
		t.Fatal(err)
	}
	ends(t, "B", challenge.B, "64688c94e50f4984", "1bef1daae7085733")
	if !bytes.Equal(challenge.Secret, secretB) {
		t.Errorf("the secret of the challenge is not b")
	}

	rawA, _ := hex.DecodeString(client.A())
	rawB, _ := hex.DecodeString(challenge.B)
	same(t, "u", hex.EncodeToString(scramble(rawA, rawB)), "4525804b6828a4df8d519dd1733665ed55d5a96c5e0358ee6ed124d257039b2d")

	key, err := SessionKey(v, challenge.Secret, client.A())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "key", hex.EncodeToString(key), "c2fb6da355e596abadd3a38718ea2db8")

	block := []byte("secret-block-bytes")
	same(t, "signature", base64.StdEncoding.EncodeToString(Signature(key, poolName, user, block, timestamp)), signature)

	answer, err := client.Answer(map[string]string{
		"SALT": hex.EncodeToString(salt), "SRP_B": challenge.B,
		"SECRET_BLOCK": base64.StdEncoding.EncodeToString(block), "USER_ID_FOR_SRP": user,
	}, password, time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the client's signature", answer["PASSWORD_CLAIM_SIGNATURE"], signature)
	same(t, "the client's timestamp", answer["TIMESTAMP"], timestamp)
	same(t, "the client's user name", answer["USERNAME"], user)
	same(t, "the echoed block", answer["PASSWORD_CLAIM_SECRET_BLOCK"], base64.StdEncoding.EncodeToString(block))
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func ends(t *testing.T, what, got, head, tail string) {
	t.Helper()
	if len(got) != 2*elementBytes || !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) {
		t.Errorf("%s: got %d digits %s, want 768 of %s...%s", what, len(got), got, head, tail)
	}
}

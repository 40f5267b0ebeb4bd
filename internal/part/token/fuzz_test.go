package token_test

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

// FuzzVerify: nobody without the key makes a second good token.
func FuzzVerify(f *testing.F) {
	key := testkeys.Key(0)
	keys := token.NewKeySet(key)
	genuine := sign(f, key, accessClaims())
	f.Add(genuine)
	f.Add(genuine[:len(genuine)-1])
	f.Add("..")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := keys.Verify(text, noon, wantAccess)
		if (err == nil) != (text == genuine) {
			t.Fatalf("Verify(%q) = %v", text, err)
		}
		token.Issuer(text)
	})
}

// FuzzVerifyClaims: whatever JSON a key of ours was made to sign, Verify and
// Claims agree on it.
func FuzzVerifyClaims(f *testing.F) {
	key := testkeys.Key(0)
	keys := token.NewKeySet(key)
	f.Add(`{"iss":"https://id.example.com/eu-west-1_Abc123xyz","token_use":"access","exp":9999999999,"sub":"x"}`)
	f.Add(`{"iss":"https://id.example.com/eu-west-1_Abc123xyz","token_use":"access","exp":9223372036854775807,"nbf":-1}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, claims string) {
		text := craft(t, key, header(key), claims)
		v, err := keys.Verify(text, noon, wantAccess)
		if err != nil {
			return
		}
		all := v.Claims()
		if all["iss"] != issuer || all["token_use"] != "access" || token.Issuer(text) != issuer {
			t.Fatalf("%s is accepted", claims)
		}
		if sub, _ := all["sub"].(string); sub != v.Subject {
			t.Fatalf("sub is %q and %q", sub, v.Subject)
		}
	})
}

// FuzzOpenRefresh: nobody without the ring makes a second good token.
func FuzzOpenRefresh(f *testing.F) {
	ring := newRing(f, 1)
	genuine := token.SealRefresh(ring, token.Refresh{PoolID: poolID, FamilyID: "family", Generation: 1})
	f.Add(genuine)
	f.Add("....")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := token.OpenRefresh(ring, poolID, text)
		if (err == nil) != (text == genuine) {
			t.Fatalf("OpenRefresh(%q) = %v", text, err)
		}
	})
}

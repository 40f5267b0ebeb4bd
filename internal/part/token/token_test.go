package token_test

import (
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

const (
	poolID = "eu-west-1_Abc123xyz"
	issuer = "https://id.example.com/" + poolID
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func grant() token.Grant {
	return token.Grant{
		Issuer:    issuer,
		ClientID:  "1example23456789abcdefghij",
		Subject:   "34c84488-e0e1-70ae-d2ee-991ad1a898c8",
		Username:  "ann",
		Groups:    []string{"admins", "staff"},
		EventID:   "event-1",
		OriginJTI: "origin-1",
		AuthTime:  noon.Add(-time.Minute),
		IssuedAt:  noon,
	}
}

func sign(t testing.TB, key *token.Key, claims token.Claims) string {
	t.Helper()
	text, err := key.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newRing(t testing.TB) *seal.Ring {
	t.Helper()
	master, err := seal.ParseMaster("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	key, err := master.NewDataKey(nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := master.Ring(nil, []seal.WrappedKey{key})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestAccessToken(t *testing.T) {
	key := testkeys.Key(0)
	v, err := token.NewKeySet(key).Verify(sign(t, key, accessClaims()), noon, token.Expect{Issuer: issuer, Use: token.Access})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v %v", v, v.Claims())
}

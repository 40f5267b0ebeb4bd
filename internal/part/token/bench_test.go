package token_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

// BenchmarkSign sets our token beside the bare signature, which is its floor,
// and beside go-jose, which docs/decisions/0033 weighed.
func BenchmarkSign(b *testing.B) {
	key := testkeys.Key(0)
	private := privateKey(b, key)
	claims := accessClaims()
	b.Run("bare RSA", func(b *testing.B) {
		digest := sha256.Sum256([]byte("header.claims"))
		for b.Loop() {
			if _, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := key.Sign(claims); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-jose", func(b *testing.B) {
		b.ReportAllocs()
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private, KeyID: key.ID}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := jwt.Signed(signer).Claims(map[string]any(claims)).Serialize(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerify likewise.
func BenchmarkVerify(b *testing.B) {
	key := testkeys.Key(0)
	private := privateKey(b, key)
	text := sign(b, key, accessClaims())
	keys := token.NewKeySet(key)
	b.Run("bare RSA", func(b *testing.B) {
		digest := sha256.Sum256([]byte("header.claims"))
		signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.Verify(text, noon, token.Expect{Issuer: issuer, Use: token.Access}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-jose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				b.Fatal(err)
			}
			var claims jwt.Claims
			if err := parsed.Claims(&private.PublicKey, &claims); err != nil {
				b.Fatal(err)
			}
			if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: issuer, Time: noon}, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRefresh is what a refresh token costs beside the database.
func BenchmarkRefresh(b *testing.B) {
	r := newRing(b, 1)
	refresh := token.Refresh{PoolID: poolID, FamilyID: "0b6f3c1e-0d3c-4f1f-9a55-2f0d6b0d7a11", Generation: 3}
	text := token.SealRefresh(r, refresh)
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			token.SealRefresh(r, refresh)
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if _, err := token.OpenRefresh(r, poolID, text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

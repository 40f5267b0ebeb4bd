package token_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/token"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

// BenchmarkSign sets our token beside the bare signature, which is its floor,
// and beside go-jose, which docs/decisions/0033 weighed. The three take turns,
// so that a busy machine slows all of them alike, and the ratios hold.
func BenchmarkSign(b *testing.B) {
	key := testkeys.Key(0)
	private := privateKey(b, key)
	claims := accessClaims()
	digest := sha256.Sum256([]byte("header.claims"))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: private, KeyID: key.ID}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	var bare, ours, theirs turn
	for b.Loop() {
		bare.take(b, func() (err error) { _, err = rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:]); return })
		ours.take(b, func() (err error) { _, err = key.Sign(claims); return })
		theirs.take(b, func() (err error) {
			_, err = jwt.Signed(signer).Claims(map[string]any(claims)).Serialize()
			return
		})
	}
	b.ReportMetric(bare.median(), "us/bare-RSA")
	b.ReportMetric(ours.median()/bare.median(), "x/ours")
	b.ReportMetric(theirs.median()/bare.median(), "x/go-jose")
}

// turn collects how long one of the contestants took, each time.
type turn []time.Duration

func (t *turn) take(b *testing.B, do func() error) {
	start := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	*t = append(*t, time.Since(start))
}

// median in microseconds.
func (t turn) median() float64 {
	slices.Sort(t)
	return float64(t[len(t)/2]) / float64(time.Microsecond)
}

// BenchmarkPayload is the part of Sign that is not RSA: claims to text.
func BenchmarkPayload(b *testing.B) {
	claims := accessClaims()
	b.ReportAllocs()
	for b.Loop() {
		payload := wire.Must(claims)
		sha256.Sum256([]byte(base64url(payload)))
	}
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

package cognito

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

// BenchmarkServeHTTP is what the door itself costs: an operation that reads one
// pool, unsigned and signed, without the network.
func BenchmarkServeHTTP(b *testing.B) {
	quiet := report.New(report.Config{Logger: slog.New(slog.DiscardHandler)})
	run := func(b *testing.B, r *rig, sign func(*http.Request, string)) {
		b.Helper()
		pool, err := r.Pools.List(b.Context(), "", 1)
		if err != nil {
			b.Fatal(err)
		}
		body := `{"UserPoolId":"` + pool[0].ID + `"}`
		for b.Loop() {
			req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			req.Header.Set("Content-Type", contentType)
			req.Header.Set("X-Amz-Target", target+"GetUserPoolMfaConfig")
			sign(req, body)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			if w.Code != 200 {
				b.Fatal(w.Body)
			}
		}
	}
	b.Run("unsigned", func(b *testing.B) {
		r := newRig(b, func(c *Config) { c.AnyCredentials, c.Log = true, quiet })
		r.must(b, "CreateUserPool", `{"PoolName":"x"}`)
		run(b, r, func(*http.Request, string) {})
	})
	b.Run("signed", func(b *testing.B) {
		r := newRig(b, func(c *Config) { c.Log = quiet })
		s := r.signer(b, access.Everything)
		s.must(b, "CreateUserPool", `{"PoolName":"x"}`)
		signer, key := v4.NewSigner(), s.key
		run(b, r, func(req *http.Request, body string) { resign(b, signer, key, req, body) })
	})
	b.Run("signing alone", func(b *testing.B) {
		signer, key := v4.NewSigner(), aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: guess}
		for b.Loop() {
			req := httptest.NewRequest(http.MethodPost, "/", nil)
			req.Header.Set("X-Amz-Target", target+"GetUserPoolMfaConfig")
			resign(b, signer, key, req, goodBody)
		}
	})
}

// resign signs as a client does: with the signing keys of the day remembered.
func resign(b *testing.B, signer *v4.Signer, key aws.Credentials, req *http.Request, body string) {
	b.Helper()
	sum := sha256.Sum256([]byte(body))
	if err := signer.SignHTTP(b.Context(), key, req, hex.EncodeToString(sum[:]), service, testRegion, time.Now()); err != nil {
		b.Fatal(err)
	}
}

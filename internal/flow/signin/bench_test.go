//go:build unix

package signin_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/signin"
	"github.com/gatehouse-id/gatehouse/internal/part/srp"
	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

// BenchmarkFloor is the cryptography that no sign-in can do without: two
// signatures and one verifier. BenchmarkSignIn may cost 1.3 times as much.
func BenchmarkFloor(b *testing.B) {
	var private [2]*rsa.PrivateKey
	for i := range private {
		key, err := x509.ParsePKCS8PrivateKey(testkeys.Key(i).Marshal())
		if err != nil {
			b.Fatal(err)
		}
		private[i] = key.(*rsa.PrivateKey)
	}
	digest := sha256.Sum256([]byte("a token"))
	salt := []byte("0123456789abcdef")
	defer processor(b)()
	for b.Loop() {
		for _, key := range private {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
		srp.Compute(salt, poolName, "ann", good)
	}
}

// processor reports the processor time of each turn, of all threads and the
// system's for us: what a machine is bought by, and what other work on it does
// not blur as it blurs the clock. Call it before the loop, and what it returns after.
func processor(b *testing.B) (report func()) {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

// benchWorld has more than one user, as pools do.
func benchWorld(b *testing.B) *world {
	w := newWorld(b, storetest.SQLite(b), nil)
	for i := range benchUsers {
		w.add(fmt.Sprint("user", i), good, nil)
	}
	b.ReportAllocs()
	return w
}

const benchUsers = 50

func BenchmarkSignIn(b *testing.B) {
	w := benchWorld(b)
	i := 0
	defer processor(b)()
	for b.Loop() {
		i++
		if out, err := w.login(web, fmt.Sprint("user", i%benchUsers), good); err != nil || out.Tokens == nil {
			b.Fatal(out, err)
		}
	}
}

// BenchmarkProtection is a sign-in of a user with two years of daily ones, with
// threat protection off and on: what it costs is the difference.
func BenchmarkProtection(b *testing.B) {
	for _, mode := range []model.Mode{model.ModeOff, model.ModeEnforced} {
		b.Run(string(mode), func(b *testing.B) {
			w := newWorld(b, storetest.SQLite(b), func(p *model.Pool) {
				p.Doc.UserPoolAddOns.AdvancedSecurityMode = ptr(string(mode))
			})
			w.add("ann", good, nil)
			origin := model.Origin{
				IP: "216.102.180.9", UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
				Fingerprint: model.Fingerprint{DeviceID: "kx3v9:1790000000000", Timezone: "-07:00"},
			}
			for range 2 * 365 {
				if _, err := w.loginFrom(origin, "ann", good); err != nil {
					b.Fatal(err)
				}
				w.pass(24 * time.Hour)
			}
			defer processor(b)()
			for b.Loop() {
				if out, err := w.loginFrom(origin, "ann", good); err != nil || out.Tokens == nil {
					b.Fatal(out, err)
				}
			}
		})
	}
}

// BenchmarkSignIns has as many at once as there are processors.
func BenchmarkSignIns(b *testing.B) {
	w := benchWorld(b)
	defer processor(b)()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if out, err := w.login(web, fmt.Sprint("user", i%benchUsers), good); err != nil || out.Tokens == nil {
				b.Error(out, err)
			}
		}
	})
}

func BenchmarkWrongPassword(b *testing.B) {
	for name, who := range map[string]string{"known": "user1", "unknown": "nobody1"} {
		b.Run(name, func(b *testing.B) {
			w := benchWorld(b)
			i := 0
			defer processor(b)()
			for b.Loop() {
				if i++; i%4 == 0 {
					w.pass(3600e9) // else the lockout spares the work
				}
				if _, err := w.login(web, who, "guess"); told(nil, err) != incorrect {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBearer(b *testing.B) {
	w := benchWorld(b)
	access := w.tokens(web, "user1", good).Access
	defer processor(b)()
	for b.Loop() {
		if _, err := w.Bearer(context.Background(), access); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	w := benchWorld(b)
	attempt := signin.Attempt{
		ClientID: web, Flow: "REFRESH_TOKEN_AUTH",
		Parameters: map[string]string{"REFRESH_TOKEN": w.tokens(web, "user1", good).Refresh},
	}
	defer processor(b)()
	for b.Loop() {
		if _, err := w.Start(context.Background(), attempt); err != nil {
			b.Fatal(err)
		}
	}
}

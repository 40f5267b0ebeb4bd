package credential_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/flow/credential"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

var (
	start = time.Date(2026, 11, 3, 4, 5, 6, 0, time.UTC)
	// cheap is what Argon2id may cost in a test.
	cheap = password.Params{Memory: 64, Time: 1, Threads: 1}
)

func newKeeper(t testing.TB, ring *seal.Ring, cost password.Params) *credential.Keeper {
	t.Helper()
	hasher, err := password.NewHasher(password.Config{Params: cost})
	if err != nil {
		t.Fatal(err)
	}
	return credential.New(credential.Config{Ring: ring, Hasher: hasher, Now: func() time.Time { return start }})
}

// srpPool has a client that may use SRP, plainPool has none.
func srpPool() *model.Pool   { return newPool(true) }
func plainPool() *model.Pool { return newPool(false) }

func newPool(srp bool) *model.Pool {
	return &model.Pool{ID: "us-east-1_TestPool1", NeedsSRP: srp, Doc: &shape.UserPoolType{
		Policies: &shape.UserPoolPolicyType{PasswordPolicy: &shape.PasswordPolicyType{}},
	}}
}

func newUser(p *model.Pool) *model.User {
	return &model.User{PoolID: p.ID, Sub: "9f1c2b3a-0000-4000-8000-000000000001", Username: "ann"}
}

func set(t *testing.T, k *credential.Keeper, p *model.Pool, u *model.User, plain string) {
	t.Helper()
	box, err := k.Make(t.Context(), p, u, plain, false)
	if err != nil {
		t.Fatal(err)
	}
	u.Credential = box
}

func open(t *testing.T, k *credential.Keeper, u *model.User) *model.Credential {
	t.Helper()
	c, err := k.Open(u)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// expect verifies and compares.
func expect(t *testing.T, k *credential.Keeper, p *model.Pool, u *model.User, plain string, wantOK, wantOutdated bool) {
	t.Helper()
	ok, outdated, err := k.Verify(t.Context(), p, u, plain)
	if err != nil || ok != wantOK || outdated != wantOutdated {
		t.Errorf("Verify(%q) = %v, %v, %v, want %v, %v", plain, ok, outdated, err, wantOK, wantOutdated)
	}
}

func TestVerify(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	for scheme, p := range map[model.Scheme]*model.Pool{model.SchemeSRP: srpPool(), model.SchemeArgon2id: plainPool()} {
		t.Run("the right password and no other passes by "+string(scheme), func(t *testing.T) {
			u := newUser(p)
			set(t, k, p, u, "Correct-Horse-1")
			if got := open(t, k, u).Scheme; got != scheme {
				t.Fatalf("the record is kept by %s, want %s", got, scheme)
			}
			expect(t, k, p, u, "Correct-Horse-1", true, false)
			for _, wrong := range []string{"", "correct-horse-1", "Correct-Horse-1 ", "Correct-Horse-1\x00"} {
				expect(t, k, p, u, wrong, false, false)
			}
		})
		t.Run("a user without a password is never right, by "+string(scheme), func(t *testing.T) {
			expect(t, k, p, newUser(p), "", false, false)
		})
	}
	t.Run("the same password of two users makes unlike records", func(t *testing.T) {
		p, ann, bob := srpPool(), newUser(srpPool()), newUser(srpPool())
		bob.Sub, bob.Username = "9f1c2b3a-0000-4000-8000-000000000002", "bob"
		set(t, k, p, ann, "Correct-Horse-1")
		set(t, k, p, bob, "Correct-Horse-1")
		if string(open(t, k, ann).Verifier) == string(open(t, k, bob).Verifier) {
			t.Error("got equal verifiers")
		}
	})
}

func TestRenew(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	for name, pools := range map[string][2]*model.Pool{
		"to SRP":      {plainPool(), srpPool()},
		"to Argon2id": {srpPool(), plainPool()},
	} {
		t.Run("a record follows its pool "+name+", and only for the right password", func(t *testing.T) {
			before, after := pools[0], pools[1]
			u := newUser(before)
			box, err := k.Make(t.Context(), before, u, "Correct-Horse-1", true)
			if err != nil {
				t.Fatal(err)
			}
			u.Credential = box
			was := open(t, k, u)
			expect(t, k, after, u, "wrong", false, false)
			expect(t, k, after, u, "Correct-Horse-1", true, true)
			if u.Credential, err = k.Renew(t.Context(), after, u, "Correct-Horse-1"); err != nil {
				t.Fatal(err)
			}
			expect(t, k, after, u, "Correct-Horse-1", true, false)
			expect(t, k, after, u, "wrong", false, false)
			is := open(t, k, u)
			if is.Scheme == was.Scheme || is.SetAt != was.SetAt || is.ExpiresAt == 0 || is.ExpiresAt != was.ExpiresAt {
				t.Errorf("the record changed from %s set %d expires %d to %s set %d expires %d",
					was.Scheme, was.SetAt, was.ExpiresAt, is.Scheme, is.SetAt, is.ExpiresAt)
			}
		})
	}
	t.Run("a record of cheaper parameters is outdated", func(t *testing.T) {
		ring, p := sealtest.Ring(t), plainPool()
		u := newUser(p)
		set(t, newKeeper(t, ring, cheap), p, u, "Correct-Horse-1")
		dearer := cheap
		dearer.Time = 2
		expect(t, newKeeper(t, ring, dearer), p, u, "Correct-Horse-1", true, true)
	})
	t.Run("a user without a password has nothing to renew", func(t *testing.T) {
		if _, err := k.Renew(t.Context(), srpPool(), newUser(srpPool()), "x"); !errors.Is(err, credential.ErrNone) {
			t.Errorf("got %v, want %v", err, credential.ErrNone)
		}
	})
}

func TestOpen(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	p := srpPool()
	u := newUser(p)
	set(t, k, p, u, "Correct-Horse-1")

	t.Run("a record moved to another user is refused", func(t *testing.T) {
		thief := *u
		thief.Sub = "9f1c2b3a-0000-4000-8000-000000000002"
		if _, err := k.Open(&thief); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("got %v, want %v", err, seal.ErrOpen)
		}
		if ok, _, err := k.Verify(t.Context(), p, &thief, "Correct-Horse-1"); ok || err == nil {
			t.Errorf("Verify = %v, %v, want an error", ok, err)
		}
	})
	t.Run("a record moved to the same sub of another pool is refused", func(t *testing.T) {
		elsewhere := *u
		elsewhere.PoolID = "us-east-1_Other"
		if _, err := k.Open(&elsewhere); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("got %v, want %v", err, seal.ErrOpen)
		}
	})
	t.Run("a history is no record, and a record no history", func(t *testing.T) {
		p := remembering(3)
		history, err := k.Remember(p, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		confused := *u
		confused.Credential = history
		if _, err := k.Open(&confused); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("got %v, want %v", err, seal.ErrOpen)
		}
		if _, err := k.Reused(t.Context(), p, u, u.Credential, "x"); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("got %v, want %v", err, seal.ErrOpen)
		}
	})
	t.Run("nothing of a record is printed", func(t *testing.T) {
		c := open(t, k, u)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, *c); got != "[redacted]" {
				t.Errorf("%s prints %q", verb, got)
			}
		}
	})
}

func TestTemporary(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	for days, want := range map[int32]time.Duration{0: 7 * 24 * time.Hour, 1: 24 * time.Hour, 365: 365 * 24 * time.Hour} {
		t.Run(fmt.Sprintf("a policy of %d days gives %v", days, want), func(t *testing.T) {
			p := srpPool()
			p.Doc.Policies.PasswordPolicy.TemporaryPasswordValidityDays = &days
			u := newUser(p)
			box, err := k.Make(t.Context(), p, u, "x", true)
			if err != nil {
				t.Fatal(err)
			}
			u.Credential = box
			if c := open(t, k, u); c.ExpiresAt != start.Add(want).UnixMicro() {
				t.Errorf("got temporary until %d, want until %d", c.ExpiresAt, start.Add(want).UnixMicro())
			}
		})
	}
	t.Run("a password of the user's own never expires", func(t *testing.T) {
		p := srpPool()
		u := newUser(p)
		set(t, k, p, u, "x")
		if c := open(t, k, u); c.ExpiresAt != 0 {
			t.Errorf("got temporary until %d", c.ExpiresAt)
		}
	})
	t.Run("a random one satisfies the pool's policy", func(t *testing.T) {
		p := srpPool()
		yes, length := true, int32(20)
		*p.Doc.Policies.PasswordPolicy = shape.PasswordPolicyType{
			MinimumLength: &length, RequireUppercase: &yes, RequireLowercase: &yes, RequireNumbers: &yes, RequireSymbols: &yes,
		}
		plain, err := k.Temporary(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.CheckPolicy(p, plain); err != nil {
			t.Error(err)
		}
	})
}

// A cancelled request shows that a password passes through the hasher, without
// asking the clock.
func TestPretend(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	over, cancel := context.WithCancel(t.Context())
	cancel()

	t.Run("where passwords are hashed, the unknown user's is hashed too", func(t *testing.T) {
		p := plainPool()
		u := newUser(p)
		set(t, k, p, u, "x")
		_, _, known := k.Verify(over, p, u, "x")
		_, _, none := k.Verify(over, p, newUser(p), "x")
		unknown := k.Pretend(over, p, "x")
		if known == nil || none == nil || unknown == nil {
			t.Errorf("a cancelled request gives %v for a known user, %v for one without a password, %v for an unknown one", known, none, unknown)
		}
	})
	t.Run("where verifiers are computed, nobody waits for the hasher", func(t *testing.T) {
		p := srpPool()
		u := newUser(p)
		set(t, k, p, u, "x")
		_, _, known := k.Verify(over, p, u, "x")
		if unknown := k.Pretend(over, p, "x"); known != nil || unknown != nil {
			t.Errorf("got %v and %v, want no error", known, unknown)
		}
	})
}

// The three must cost the same; compare them with -bench Verify.
func BenchmarkVerify(b *testing.B) {
	k := newKeeper(b, sealtest.Ring(b), cheap)
	p := srpPool()
	u := newUser(p)
	box, err := k.Make(b.Context(), p, u, "right", false)
	if err != nil {
		b.Fatal(err)
	}
	u.Credential = box
	for _, plain := range []string{"right", "wrong"} {
		b.Run(plain, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := k.Verify(b.Context(), p, u, plain); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("unknown", func(b *testing.B) {
		for b.Loop() {
			if err := k.Pretend(b.Context(), p, "wrong"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

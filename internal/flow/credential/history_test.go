package credential_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
)

// remembering is a pool that refuses the last n passwords, the present one among them.
func remembering(n int32) *model.Pool {
	p := srpPool()
	p.Doc.Policies.PasswordPolicy.PasswordHistorySize = &n
	return p
}

// TestHistory sets passwords at random and compares with a list of them in the clear.
func TestHistory(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.Int32Range(0, 4).Draw(r, "history size")
		p := remembering(size)
		p.NeedsSRP = rapid.Bool().Draw(r, "SRP")
		u := newUser(p)
		var history []byte
		var past []string // newest first
		for range rapid.IntRange(1, 8).Draw(r, "passwords") {
			next := fmt.Sprintf("password %d", rapid.IntRange(0, 6).Draw(r, "password"))
			got, err := k.Reused(t.Context(), p, u, history, next)
			if err != nil {
				r.Fatal(err)
			}
			if want := slices.Contains(past[:min(int(size), len(past))], next); got != want {
				r.Fatalf("with a history of %d, Reused(%q) after %q = %v, want %v", size, next, past, got, want)
			}
			if history, err = k.Remember(p, u, history); err != nil {
				r.Fatal(err)
			}
			if u.Credential, err = k.Make(t.Context(), p, u, next, false); err != nil {
				r.Fatal(err)
			}
			past = append([]string{next}, past...)
		}
	})
}

func TestHistoryOfTwoSchemes(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	p := remembering(5)
	u := newUser(p)
	set(t, k, p, u, "of the SRP days")
	history, err := k.Remember(p, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.NeedsSRP = false
	set(t, k, p, u, "of the Argon2id days")
	for _, plain := range []string{"of the SRP days", "of the Argon2id days"} {
		if reused, err := k.Reused(t.Context(), p, u, history, plain); err != nil || !reused {
			t.Errorf("Reused(%q) = %v, %v, want true", plain, reused, err)
		}
	}
}

func TestShrunkHistory(t *testing.T) {
	t.Run("a pool that remembers less forgets the oldest first", func(t *testing.T) {
		k := newKeeper(t, sealtest.Ring(t), cheap)
		p := remembering(3)
		u := newUser(p)
		var history []byte
		for _, plain := range []string{"one", "two", "three"} {
			var err error
			if history, err = k.Remember(p, u, history); err != nil {
				t.Fatal(err)
			}
			set(t, k, p, u, plain)
		}
		p = remembering(2)
		for plain, want := range map[string]bool{"one": false, "two": true, "three": true} {
			if got, err := k.Reused(t.Context(), p, u, history, plain); err != nil || got != want {
				t.Errorf("Reused(%q) = %v, %v, want %v", plain, got, err, want)
			}
		}
	})
}

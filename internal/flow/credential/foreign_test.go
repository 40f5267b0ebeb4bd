package credential_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
)

// bcrypt4 is a hash of Correct-Horse-1.
const bcrypt4 = "$2y$04$abcdefghijklmnopqrstuuoVBYqJ6l3EFDwxVc5yIolXKLvX..La."

func TestAdopt(t *testing.T) {
	k := newKeeper(t, sealtest.Ring(t), cheap)
	for name, p := range map[string]*model.Pool{"SRP": srpPool(), "Argon2id": plainPool()} {
		t.Run("a hash of another system is verified, and replaced in a pool of "+name, func(t *testing.T) {
			u := newUser(p)
			box, cost, err := k.Adopt(u, bcrypt4)
			if err != nil || !strings.HasPrefix(cost, "$2b$04$.") {
				t.Fatalf("got the cost %q, %v", cost, err)
			}
			u.Credential = box
			if got := k.ForeignCost(u); got != cost {
				t.Errorf("its cost is told as %q", got)
			}
			expect(t, k, p, u, "correct-horse-1", false, false)
			expect(t, k, p, u, "Correct-Horse-1", true, true)
			if u.Credential, err = k.Renew(t.Context(), p, u, "Correct-Horse-1"); err != nil {
				t.Fatal(err)
			}
			expect(t, k, p, u, "Correct-Horse-1", true, false)
			expect(t, k, p, u, "correct-horse-1", false, false)
			if got := k.ForeignCost(u); got != "" || open(t, k, u).PHC == bcrypt4 {
				t.Errorf("after it, the cost is told as %q, the record is %q", got, open(t, k, u).Scheme)
			}
		})
	}
	t.Run("what is no hash is refused, and not repeated", func(t *testing.T) {
		_, _, err := k.Adopt(newUser(srpPool()), "hunter2-in-the-clear")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("it is remembered among the former passwords", func(t *testing.T) {
		p := plainPool()
		p.Doc.Policies.PasswordPolicy.PasswordHistorySize = new(int32(3))
		u := newUser(p)
		var err error
		if u.Credential, _, err = k.Adopt(u, bcrypt4); err != nil {
			t.Fatal(err)
		}
		history, err := k.Remember(p, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		set(t, k, p, u, "Another-Horse-2")
		if reused, err := k.Reused(t.Context(), p, u, history, "Correct-Horse-1"); !reused || err != nil {
			t.Errorf("the former password is reused: got %v, %v", reused, err)
		}
	})
}

package access_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/access"
)

func newKeys(t *testing.T) (*access.Keys, *store.Store) {
	t.Helper()
	db := storetest.Open(t)
	ring := sealtest.Ring(t)
	return access.New(access.Config{Store: db, Ring: ring}), db
}

func TestKeys(t *testing.T) {
	t.Run("a new key looks like one of AWS and is found with its secret", func(t *testing.T) {
		keys, _ := newKeys(t)
		key, secret, err := keys.Create(t.Context(), "ops", access.Everything)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(key.ID) || len(secret.Reveal()) != 40 {
			t.Errorf("got id %q and a secret of %d characters", key.ID, len(secret.Reveal()))
		}
		found, opened, err := keys.Find(t.Context(), key.ID)
		if err != nil || !opened.Equal(secret.Reveal()) || found.Name != "ops" {
			t.Errorf("got %v, %v", found, err)
		}
	})
	t.Run("the stored secret is sealed, and opens for its own id only", func(t *testing.T) {
		keys, db := newKeys(t)
		a, secret, err := keys.Create(t.Context(), "a", access.Everything)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(a.Secret), secret.Reveal()) {
			t.Error("the secret is stored as it is")
		}
		stolen := *a
		stolen.ID = "AKIAOTHEROTHEROTHER2"
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateAccessKey(&stolen) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := keys.Find(t.Context(), stolen.ID); err == nil {
			t.Error("a secret copied to another key's row opened")
		}
	})
	t.Run("a deleted, a disabled and a made-up key are all unknown", func(t *testing.T) {
		keys, db := newKeys(t)
		gone, _, err := keys.Create(t.Context(), "gone", access.Everything)
		if err != nil {
			t.Fatal(err)
		}
		if err := keys.Delete(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		off := &model.AccessKey{ID: "AKIADISABLEDDISABLED", Secret: []byte{1}, Disabled: true, Policy: access.Everything}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateAccessKey(off) }); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{gone.ID, off.ID, "AKIANOBODYNOBODYNOBO"} {
			if _, _, err := keys.Find(t.Context(), id); !errors.Is(err, access.ErrUnknown) {
				t.Errorf("%s: got %v, want ErrUnknown", id, err)
			}
		}
		if err := keys.Delete(t.Context(), gone.ID); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("deleting it again: got %v, want ErrUnknown", err)
		}
	})
	t.Run("all keys are listed", func(t *testing.T) {
		keys, _ := newKeys(t)
		for i := range 3 {
			if _, _, err := keys.Create(t.Context(), fmt.Sprint(i), access.Everything); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := keys.List(t.Context()); err != nil || len(list) != 3 {
			t.Errorf("got %d keys, %v", len(list), err)
		}
	})
}

func TestPolicy(t *testing.T) {
	pool := "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Abc"
	for _, c := range []struct {
		name             string
		actions, on      []string
		action, resource string
		want             bool
	}{
		{"an empty policy allows nothing", nil, nil, "cognito-idp:ListUsers", pool, false},
		{"actions without resources allow nothing", []string{"*"}, nil, "cognito-idp:ListUsers", pool, false},
		{"a star is everything", []string{"*"}, []string{"*"}, "cognito-idp:ListUsers", pool, true},
		{"an action by name", []string{"cognito-idp:ListUsers"}, []string{pool}, "cognito-idp:ListUsers", pool, true},
		{"an action in another case", []string{"Cognito-IDP:listusers"}, []string{pool}, "cognito-idp:ListUsers", pool, true},
		{"another action", []string{"cognito-idp:ListUsers"}, []string{pool}, "cognito-idp:ListUserPools", pool, false},
		{"actions by prefix", []string{"cognito-idp:List*"}, []string{"*"}, "cognito-idp:ListUsers", pool, true},
		{"actions by prefix and suffix", []string{"cognito-idp:*Users"}, []string{"*"}, "cognito-idp:AdminListUsers", pool, true},
		{"a prefix is not a substring", []string{"List*"}, []string{"*"}, "cognito-idp:ListUsers", pool, false},
		{"a pool in another case is another pool", []string{"*"}, []string{strings.ToLower(pool)}, "cognito-idp:ListUsers", pool, false},
		{"a longer pool id", []string{"*"}, []string{pool}, "cognito-idp:ListUsers", pool + "d", false},
		{"every account's pools of a region", []string{"*"}, []string{"arn:aws:cognito-idp:us-east-1:*:userpool/*"}, "cognito-idp:ListUsers", pool, true},
		{"a pool does not stand for all pools", []string{"*"}, []string{pool}, "cognito-idp:ListUserPools", "*", false},
		{"a question mark is no wildcard", []string{"cognito-idp:ListUser?"}, []string{"*"}, "cognito-idp:ListUsers", pool, false},
		{"the two ends of a pattern may not overlap", []string{"*"}, []string{"ab*ba"}, "x", "aba", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := access.Allows(model.Policy{Actions: c.actions, Resources: c.on}, c.action, c.resource)
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	t.Run("stars match exactly what a regular expression would", func(t *testing.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 12, -1)
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab*")), 0, 8, -1)
		rapid.Check(t, func(t *rapid.T) {
			p, s := pattern.Draw(t, "pattern"), text.Draw(t, "text")
			want := regexp.MustCompile("^" + strings.ReplaceAll(p, "*", ".*") + "$").MatchString(s)
			if got := access.Allows(model.Policy{Actions: []string{"*"}, Resources: []string{p}}, "x", s); got != want {
				t.Errorf("pattern %q, text %q: got %v, want %v", p, s, got, want)
			}
		})
	})
}

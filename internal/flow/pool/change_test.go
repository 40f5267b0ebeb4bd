package pool

import (
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

func TestChange(t *testing.T) {
	db := storetest.Open(t)
	p := New(Config{Store: db})
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.CreatePool(&model.Pool{ID: "p", Doc: &shape.UserPoolType{}, MFA: &shape.SetUserPoolMfaConfigResponse{}}, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	// overtake is another request's change that commits in between.
	overtake := func(tx *store.Tx) error {
		was, err := tx.Pool("p")
		if err != nil {
			return err
		}
		return tx.SavePool(was)
	}
	t.Run("a change that another overtook starts again", func(t *testing.T) {
		tries := 0
		_, err := p.change(t.Context(), "p", func(tx *store.Tx, next *model.Pool) error {
			next.Doc.Name = new("changed")
			if tries++; tries < 3 {
				return overtake(tx)
			}
			return nil
		})
		got, _ := p.Pool(t.Context(), "p")
		if err != nil || tries != 3 || *got.Doc.Name != "changed" {
			t.Errorf("got %v after %d tries, name %q", err, tries, *got.Doc.Name)
		}
	})
	t.Run("one that is always overtaken gives up", func(t *testing.T) {
		tries := 0
		_, err := p.change(t.Context(), "p", func(tx *store.Tx, _ *model.Pool) error {
			tries++
			return overtake(tx)
		})
		if !errors.Is(err, overtaken) || tries != maxTries || !fault.Has(err, fault.ConcurrentModification) {
			t.Errorf("got %v after %d tries", err, tries)
		}
	})
	t.Run("one that is refused leaves the shared value as it was", func(t *testing.T) {
		_, err := p.change(t.Context(), "p", func(_ *store.Tx, next *model.Pool) error {
			next.Doc.Name, next.MFA.MfaConfiguration = new("refused"), new("ON")
			return invalid("no")
		})
		got, _ := p.Pool(t.Context(), "p")
		if !fault.Has(err, fault.InvalidParameter) || *got.Doc.Name != "changed" || got.MFA.MfaConfiguration != nil {
			t.Errorf("got %v, name %q", err, *got.Doc.Name)
		}
	})
}

// TestDraw looks for a bias towards the first letters of the alphabet, which
// reducing a byte by the alphabet's length would give.
func TestDraw(t *testing.T) {
	p := New(Config{})
	const n = 100_000
	text, err := p.draw(n, mixed)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[rune]int{}
	for _, c := range text {
		counts[c]++
	}
	for _, c := range mixed {
		// The mean is 1613 with a deviation of 40; the bias would be 25 % up to letter 8.
		if got := counts[c]; got < 1613-320 || got > 1613+320 {
			t.Errorf("%c came %d times of %d", c, got, n)
		}
	}
}

package credential

import (
	"fmt"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/part/password"
)

// Names that nobody has cost what foreign hashes cost as often as users have one.
func TestCostOfNobody(t *testing.T) {
	hasher, err := password.NewHasher(password.Config{})
	if err != nil {
		t.Fatal(err)
	}
	k := New(Config{Ring: sealtest.Ring(t), Hasher: hasher})
	p := &model.Pool{ID: "us-east-1_TestPool1", Doc: &shape.UserPoolType{}}
	p.Foreign = []model.ForeignHashes{{Cost: "a", Share: 0.25}, {Cost: "b", Share: 0.5}}
	count := func() map[string]int {
		n := map[string]int{}
		for i := range 4000 {
			n[k.costOfNobody(p, fmt.Sprintf("nobody%d", i))]++
		}
		return n
	}
	for cost, want := range map[string]int{"a": 1000, "b": 2000, "": 1000} {
		if got := count()[cost]; got < want-200 || got > want+200 { // six deviations and more
			t.Errorf("%d of 4000 names cost %q, want about %d", got, cost, want)
		}
	}
	if first, again := k.costOfNobody(p, "Ann"), k.costOfNobody(p, "Ann"); first != again {
		t.Errorf("a name costs %q once and %q again", first, again)
	}
	p.Foreign = nil
	if n := count(); n[""] != 4000 {
		t.Errorf("where nobody is foreign any more: %v", n)
	}
}

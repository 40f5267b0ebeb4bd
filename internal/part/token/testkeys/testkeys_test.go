package testkeys_test

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/part/token/testkeys"
)

func TestKeys(t *testing.T) {
	t.Run("are four, all different, the same each time", func(t *testing.T) {
		seen := map[string]int{}
		for i := range testkeys.Count {
			id := testkeys.Key(i).ID
			if j, twice := seen[id]; twice {
				t.Errorf("keys %d and %d are both %s", j, i, id)
			}
			seen[id] = i
			if again := testkeys.Key(i).ID; again != id {
				t.Errorf("key %d is %s, then %s", i, id, again)
			}
		}
	})
	t.Run("end at four", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Errorf("there is a key %d", testkeys.Count)
			}
		}()
		testkeys.Key(testkeys.Count)
	})
}

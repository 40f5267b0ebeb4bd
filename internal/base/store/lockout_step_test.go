package store_test

import (
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

// A lock that runs while the program is replaced goes on, and is forgotten when it would have been.
func TestLocksOutliveTheirSchema(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"SQLite": storetest.SQLite, "PostgreSQL": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			url := database(t)
			err := store.AtStep(t.Context(), url, 5, `INSERT INTO lockout (pool_id, subject, failures, last_at, locked_until)
				VALUES ('p', 'ann', 15, 1000000000, 1900000000), ('p', 'bob', 1, 1000000000, 0)`)
			if err != nil {
				t.Fatal(err)
			}
			s := storetest.OpenURL(t, url)
			err = s.View(t.Context(), func(tx *store.Tx) error {
				ann, bob, err := tx.LockoutPair("p", "ann", "bob")
				want := func(n int64, last, until, forget int64) model.Lockout {
					l := model.Lockout{PoolID: "p", Failures: n, LastAt: time.Unix(last, 0).UTC(), ForgetAt: time.Unix(forget, 0).UTC()}
					if until > 0 {
						l.LockedUntil = time.Unix(until, 0).UTC()
					}
					return l
				}
				ann.Subject, bob.Subject = "", ""
				if ann != want(15, 1000, 1900, 2800) || bob != want(1, 1000, 0, 1900) {
					t.Errorf("got %+v and %+v", ann, bob)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

package store_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

func TestPostgresPasswordsAreNotPrinted(t *testing.T) {
	for _, address := range []string{
		"postgres://ann:hunter2@127.0.0.1:1/db",
		"postgresql://ann:hunter2@127.0.0.1:1/db",
		"postgres://ann:hunter2@127.0.0.1:1/db?sslmode=bogus",
		"postgres://ann:hunter2@[::1/db",
		"postgres://ann:hunter2%zz@db/db",
		"postgres://ann:hunter2@db:port/db",
		"postgres://ann:hunter2/x@127.0.0.1:1/db",
		"postgres://ann:hunter2?x@127.0.0.1:1/db",
		"postgres://ann:hunter2#x@127.0.0.1:1/db",
		"postgres://ann:hunter2 x@127.0.0.1:1/db",
		"postgres://ann@127.0.0.1:1/db?password=hunter2",
		"postgres://ann@127.0.0.1:port/db?sslmode=require&password=hunter2",
		"postgres://ann@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=/nonexistent&password=hunter2",
		"postgres:host=127.0.0.1 port=1 password=hunter2 sslmode=bogus",
		"postgres:host=127.0.0.1 port=1 password='hunter2",
	} {
		s, err := store.Open(t.Context(), store.Config{URL: address})
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", address)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error prints the password: %v", address, err)
		}
	}
}

func TestPostgresServerThatRefuses(t *testing.T) {
	address, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/nonesuch"
	if _, err = store.Open(t.Context(), store.Config{URL: address.String()}); err == nil || !strings.Contains(err.Error(), `database "nonesuch" does not exist`) {
		t.Errorf("got %v, want the server's own words", err)
	}
}

// TestPostgresOrder runs where the database sorts as people do, not by bytes:
// pages must come in the same order as on SQLite all the same.
func TestPostgresOrder(t *testing.T) {
	address := storetest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const name = "sorted_for_people"
	if _, err := conn.Exec(t.Context(), `CREATE DATABASE `+name+` LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0`); err != nil {
		t.Skipf("this server cannot sort as people do: %v", err)
	}
	defer conn.Exec(t.Context(), `DROP DATABASE `+name+` WITH (FORCE)`)
	s := storetest.OpenURL(t, regexp.MustCompile(`/test\d+\?`).ReplaceAllString(address, "/"+name+"?"))
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		for _, name := range []string{"a", "B", "ä", "Z", "_"} {
			if err := tx.CreateGroup(&model.Group{PoolID: "p", Name: name, CreatedAt: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = s.View(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Groups("p", "", 10)
		for _, g := range list {
			got = append(got, g.Name)
		}
		return err
	})
	if want := "[B Z _ a ä]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
}

// TestPostgresPlans asks PostgreSQL, once it knows how many users there are,
// for the plan of each list: a range of an index, nothing sorted, nothing scanned.
func TestPostgresPlans(t *testing.T) {
	address := storetest.Postgres(t)
	fill(t, storetest.OpenURL(t, address), 3000)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	for query, args := range store.UserQueries("eu-central-1_bench", sub(1500), "user-0001500@example.com") {
		t.Run(strings.Join(strings.Fields(query[strings.Index(query, "WHERE"):]), " "), func(t *testing.T) {
			rows, err := conn.Query(t.Context(), `EXPLAIN `+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.Join(plan, "\n"); strings.Contains(text, "Seq Scan") || strings.Contains(text, "Sort ") {
				t.Errorf("plan:\n%s", text)
			}
		})
	}
}

// TestPostgresHotRow is the worst that lockout sees: everybody wants one row.
// How many Updates run again is printed with -v.
func TestPostgresHotRow(t *testing.T) {
	s := storetest.OpenURL(t, storetest.Postgres(t))
	const many = 1000
	var mu sync.Mutex
	runs := make([]int, many)
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				mu.Lock()
				runs[i]++
				mu.Unlock()
				l, err := tx.Lockout("p", "ann")
				if err != nil {
					return err
				}
				return tx.SaveLockout(model.Lockout{PoolID: "p", Subject: "ann", Failures: l.Failures + 1, LastAt: now})
			})
			if err != nil {
				t.Errorf("update: %v", err)
			}
		})
	}
	wg.Wait()
	most, sum := 0, 0
	for _, n := range runs {
		most, sum = max(most, n), sum+n
	}
	t.Logf("%d updates of one row in %v: %d runs, at most %d for one", many, time.Since(begin), sum, most)
}

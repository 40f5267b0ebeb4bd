package store_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
)

var databases = []struct {
	name string
	new  func(testing.TB) string
}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sub scatters the users over the tables, as random UUIDs are.
func sub(i int) string { return fmt.Sprintf("%08x-bench-0000-0000-000000000000", uint32(i)*2654435761) }

// fill makes a pool with a client and users user-0000000, user-0000001 ...
func fill(b testing.TB, s *store.Store, users int) *model.Pool {
	p := &model.Pool{
		ID:  "eu-central-1_bench",
		Doc: &shape.UserPoolType{Name: new("bench"), UsernameConfiguration: &shape.UsernameConfigurationType{CaseSensitive: new(false)}},
		MFA: &shape.SetUserPoolMfaConfigResponse{},
	}
	err := s.Update(b.Context(), func(tx *store.Tx) error {
		if err := tx.CreatePool(p, now); err != nil {
			return err
		}
		return tx.CreateClient(&model.Client{ID: "client", PoolID: p.ID, Doc: &shape.UserPoolClientType{}}, now)
	})
	if err != nil {
		b.Fatal(err)
	}
	const step = 1000
	for from := 0; from < users; from += step {
		err := s.Update(b.Context(), func(tx *store.Tx) error {
			for i := from; i < min(from+step, users); i++ {
				name := fmt.Sprintf("user-%07d", i)
				u := &model.User{
					PoolID: p.ID, Sub: sub(i), Username: name, Status: model.Confirmed, Enabled: true,
					Attributes: map[string]string{"email": name + "@example.com", "email_verified": "true", "name": "Ann Example", "custom:tenant": "blue"},
					Credential: make([]byte, 480), CreatedAt: now, ModifiedAt: now,
				}
				if err := tx.CreateUser(p, u, []store.Login{{Name: name, Kind: "username"}, {Name: name + "@example.com", Kind: "email"}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return p
}

// load is what a sign-in reads.
func load(b testing.TB, s *store.Store, name string) (u *model.User) {
	err := s.View(b.Context(), func(tx *store.Tx) error {
		p, _, err := tx.Party("client")
		if err != nil {
			return err
		}
		if u, err = tx.FindUser(p, name); err != nil {
			return err
		}
		_, err = tx.Lockout(p.ID, u.Sub)
		return err
	})
	if err != nil {
		b.Error(err)
	}
	return u
}

// finish is what a sign-in writes.
func finish(b testing.TB, s *store.Store, u *model.User, id string) {
	err := s.Update(b.Context(), func(tx *store.Tx) error {
		same, err := tx.UserUnchanged(u)
		if err != nil || !same {
			return fmt.Errorf("changed: %w", err)
		}
		if err := tx.SaveEvent(&model.Event{PoolID: u.PoolID, Sub: u.Sub, ID: id, ClientID: "client", Type: model.EventSignIn, Response: model.EventPass, CreatedAt: now, Detail: model.EventDetail{IP: "192.0.2.1", UserAgent: "curl"}}); err != nil {
			return err
		}
		if err := tx.ClearLockout(u.PoolID, u.Sub); err != nil {
			return err
		}
		return tx.CreateFamily(&model.Family{ID: id, PoolID: u.PoolID, ClientID: "client", Sub: u.Sub, AuthTime: now, ExpiresAt: now.Add(time.Hour)})
	})
	if err != nil {
		b.Error(err)
	}
}

// BenchmarkSignIn is one View and one Update, as a sign-in makes them, from so many clients at once.
func BenchmarkSignIn(b *testing.B) {
	for _, db := range databases {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", db.name, clients), func(b *testing.B) {
				s := storetest.OpenURL(b, db.new(b))
				fill(b, s, 1000)
				parallel(b, clients, func(i int) {
					u := load(b, s, fmt.Sprintf("user-%07d", i%1000))
					finish(b, s, u, fmt.Sprint("event-", i))
				})
			})
		}
	}
}

// BenchmarkView is what a sign-in reads.
func BenchmarkView(b *testing.B) {
	for _, db := range databases {
		b.Run(db.name, func(b *testing.B) {
			s := storetest.OpenURL(b, db.new(b))
			fill(b, s, 1000)
			parallel(b, 1, func(i int) { load(b, s, fmt.Sprintf("user-%07d", i%1000)) })
		})
	}
}

// BenchmarkUpdate is the shortest write, from so many clients at once.
func BenchmarkUpdate(b *testing.B) {
	for _, db := range databases {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", db.name, clients), func(b *testing.B) {
				s := storetest.OpenURL(b, db.new(b))
				parallel(b, clients, func(i int) {
					err := s.Update(b.Context(), func(tx *store.Tx) error {
						return tx.SaveLockout(model.Lockout{PoolID: "p", Subject: fmt.Sprint(i % 1000), Failures: 1, LastAt: now})
					})
					if err != nil {
						b.Error(err)
					}
				})
			})
		}
	}
}

// parallel calls fn with 0, 1, 2 ... from so many goroutines.
func parallel(b *testing.B, clients int, fn func(i int)) {
	b.ReportAllocs()
	next := make(chan int, 1024)
	b.ResetTimer()
	before := cpu()
	done := make(chan struct{})
	for range clients {
		go func() {
			for i := range next {
				fn(i)
			}
			done <- struct{}{}
		}()
	}
	for i := range b.N {
		next <- i
	}
	close(next)
	for range clients {
		<-done
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
}

// BenchmarkUsers is a page of 60 from the middle of a pool of so many users;
// GATEHOUSE_BENCH_USERS=1000000 makes the larger pool that large.
func BenchmarkUsers(b *testing.B) {
	large := 100_000
	if n := os.Getenv("GATEHOUSE_BENCH_USERS"); n != "" {
		if _, err := fmt.Sscan(n, &large); err != nil {
			b.Fatal(err)
		}
	}
	for _, db := range databases {
		for _, users := range []int{1000, large} {
			b.Run(fmt.Sprintf("%s/%d", db.name, users), func(b *testing.B) {
				s := storetest.OpenURL(b, db.new(b))
				p := fill(b, s, users)
				for _, text := range []string{"", `email ^= "user"`, `status = "Enabled"`, `username = "user-0000500"`} {
					b.Run(text, func(b *testing.B) { benchmarkPage(b, s, p, text, users) })
				}
			})
		}
	}
}

// benchmarkPage reads pages from all over the pool.
func benchmarkPage(b *testing.B, s *store.Store, p *model.Pool, text string, users int) {
	f, err := filter.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	want := 60
	if f.Attribute == filter.Username {
		want = 1
	}
	b.ReportAllocs()
	before := cpu()
	defer func() { b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op") }()
	for i := 0; b.Loop(); i++ {
		at := i * 7919 % (users - 60)
		after := store.Cursor{Sub: sub(at), Value: fmt.Sprintf("user-%07d@example.com", at)}
		switch {
		case want == 1:
			after = store.Cursor{}
		case !f.Prefix && after.Sub > "f": // the last users: a page of 60 may not be left
			continue
		}
		err := s.View(b.Context(), func(tx *store.Tx) error {
			list, _, err := tx.Users(p, f, after, 60)
			if err == nil && len(list) != want {
				err = fmt.Errorf("a page of %d, want %d", len(list), want)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

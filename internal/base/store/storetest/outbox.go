package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testOutbox(t *testing.T, database func(testing.TB) string) {
	notice := func(id string, due time.Time) *model.Notice {
		return &model.Notice{ID: id, PoolID: "p", Kind: "code", Payload: []byte("sealed"), DueAt: due, CreatedAt: start}
	}
	post := func(t *testing.T, s *store.Store, list ...*model.Notice) {
		update(t, s, func(tx *store.Tx) error {
			for _, n := range list {
				if err := tx.Post(n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	lease := func(t *testing.T, s *store.Store, now time.Time, limit int) (list []*model.Notice) {
		update(t, s, func(tx *store.Tx) (err error) {
			list, err = tx.Lease(now, now.Add(time.Minute), limit)
			return err
		})
		return list
	}
	nextDue := func(t *testing.T, s *store.Store) time.Time { return read(t, s, (*store.Tx).NextDue) }

	t.Run("what is due is leased in order, and hidden until the lease ends", func(t *testing.T) {
		s := OpenURL(t, database(t))
		if at := nextDue(t, s); !at.IsZero() {
			t.Errorf("an empty outbox is due at %v", at)
		}
		post(t, s, notice("c", start.Add(time.Second)), notice("b", start), notice("a", start), notice("later", start.Add(time.Hour)))
		if at := nextDue(t, s); !at.Equal(start) {
			t.Errorf("next due at %v, want %v", at, start)
		}
		now := start.Add(time.Second)
		first := lease(t, s, now, 2)
		want := notice("a", now.Add(time.Minute))
		want.Attempts = 1
		if len(first) != 2 || !reflect.DeepEqual(first[0], want) || first[1].ID != "b" {
			t.Errorf("got %+v", first)
		}
		if second := lease(t, s, now, 10); len(second) != 1 || second[0].ID != "c" {
			t.Errorf("got %+v, want c alone", second)
		}
		if third := lease(t, s, now, 10); len(third) > 0 {
			t.Errorf("got %+v, want nothing", third)
		}
		// Nobody said Done: the worker died.
		if again := lease(t, s, now.Add(time.Minute), 10); len(again) != 3 || again[0].Attempts != 2 {
			t.Errorf("after the lease got %d, want all 3 for the second time", len(again))
		}
	})

	t.Run("done is gone, postponed comes back with its reason", func(t *testing.T) {
		s := OpenURL(t, database(t))
		post(t, s, notice("a", start), notice("b", start))
		list := lease(t, s, start, 10)
		list[1].LastError, list[1].DueAt = "451 later \xff", start.Add(time.Hour)
		update(t, s, func(tx *store.Tx) error { return tx.Postpone(list[1]) })
		for range 2 { // a worker whose lease ran out says it again
			update(t, s, func(tx *store.Tx) error { return tx.Done("a") })
		}
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.Postpone(list[0]) })
		if again := lease(t, s, start.Add(time.Hour), 10); len(again) != 1 || again[0].LastError != "451 later \uFFFD" || again[0].Attempts != 2 {
			t.Errorf("got %+v", again)
		}
	})

	t.Run("an effect of a failed Update never happens", func(t *testing.T) {
		s := OpenURL(t, database(t))
		refused(t, s, errStop, func(tx *store.Tx) error {
			if err := tx.Post(notice("a", start)); err != nil {
				return err
			}
			return errStop
		})
		if list := lease(t, s, start.Add(time.Hour), 10); len(list) > 0 {
			t.Errorf("got %+v", list)
		}
		post(t, s, notice("a", start))
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.Post(notice("a", start)) })
	})

	t.Run("many workers on two nodes lease each effect once", func(t *testing.T) {
		url := database(t)
		nodes := []*store.Store{OpenURL(t, url), OpenURL(t, url)}
		const many = 60
		for i := range many {
			post(t, nodes[0], notice(fmt.Sprint("n", i), start))
		}
		var mu sync.Mutex
		leased := map[string]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for {
					var list []*model.Notice
					err := nodes[i%2].Update(t.Context(), func(tx *store.Tx) (err error) {
						list, err = tx.Lease(start, start.Add(time.Minute), 3)
						return err
					})
					if err != nil {
						t.Errorf("lease: %v", err)
					}
					if len(list) == 0 {
						return
					}
					mu.Lock()
					for _, n := range list {
						leased[n.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(leased) != many {
			t.Errorf("%d were leased, want %d", len(leased), many)
		}
		for id, n := range leased {
			if n != 1 {
				t.Errorf("%s was leased %d times", id, n)
			}
		}
	})
}

func testMailbox(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	mail := func(id, to string, at time.Time) *model.Mail {
		return &model.Mail{ID: id, PoolID: "p", Channel: "email", Kind: "signup", To: to, Subject: "Your code", Text: "123456", HTML: "<p>123456", CreatedAt: at}
	}
	for _, m := range []*model.Mail{mail("1", "ann", start), mail("2", "bob", start), mail("3", "ann", start.Add(time.Second)), mail("3", "ann", start.Add(time.Second))} {
		update(t, s, func(tx *store.Tx) error { return tx.KeepMail(m) })
	}
	for _, c := range []struct {
		to    string
		limit int
		want  string
	}{{"", 10, "[3 2 1]"}, {"ann", 10, "[3 1]"}, {"ann", 1, "[3]"}, {"eve", 10, "[]"}} {
		ids := []string{}
		for _, m := range read(t, s, func(tx *store.Tx) ([]*model.Mail, error) { return tx.Mails(c.to, c.limit) }) {
			ids = append(ids, m.ID)
			if want := mail(m.ID, m.To, m.CreatedAt); !reflect.DeepEqual(m, want) {
				t.Errorf("got  %+v\nwant %+v", m, want)
			}
		}
		if got := fmt.Sprint(ids); got != c.want {
			t.Errorf("mail to %q, at most %d: got %s, want %s", c.to, c.limit, got, c.want)
		}
	}
}

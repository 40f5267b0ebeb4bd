package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testLockouts(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))

	t.Run("failures are kept, replaced and forgotten", func(t *testing.T) {
		lockout := func() model.Lockout {
			return read(t, s, func(tx *store.Tx) (model.Lockout, error) { return tx.Lockout("p", "ann") })
		}
		if got, want := lockout(), (model.Lockout{PoolID: "p", Subject: "ann"}); got != want {
			t.Errorf("got %+v, want none", got)
		}
		for n := range int64(2) {
			want := model.Lockout{
				PoolID: "p", Subject: "ann", Failures: n + 1, LastAt: start, LockedUntil: start.Add(time.Second), ForgetAt: start.Add(time.Hour),
			}
			update(t, s, func(tx *store.Tx) error { return tx.SaveLockout(want) })
			if got := lockout(); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		for range 2 {
			update(t, s, func(tx *store.Tx) error { return tx.ClearLockout("p", "ann") })
		}
		if got := lockout(); got.Failures != 0 {
			t.Errorf("got %+v, want none", got)
		}
	})

	t.Run("two counts are read at once, whichever there are", func(t *testing.T) {
		l := model.Lockout{PoolID: "p", Subject: "bob", Failures: 2, LastAt: start, ForgetAt: start.Add(time.Hour)}
		update(t, s, func(tx *store.Tx) error { return tx.SaveLockout(l) })
		for _, c := range []struct{ first, second string }{{"bob", ""}, {"bob", "nobody"}, {"nobody", "bob"}, {"nobody", ""}} {
			var a, b model.Lockout
			read(t, s, func(tx *store.Tx) (_ bool, err error) {
				a, b, err = tx.LockoutPair("p", c.first, c.second)
				return true, err
			})
			want := func(subject string) model.Lockout {
				if subject == "bob" {
					return l
				}
				return model.Lockout{PoolID: "p", Subject: subject}
			}
			if a != want(c.first) || b != want(c.second) {
				t.Errorf("%q and %q: got %+v and %+v", c.first, c.second, a, b)
			}
		}
	})

	t.Run("all counts of a user are read and forgotten together, and nobody else's", func(t *testing.T) {
		const sub = "9f1c2b3a-0000-4000-8000-000000000001"
		subjects := []string{sub, model.PlaceSubject(sub, "device/1"), model.PlaceSubject(sub, "network/1"), model.FactorSubject(sub)}
		others := []string{sub[:len(sub)-1] + "0", sub[:len(sub)-1] + "2", model.FactorSubject(sub[:len(sub)-1] + "2")}
		fill := func() {
			update(t, s, func(tx *store.Tx) error {
				var errs []error
				for _, subject := range append(others, subjects...) {
					errs = append(errs, tx.SaveLockout(model.Lockout{PoolID: "p", Subject: subject, Failures: 1, LastAt: start}))
				}
				return errors.Join(errs...)
			})
		}
		left := func() (left []string) {
			for _, l := range read(t, s, func(tx *store.Tx) ([]model.Lockout, error) { return tx.LockoutsOf("p", sub) }) {
				left = append(left, l.Subject)
			}
			for _, other := range others {
				if read(t, s, func(tx *store.Tx) (model.Lockout, error) { return tx.Lockout("p", other) }).Failures != 1 {
					t.Errorf("%s lost its count", other)
				}
			}
			return left
		}
		fill()
		if got := left(); !reflect.DeepEqual(got, subjects) {
			t.Errorf("got %q, want %q", got, subjects)
		}
		update(t, s, func(tx *store.Tx) error { return tx.ClearPasswordLockouts("p", sub) })
		if got, want := left(), subjects[3:]; !reflect.DeepEqual(got, want) {
			t.Errorf("after the passwords were forgotten: got %q, want %q", got, want)
		}
		fill()
		update(t, s, func(tx *store.Tx) error { return tx.ClearLockouts("p", sub) })
		if got := left(); got != nil {
			t.Errorf("after all were forgotten: got %q", got)
		}
	})

	t.Run("what a window has seen is read without counting", func(t *testing.T) {
		spent := func(at time.Time) int64 {
			return read(t, s, func(tx *store.Tx) (int64, error) { return tx.Spent("p", "net", "failures", time.Minute, at) })
		}
		if got := spent(start); got != 0 {
			t.Errorf("got %d before any", got)
		}
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.Spend("p", "net", "failures", 5, time.Minute, start)
			return err
		})
		if within, after := spent(start.Add(time.Minute-time.Microsecond)), spent(start.Add(time.Minute)); within != 1 || after != 0 {
			t.Errorf("got %d within the window and %d after it, want 1 and 0", within, after)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DropQuota("p", "net", "others") })
		if got := spent(start); got != 1 {
			t.Errorf("got %d after another kind was forgotten, want 1", got)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DropQuota("p", "net", "failures") })
		if got := spent(start); got != 0 {
			t.Errorf("got %d after they were forgotten, want 0", got)
		}
	})

	t.Run("a quota is per subject and kind, and begins anew after its window", func(t *testing.T) {
		spend := func(subject, kind string, at time.Time) (ok bool) {
			update(t, s, func(tx *store.Tx) (err error) {
				ok, err = tx.Spend("p", subject, kind, 2, time.Hour, at)
				return err
			})
			return ok
		}
		if !spend("ann", "forgot", start) || !spend("ann", "forgot", start.Add(time.Minute)) {
			t.Error("a use within the limit was refused")
		}
		if spend("ann", "forgot", start.Add(time.Hour-time.Microsecond)) {
			t.Error("a use above the limit was allowed")
		}
		if !spend("bob", "forgot", start) || !spend("ann", "resend", start) {
			t.Error("another's use was counted")
		}
		if !spend("ann", "forgot", start.Add(time.Hour)) {
			t.Error("a use in the next window was refused")
		}
	})

	t.Run("200 at once never get more than the limit", func(t *testing.T) {
		url := database(t)
		nodes := []*store.Store{OpenURL(t, url), OpenURL(t, url)}
		var allowed atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				ok := false
				err := nodes[i%2].Update(t.Context(), func(tx *store.Tx) (err error) {
					ok, err = tx.Spend("p", "eve", "confirm", 15, time.Hour, start)
					return err
				})
				if err != nil {
					t.Errorf("spend: %v", err)
				}
				if ok {
					allowed.Add(1)
				}
			})
		}
		wg.Wait()
		if allowed.Load() != 15 {
			t.Errorf("%d were allowed, want 15", allowed.Load())
		}
	})
}

func testSweep(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	const many = 2500 // more than two steps
	update(t, s, func(tx *store.Tx) error {
		for i := range many {
			err := errors.Join(
				tx.SpendSession(fmt.Sprint("old-", i), start.Add(-time.Second)),
				tx.SaveLockout(model.Lockout{PoolID: p.ID, Subject: fmt.Sprint("old-", i), Failures: 1, ForgetAt: start.Add(-time.Microsecond)}))
			if err != nil {
				return err
			}
		}
		_, err := tx.Spend(p.ID, "old", "k", 1, time.Hour, start.Add(-25*time.Hour))
		_, err2 := tx.Spend(p.ID, "new", "k", 1, 24*time.Hour, start.Add(-23*time.Hour))
		family := func(id string, end time.Time) error {
			return tx.CreateFamily(&model.Family{ID: id, PoolID: p.ID, Sub: "ann", ExpiresAt: end})
		}
		code := func(purpose string, end time.Time) error {
			return tx.SaveCode(&model.Code{PoolID: p.ID, Sub: "ann", Purpose: purpose, Digest: []byte{1}, ExpiresAt: end})
		}
		mail := func(id string, at time.Time) error {
			return tx.KeepMail(&model.Mail{ID: id, PoolID: p.ID, To: "ann", CreatedAt: at})
		}
		return errors.Join(err, err2,
			tx.SpendSession("new", start.Add(time.Second)),
			tx.SaveLockout(model.Lockout{PoolID: p.ID, Subject: "new", Failures: 1, LastAt: start.Add(-20 * time.Hour), ForgetAt: start}),
			family("old", start.Add(-25*time.Hour)), family("new", start.Add(-23*time.Hour)),
			code("old", start.Add(-8*24*time.Hour)), code("new", start.Add(-6*24*time.Hour)),
			mail("old", start.Add(-8*24*time.Hour)), mail("new", start.Add(-6*24*time.Hour)))
	})
	if err := s.Sweep(t.Context(), start); err != nil {
		t.Fatal(err)
	}

	t.Run("what has outlived its use is gone, however much it is", func(t *testing.T) {
		left := 0
		err := s.View(t.Context(), func(tx *store.Tx) error {
			for i := range many {
				spent, err := tx.SessionSpent(fmt.Sprint("old-", i))
				l, err2 := tx.Lockout(p.ID, fmt.Sprint("old-", i))
				if err := errors.Join(err, err2); err != nil {
					return err
				}
				if spent || l.Failures > 0 {
					left++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if left > 0 {
			t.Errorf("%d of %d are left", left, many)
		}
		absent(t, s, func(tx *store.Tx) (*model.Family, error) { return tx.Family(p.ID, "old") })
		absent(t, s, func(tx *store.Tx) (*model.Code, error) { return tx.Code(p.ID, "ann", "old") })
	})

	t.Run("what is of use is kept", func(t *testing.T) {
		err := s.View(t.Context(), func(tx *store.Tx) error {
			spent, err1 := tx.SessionSpent("new")
			l, err2 := tx.Lockout(p.ID, "new")
			_, err3 := tx.Family(p.ID, "new")
			_, err4 := tx.Code(p.ID, "ann", "new")
			mails, err5 := tx.Mails("ann", 10)
			if !spent || l.Failures != 1 || len(mails) != 1 || mails[0].ID != "new" {
				t.Errorf("spent %v, failures %d, mails %d", spent, l.Failures, len(mails))
			}
			return errors.Join(err1, err2, err3, err4, err5)
		})
		if err != nil {
			t.Fatal(err)
		}
		update(t, s, func(tx *store.Tx) error {
			if ok, err := tx.Spend(p.ID, "new", "k", 1, 24*time.Hour, start); ok || err != nil {
				return fmt.Errorf("the window of a day was forgotten: %v, %w", ok, err)
			}
			return nil
		})
	})

	t.Run("a deleted pool of many users", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error {
			for i := range 1200 {
				if err := tx.CreateUser(p, newUser(p.ID, fmt.Sprint("sub-", i), fmt.Sprint("u", i)), nil); err != nil {
					return err
				}
			}
			return errors.Join(
				tx.SaveAuthenticator(&model.Authenticator{PoolID: p.ID, Sub: "sub-0"}),
				tx.CreatePasskey(newPasskey(p.ID, "sub-0", "key")),
				tx.CreateDevice(&model.Device{PoolID: p.ID, Sub: "sub-0", Key: "eu_1"}),
				tx.SaveDeviceWait(&model.DeviceWait{PoolID: p.ID, Sub: "sub-0", ClientID: "c", DeviceKey: "eu_1", ExpiresAt: start.Add(time.Hour)}),
				tx.DeletePool(p.ID))
		})
		if err := s.Sweep(t.Context(), start); err != nil {
			t.Fatal(err)
		}
		if n := read(t, s, func(tx *store.Tx) (int, error) { return tx.CountUsers(p.ID) }); n != 0 {
			t.Errorf("%d users are left", n)
		}
		absent(t, s, func(tx *store.Tx) (*model.Authenticator, error) { return tx.Authenticator(p.ID, "sub-0") })
		absent(t, s, func(tx *store.Tx) (*model.Passkey, error) { return tx.Passkey(p.ID, "key") })
		absent(t, s, func(tx *store.Tx) (*model.Device, error) { return tx.Device(p.ID, "sub-0", "eu_1") })
		absent(t, s, func(tx *store.Tx) (*model.DeviceWait, error) { return tx.DeviceWait(p.ID, "sub-0", "c", "eu_1") })
	})
}

// testTexts is about bytes that one of the databases cannot hold.
func testTexts(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	addUser(t, s, p, newUser(p.ID, "sub", "ann"))

	t.Run("a name with NUL or bad UTF-8 finds nobody", func(t *testing.T) {
		for _, name := range []string{"\x00", "ann\x00", "ann\xff", strings.Repeat("x", 1<<20)} {
			absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, name) })
		}
	})

	t.Run("an error text with such bytes is kept readable", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error {
			return tx.KeepMail(&model.Mail{ID: "m", PoolID: p.ID, To: "ann", Text: "a\x00b\xffc", CreatedAt: start})
		})
		mails := read(t, s, func(tx *store.Tx) ([]*model.Mail, error) { return tx.Mails("", 1) })
		if want := "a\uFFFDb\uFFFDc"; mails[0].Text != want {
			t.Errorf("got %q, want %q", mails[0].Text, want)
		}
	})

	t.Run("text outside the first plane comes back as it was", func(t *testing.T) {
		u := newUser(p.ID, "sub-2", "\U0001F511日本é")
		addUser(t, s, p, u)
		if got := find(t, s, p, u.Username); !reflect.DeepEqual(got, u) {
			t.Errorf("got  %+v\nwant %+v", got, u)
		}
	})
}

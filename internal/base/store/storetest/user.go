package storetest

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func find(t testing.TB, s *store.Store, p *model.Pool, name string) *model.User {
	t.Helper()
	return read(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, name) })
}

func testUsers(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")

	t.Run("a user is read as it was stored", func(t *testing.T) {
		u := newUser(p.ID, "sub-ann", "Ann")
		u.MFA = model.UserMFA{Enabled: []model.Factor{model.FactorTOTP}, Preferred: model.FactorTOTP}
		u.Attributes["custom:ünïcode"] = "\u0000 \U0001F511 \"quoted\""
		u.SignedOutAt = start.Add(time.Minute)
		addUser(t, s, p, u)
		if got := find(t, s, p, "ann"); !reflect.DeepEqual(got, u) {
			t.Errorf("got  %+v\nwant %+v", got, u)
		}
	})

	t.Run("a user without password, factors or attributes", func(t *testing.T) {
		u := &model.User{PoolID: p.ID, Sub: "sub-bare", Username: "bare", Status: model.Unconfirmed, CreatedAt: start}
		addUser(t, s, p, u)
		got := find(t, s, p, "bare")
		if got.Credential != nil || got.Enabled || len(got.Attributes) != 0 || !got.SignedOutAt.IsZero() || got.MFA.Enabled != nil {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("a name is found in any case, a sub as it is", func(t *testing.T) {
		for _, name := range []string{"ann", "ANN", "Ann", "sub-ann"} {
			if got := find(t, s, p, name); got.Sub != "sub-ann" {
				t.Errorf("%s found %s", name, got.Sub)
			}
		}
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "anne") })
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.User(p.ID, "ann") })
	})

	t.Run("a name that looks like a sub belongs to who has the name", func(t *testing.T) {
		addUser(t, s, p, newUser(p.ID, "sub-impostor", "sub-bare"))
		if got := find(t, s, p, "sub-bare"); got.Sub != "sub-impostor" {
			t.Errorf("got %s", got.Sub)
		}
	})

	t.Run("a pool does not see another's users", func(t *testing.T) {
		other := addPool(t, s, "eu_other")
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(other, "ann") })
		addUser(t, s, other, newUser(other.ID, "sub-ann", "ann"))
		update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(other.ID, "sub-ann") })
		find(t, s, p, "ann")
	})

	t.Run("a taken name or sub is refused, and nothing of the user stays", func(t *testing.T) {
		refused(t, s, store.ErrExists, func(tx *store.Tx) error {
			return tx.CreateUser(p, newUser(p.ID, "sub-new", "fresh"), []store.Login{{Name: "fresh", Kind: "username"}, {Name: "ann", Kind: "email"}})
		})
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, "fresh") })
		absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.User(p.ID, "sub-new") })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateUser(p, newUser(p.ID, "sub-ann", "fresh"), nil) })
	})

	t.Run("of many who sign up under one name at once, one succeeds", func(t *testing.T) {
		var wg sync.WaitGroup
		var won, lost atomic.Int64
		for i := range 20 {
			wg.Go(func() {
				u := newUser(p.ID, "sub-race-"+string(rune('a'+i)), "race")
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					return tx.CreateUser(p, u, []store.Login{{Name: "race", Kind: "username"}})
				})
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, store.ErrExists):
					lost.Add(1)
				default:
					t.Errorf("create: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 19 {
			t.Errorf("%d succeeded and %d were refused, want 1 and 19", won.Load(), lost.Load())
		}
	})

	t.Run("saving replaces the record, not the name or the history", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.SetHistory(p.ID, "sub-ann", []byte("former")) })
		u := find(t, s, p, "ann")
		u.Status, u.Enabled, u.Credential = model.ResetRequired, false, []byte("new")
		u.Attributes = map[string]string{"email": "other@example.com"}
		u.MFA = model.UserMFA{}
		u.ModifiedAt = start.Add(time.Hour)
		update(t, s, func(tx *store.Tx) error { return tx.SaveUser(p, u) })
		if got := find(t, s, p, "ann"); !reflect.DeepEqual(got, u) {
			t.Errorf("got  %+v\nwant %+v", got, u)
		}
		if box := read(t, s, func(tx *store.Tx) ([]byte, error) { return tx.History(p.ID, "sub-ann") }); string(box) != "former" {
			t.Errorf("got history %q", box)
		}
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveUser(p, newUser(p.ID, "sub-none", "none")) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SetHistory(p.ID, "sub-none", nil) })
		absent(t, s, func(tx *store.Tx) ([]byte, error) { return tx.History(p.ID, "sub-none") })
	})

	t.Run("a password record is replaced only if it is still the one that was read", func(t *testing.T) {
		set := func(sub, was, is string) (done bool) {
			update(t, s, func(tx *store.Tx) (err error) {
				old := []byte(was)
				if was == "" {
					old = nil
				}
				done, err = tx.SetCredential(p.ID, sub, old, []byte(is))
				return err
			})
			return done
		}
		if !set("sub-ann", "new", "newer") || set("sub-ann", "new", "newest") || set("sub-ann", "", "newest") {
			t.Error("the wrong one was replaced")
		}
		if !set("sub-bare", "", "first") || set("sub-none", "", "first") {
			t.Error("the missing one was not made, or made for nobody")
		}
	})

	t.Run("what sign-in relies on is compared", func(t *testing.T) {
		same := func(u *model.User) bool {
			return read(t, s, func(tx *store.Tx) (bool, error) { return tx.UserUnchanged(u) })
		}
		for _, name := range []string{"ann", "race"} {
			u := find(t, s, p, name)
			if !same(u) {
				t.Errorf("%s: it is the same, and was called changed", name)
			}
			for what, change := range map[string]func(*model.User){
				"status":      func(u *model.User) { u.Status = model.Unconfirmed },
				"enabled":     func(u *model.User) { u.Enabled = !u.Enabled },
				"password":    func(u *model.User) { u.Credential = []byte("x") },
				"factor":      func(u *model.User) { u.MFA.Enable(model.FactorSMS) },
				"no password": func(u *model.User) { u.Credential = nil },
				"sub":         func(u *model.User) { u.Sub = "sub-none" },
			} {
				c := u.Clone()
				if change(c); same(c) {
					t.Errorf("%s: another %s was called unchanged", name, what)
				}
			}
		}
	})

	t.Run("a deleted user is gone with all that was the user's", func(t *testing.T) {
		u := newUser(p.ID, "sub-gone", "gone")
		addUser(t, s, p, u)
		update(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.SetLogin(p.ID, u.Sub, store.Login{Name: "gone@example.com", Kind: "email"}),
				tx.CreateGroup(&model.Group{PoolID: p.ID, Name: "g", CreatedAt: start}),
				tx.Join(p.ID, "g", u.Sub, start),
				tx.CreateFamily(&model.Family{ID: "f", PoolID: p.ID, Sub: u.Sub, ExpiresAt: start.Add(time.Hour)}),
				tx.SaveCode(&model.Code{PoolID: p.ID, Sub: u.Sub, Purpose: "forgot", Digest: []byte{1}, ExpiresAt: start.Add(time.Hour)}),
				tx.SaveAuthenticator(&model.Authenticator{PoolID: p.ID, Sub: u.Sub, Secret: []byte{1}}),
				tx.CreatePasskey(newPasskey(p.ID, u.Sub, "key")),
				tx.CreateDevice(&model.Device{PoolID: p.ID, Sub: u.Sub, Key: "eu_1", CreatedAt: start}),
				tx.SaveDeviceWait(&model.DeviceWait{PoolID: p.ID, Sub: u.Sub, ClientID: "c", DeviceKey: "eu_1", ExpiresAt: start}),
				tx.SaveLockout(model.Lockout{PoolID: p.ID, Subject: model.FactorSubject(u.Sub), Failures: 3, LastAt: start}),
				tx.SaveLockout(model.Lockout{PoolID: p.ID, Subject: u.Sub, Failures: 3, LastAt: start}))
		})
		update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, u.Sub) })
		for _, name := range []string{"gone", "gone@example.com", u.Sub} {
			absent(t, s, func(tx *store.Tx) (*model.User, error) { return tx.FindUser(p, name) })
		}
		err := s.View(t.Context(), func(tx *store.Tx) error {
			members, err1 := tx.Members(p.ID, "g", "", 10)
			logins, err2 := tx.Logins(p.ID, u.Sub)
			lockout, err3 := tx.Lockout(p.ID, u.Sub)
			factors, err4 := tx.Lockout(p.ID, model.FactorSubject(u.Sub))
			revoked, err5 := tx.FamilyRevoked(p.ID, "f")
			if n := len(members) + len(logins) + int(lockout.Failures+factors.Failures); n != 0 || !revoked {
				t.Errorf("%d rows are left, revoked %v", n, revoked)
			}
			return errors.Join(err1, err2, err3, err4, err5)
		})
		if err != nil {
			t.Fatal(err)
		}
		absent(t, s, func(tx *store.Tx) (*model.Authenticator, error) { return tx.Authenticator(p.ID, u.Sub) })
		absent(t, s, func(tx *store.Tx) (*model.Passkey, error) { return tx.Passkey(p.ID, "key") })
		absent(t, s, func(tx *store.Tx) (*model.Device, error) { return tx.Device(p.ID, u.Sub, "eu_1") })
		absent(t, s, func(tx *store.Tx) (*model.DeviceWait, error) { return tx.DeviceWait(p.ID, u.Sub, "c", "eu_1") })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, u.Sub) })
		addUser(t, s, p, newUser(p.ID, "sub-heir", "gone"))
	})

	t.Run("the attributes may be as long as Cognito allows", func(t *testing.T) {
		u := newUser(p.ID, "sub-long", "long")
		for _, name := range []string{"name", "given_name", "custom:note"} {
			u.Attributes[name] = strings.Repeat("\U0001F511", 2048)
		}
		addUser(t, s, p, u)
		if got := find(t, s, p, "long"); !reflect.DeepEqual(got.Attributes, u.Attributes) {
			t.Error("they were not read as stored")
		}
	})
}

package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// directory is what a pool's users and names should be: maps, and no SQL.
type directory struct {
	users  map[string]*model.User // by sub
	logins map[string]holder      // by folded name
}

type holder struct{ sub, kind string }

// testUsersAgainstMaps does the same things at random to a store and to maps,
// and expects the same answers.
func testUsersAgainstMaps(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	pools := 0
	rapid.Check(t, func(r *rapid.T) {
		pools++
		p := addPool(t, s, fmt.Sprint("eu_", pools))
		d := &directory{users: map[string]*model.User{}, logins: map[string]holder{}}
		r.Repeat(map[string]func(*rapid.T){
			"create": func(r *rapid.T) { d.create(r, s, p) },
			"save":   func(r *rapid.T) { d.save(r, s, p) },
			"delete": func(r *rapid.T) { d.delete(r, s, p) },
			"alias":  func(r *rapid.T) { d.alias(r, s, p) },
			"look":   func(r *rapid.T) { d.compare(r, s, p) },
		})
		d.compare(r, s, p)
	})
}

// Few names, so that they meet.
var (
	subs   = rapid.SampledFrom([]string{"s1", "s2", "s3", "s4"})
	names  = rapid.SampledFrom([]string{"ann", "Ann", "bob", "ÄNN", "änn", "s1"})
	emails = rapid.SampledFrom([]string{"", "ann@x", "ANN@x", "bob@x", "ann"})
)

// same fails unless the store answered as the maps did.
func same(r *rapid.T, what string, got, want error) {
	if !errors.Is(got, want) || (want == nil) != (got == nil) {
		r.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func (d *directory) create(r *rapid.T, s *store.Store, p *model.Pool) {
	u := newUser(p.ID, subs.Draw(r, "sub"), names.Draw(r, "name"))
	login := store.Login{Name: p.Fold(u.Username), Kind: "username"}
	var want error
	if d.users[u.Sub] != nil || d.logins[login.Name].sub != "" {
		want = store.ErrExists
	} else {
		d.users[u.Sub], d.logins[login.Name] = u.Clone(), holder{u.Sub, login.Kind}
	}
	err := s.Update(r.Context(), func(tx *store.Tx) error { return tx.CreateUser(p, u, []store.Login{login}) })
	same(r, "create", err, want)
}

func (d *directory) save(r *rapid.T, s *store.Store, p *model.Pool) {
	sub := subs.Draw(r, "sub")
	email := emails.Draw(r, "email")
	enabled := rapid.Bool().Draw(r, "enabled")
	fails := rapid.Bool().Draw(r, "fails")
	var want error
	u := d.users[sub]
	switch {
	case u == nil:
		u, want = newUser(p.ID, sub, "nobody"), store.ErrNotFound
	case fails:
		u, want = u.Clone(), errStop
	}
	u.Attributes["email"], u.Enabled = email, enabled
	err := s.Update(r.Context(), func(tx *store.Tx) error {
		if err := tx.SaveUser(p, u); err != nil || !fails {
			return err
		}
		return errStop
	})
	same(r, "save", err, want)
}

func (d *directory) delete(r *rapid.T, s *store.Store, p *model.Pool) {
	sub := subs.Draw(r, "sub")
	var want error
	if d.users[sub] == nil {
		want = store.ErrNotFound
	}
	delete(d.users, sub)
	maps.DeleteFunc(d.logins, func(_ string, h holder) bool { return h.sub == sub })
	same(r, "delete", s.Update(r.Context(), func(tx *store.Tx) error { return tx.DeleteUser(p.ID, sub) }), want)
}

func (d *directory) alias(r *rapid.T, s *store.Store, p *model.Pool) {
	sub := subs.Draw(r, "sub")
	if d.users[sub] == nil {
		return
	}
	login := store.Login{Name: p.Fold(emails.Draw(r, "email")), Kind: "email"}
	force := rapid.Bool().Draw(r, "force")

	logins := maps.Clone(d.logins)
	if force && logins[login.Name].kind == "email" {
		delete(logins, login.Name)
	}
	maps.DeleteFunc(logins, func(_ string, h holder) bool { return h == holder{sub, "email"} })
	var want error
	switch taken := logins[login.Name]; {
	case login.Name == "" || taken.sub == sub:
	case taken.sub != "":
		want = store.ErrExists
	default:
		logins[login.Name] = holder{sub, "email"}
	}
	if want == nil {
		d.logins = logins
	}
	err := s.Update(r.Context(), func(tx *store.Tx) error {
		if force {
			return tx.TakeLogin(p.ID, sub, login)
		}
		return tx.SetLogin(p.ID, sub, login)
	})
	same(r, "alias", err, want)
}

func (d *directory) compare(r *rapid.T, s *store.Store, p *model.Pool) {
	err := s.View(r.Context(), func(tx *store.Tx) error {
		for _, name := range []string{"ann", "bob", "ÄNN", "s1", "s2", "Ann@X", "bob@x"} {
			want := d.logins[p.Fold(name)].sub
			if want == "" && d.users[name] != nil {
				want = name
			}
			got, err := tx.FindUser(p, name)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if (got == nil) != (want == "") || got != nil && got.Sub != want {
				return fmt.Errorf("find %s: got %+v, want %q", name, got, want)
			}
		}
		for _, f := range []filter.Filter{
			{},
			{Attribute: filter.Status, Value: filter.Enabled},
			{Attribute: "email", Value: "ann", Prefix: true},
			{Attribute: filter.Username, Value: "ÄNN"},
		} {
			list, _, err := tx.Users(p, f, store.Cursor{}, 60)
			if err != nil {
				return err
			}
			if got, want := subsOf(list), d.matching(p, f); !slices.Equal(got, want) {
				return fmt.Errorf("users where %s: got %v, want %v", f, got, want)
			}
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
}

// matching filters as the filter says, in a pool without upper and lower case.
func (d *directory) matching(p *model.Pool, f filter.Filter) []string {
	f.Value = map[bool]string{true: f.Value, false: p.Fold(f.Value)}[f.Attribute == filter.Status]
	var list []*model.User
	for _, u := range d.users {
		value := p.Fold(u.Attributes[f.Attribute])
		switch f.Attribute {
		case filter.Username:
			value = p.Fold(u.Username)
		case filter.Status:
			value = map[bool]string{true: filter.Enabled, false: filter.Disabled}[u.Enabled]
		}
		if f.All() || value != "" && f.Matches(value) {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b *model.User) int { return strings.Compare(a.Sub, b.Sub) })
	return subsOf(list)
}

func subsOf(list []*model.User) []string {
	subs := []string{}
	for _, u := range list {
		subs = append(subs, u.Sub)
	}
	slices.Sort(subs)
	return subs
}

package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// search reads all pages and returns the subs.
func search(t testing.TB, s *store.Store, p *model.Pool, text string, limit int) []string {
	t.Helper()
	f, err := filter.Parse(text)
	if err != nil {
		t.Fatalf("filter %s: %v", text, err)
	}
	subs := []string{}
	for after := new(store.Cursor); after != nil; {
		var list []*model.User
		err := s.View(t.Context(), func(tx *store.Tx) (err error) {
			list, after, err = tx.Users(p, f, *after, limit)
			return err
		})
		if err != nil {
			t.Fatalf("users %s: %v", text, err)
		}
		if len(list) > limit || len(list) < limit && after != nil {
			t.Fatalf("users %s: a page of %d, limit %d, more %v", text, len(list), limit, after != nil)
		}
		for _, u := range list {
			subs = append(subs, u.Sub)
		}
	}
	return subs
}

func testSearch(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	p := addPool(t, s, "eu_1")
	other := addPool(t, s, "eu_2")
	long := strings.Repeat("語", 230)
	for sub, u := range map[string]struct {
		name       string
		status     model.Status
		disabled   bool
		attributes map[string]string
	}{
		"a1": {name: "Ann", status: model.Confirmed, attributes: map[string]string{"email": "Ann@Example.com", "name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "phone_number": "+4917012"}},
		"a2": {name: "anna", status: model.Unconfirmed, attributes: map[string]string{"email": "anna@example.com", "name": "anna", "preferred_username": "Änne"}},
		"b1": {name: "Bob", status: model.Confirmed, disabled: true, attributes: map[string]string{"phone_number": "+4917013", "family_name": "Le\U0010FFFFe"}},
		"b2": {name: "日本", status: model.ResetRequired, attributes: map[string]string{"name": long + "1", "given_name": "100%_\\", "custom:x": "y"}},
		"c1": {name: "ÄRGER", status: model.Confirmed, attributes: map[string]string{"name": long + "2", "given_name": "x\x00y"}},
	} {
		rec := newUser(p.ID, sub, u.name)
		rec.Status, rec.Enabled, rec.Attributes = u.status, !u.disabled, u.attributes
		addUser(t, s, p, rec)
	}
	addUser(t, s, other, newUser(other.ID, "zz", "Ann"))

	t.Run("every attribute, whole and by its beginning", func(t *testing.T) {
		for text, want := range map[string]string{
			``:                                  "a1 a2 b1 b2 c1",
			`username = "ANN"`:                  "a1",
			`username ^= "ann"`:                 "a1 a2",
			`username = "日本"`:                   "b2",
			`username ^= "日"`:                   "b2",
			`username = "ärger"`:                "c1",
			`username ^= ""`:                    "a1 a2 b1 c1 b2", // in order of the name
			`email = "ann@example.com"`:         "a1",
			`email ^= "ANN"`:                    "a1 a2",
			`email ^= ""`:                       "a1 a2",
			`phone_number ^= "+4917"`:           "a1 b1",
			`phone_number = "+4917013"`:         "b1",
			`name = "Ann Lee"`:                  "a1",
			`name = "ann lee"`:                  "", // upper and lower case differ here
			`name ^= "` + long + `"`:            "b2 c1",
			`name = "` + long + `1"`:            "b2",
			`name = "` + long + `"`:             "",
			`given_name ^= "100%"`:              "b2",
			`given_name = "100%_\\"`:            "b2",
			`given_name = "1000_\\"`:            "",
			`given_name ^= "x"`:                 "c1",
			`family_name ^= "Le"`:               "a1 b1",
			"family_name = \"Le\U0010FFFFe\"":   "b1",
			"family_name ^= \"Le\U0010FFFF\"":   "b1",
			`preferred_username = "änne"`:       "a2",
			`cognito:user_status = "confirmed"`: "a1 b1 c1",
			`cognito:user_status ^= "RESET"`:    "b2",
			`status = "Enabled"`:                "a1 a2 b2 c1",
			`status = "Disabled"`:               "b1",
			`status = "disabled"`:               "",
			`status ^= "Dis"`:                   "b1",
			`sub = "b1"`:                        "b1",
			`sub = "B1"`:                        "",
			`sub ^= "a"`:                        "a1 a2",
			`sub ^= ""`:                         "a1 a2 b1 b2 c1",
			`sub = "zz"`:                        "", // another pool's
			`username = "nobody"`:               "",
		} {
			for _, limit := range []int{1, 2, 5, 60} {
				if got := strings.Join(search(t, s, p, text, limit), " "); got != want {
					t.Errorf("%s in pages of %d: got %q, want %q", text, limit, got, want)
				}
			}
		}
	})

	t.Run("a change of a user is found at once", func(t *testing.T) {
		u := find(t, s, p, "Bob")
		u.Enabled, u.Status = true, model.Unconfirmed
		u.Attributes = map[string]string{"name": "Robert", "phone_number": "+1"}
		update(t, s, func(tx *store.Tx) error { return tx.SaveUser(p, u) })
		for text, want := range map[string]string{
			`status = "Disabled"`:                 "",
			`status = "Enabled"`:                  "a1 a2 b1 b2 c1",
			`cognito:user_status = "UNCONFIRMED"`: "a2 b1",
			`phone_number = "+4917013"`:           "",
			`phone_number = "+1"`:                 "b1",
			`family_name ^= "Le"`:                 "a1",
			`name = "Robert"`:                     "b1",
			`username = "bob"`:                    "b1",
		} {
			if got := strings.Join(search(t, s, p, text, 10), " "); got != want {
				t.Errorf("%s: got %q, want %q", text, got, want)
			}
		}
	})

	t.Run("a deleted user is not found", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, "b1") })
		for _, text := range []string{`username = "bob"`, `name = "Robert"`, `sub = "b1"`} {
			if got := search(t, s, p, text, 10); len(got) > 0 {
				t.Errorf("%s: got %v", text, got)
			}
		}
	})

	t.Run("pages lose nobody and repeat nobody while users come and go", func(t *testing.T) {
		p := addPool(t, s, "eu_3")
		for i := range 30 {
			addUser(t, s, p, newUser(p.ID, fmt.Sprintf("sub-%02d", i), fmt.Sprintf("user-%02d", 29-i)))
		}
		for _, text := range []string{``, `email ^= "user"`, `status = "Enabled"`, `sub ^= "sub"`} {
			f, _ := filter.Parse(text)
			var subs []string
			for after, page := new(store.Cursor), 0; after != nil; page++ {
				var list []*model.User
				err := s.View(t.Context(), func(tx *store.Tx) (err error) {
					list, after, err = tx.Users(p, f, *after, 7)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range list {
					subs = append(subs, u.Sub)
				}
				if len(list) > 0 { // the last of a page goes: its cursor must hold without it
					last := list[len(list)-1]
					update(t, s, func(tx *store.Tx) error { return tx.DeleteUser(p.ID, last.Sub) })
					addUser(t, s, p, last)
				}
			}
			slices.Sort(subs)
			if got := len(slices.Compact(subs)); len(subs) != 30 || got != 30 {
				t.Errorf("%s: %d users listed, %d of them different, want 30", text, len(subs), got)
			}
		}
		if n := read(t, s, func(tx *store.Tx) (int, error) { return tx.CountUsers(p.ID) }); n != 30 {
			t.Errorf("counted %d, want 30", n)
		}
	})

	t.Run("a case-sensitive pool compares as it is", func(t *testing.T) {
		p := newPool("eu_4")
		p.Doc.UsernameConfiguration = nil
		update(t, s, func(tx *store.Tx) error { return tx.CreatePool(p, start) })
		addUser(t, s, p, newUser(p.ID, "upper", "Ann"))
		addUser(t, s, p, newUser(p.ID, "lower", "ann"))
		for text, want := range map[string]string{`username = "Ann"`: "upper", `username = "ann"`: "lower", `email ^= "ann"`: "lower", `username = "ANN"`: ""} {
			if got := strings.Join(search(t, s, p, text, 10), " "); got != want {
				t.Errorf("%s: got %q, want %q", text, got, want)
			}
		}
	})
}

package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testClients(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	client := func(pool, id string) *model.Client {
		return read(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client(pool, id) })
	}

	t.Run("a client is read as it was stored, alone and with its pool", func(t *testing.T) {
		p := addPool(t, s, "eu_1")
		c := newClient(p.ID, "c-1", "ALLOW_USER_SRP_AUTH")
		c.Secret = []byte("sealed")
		update(t, s, func(tx *store.Tx) error { return tx.CreateClient(c, start) })
		got := client(p.ID, "c-1")
		if got.PoolID != p.ID || *got.Doc.ClientName != "web" || !bytes.Equal(got.Secret, c.Secret) || got.Risk != nil {
			t.Errorf("got %+v", got)
		}
		err := s.View(t.Context(), func(tx *store.Tx) error {
			party, c, err := tx.Party("c-1")
			if err == nil && (party.ID != p.ID || c != got) {
				t.Errorf("got pool %s and client %+v", party.ID, c)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})

	t.Run("a public client has no secret", func(t *testing.T) {
		addPool(t, s, "eu_2")
		update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient("eu_2", "c-2"), start) })
		if client("eu_2", "c-2").Confidential() {
			t.Error("it has one")
		}
	})

	t.Run("a client of another pool is not found", func(t *testing.T) {
		absent(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client("eu_2", "c-1") })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteClient("eu_2", "c-1") })
		absent(t, s, func(tx *store.Tx) (*model.Client, error) { _, c, err := tx.Party("nobody"); return c, err })
	})

	t.Run("a client needs its pool, and an id of its own", func(t *testing.T) {
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.CreateClient(newClient("eu_none", "c-3"), start) })
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateClient(newClient("eu_2", "c-1"), start) })
	})

	t.Run("a change made on an old version is refused", func(t *testing.T) {
		old := client("eu_2", "c-2")
		update(t, s, func(tx *store.Tx) error { return tx.SaveClient(old) })
		refused(t, s, store.ErrChanged, func(tx *store.Tx) error { return tx.SaveClient(old) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.SaveClient(newClient("eu_2", "c-none")) })
	})

	t.Run("a pool needs SRP verifiers while it has no client, or one that may use SRP", func(t *testing.T) {
		p := addPool(t, s, "eu_3")
		expect := func(when string, want bool) {
			t.Helper()
			if got := pool(t, s, p.ID).NeedsSRP; got != want {
				t.Errorf("%s: got %v, want %v", when, got, want)
			}
		}
		expect("without clients", true)
		update(t, s, func(tx *store.Tx) error {
			return tx.CreateClient(newClient(p.ID, "plain", "ALLOW_USER_PASSWORD_AUTH"), start)
		})
		expect("with a plain client", false)
		update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, "srp", "ALLOW_USER_SRP_AUTH"), start) })
		expect("with an SRP client beside", true)
		c := *client(p.ID, "srp")
		c.Doc = newClient(p.ID, "srp", "ALLOW_USER_PASSWORD_AUTH").Doc
		update(t, s, func(tx *store.Tx) error { return tx.SaveClient(&c) })
		expect("after that one gave SRP up", false)
		update(t, s, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "srp") })
		update(t, s, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "plain") })
		expect("without clients again", true)
	})

	t.Run("clients are listed in pages, in order of id", func(t *testing.T) {
		p := addPool(t, s, "eu_4")
		for _, i := range []int{2, 0, 1} {
			update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, fmt.Sprint("p-", i)), start) })
		}
		list := func(after string) (ids []string) {
			for _, c := range read(t, s, func(tx *store.Tx) ([]*model.Client, error) { return tx.Clients(p.ID, after, 2) }) {
				ids = append(ids, c.ID)
			}
			return ids
		}
		if got := fmt.Sprint(list(""), list("p-1"), list("p-2")); got != "[p-0 p-1] [p-2] []" {
			t.Errorf("got %s", got)
		}
		if n := read(t, s, func(tx *store.Tx) (int, error) { return tx.CountClients(p.ID) }); n != 3 {
			t.Errorf("counted %d, want 3", n)
		}
	})

	t.Run("a deleted client takes the life of its tokens with it", func(t *testing.T) {
		p := addPool(t, s, "eu_5")
		update(t, s, func(tx *store.Tx) error { return tx.CreateClient(newClient(p.ID, "c-5"), start) })
		update(t, s, func(tx *store.Tx) error {
			return tx.CreateFamily(&model.Family{ID: "f-5", PoolID: p.ID, ClientID: "c-5", Sub: "sub", AuthTime: start, ExpiresAt: start.Add(time.Hour)})
		})
		revoked := func(tx *store.Tx) (bool, error) { return tx.FamilyRevoked(p.ID, "f-5") }
		if read(t, s, revoked) {
			t.Error("the family is revoked before its client goes")
		}
		update(t, s, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "c-5") })
		absent(t, s, func(tx *store.Tx) (*model.Client, error) { return tx.Client(p.ID, "c-5") })
		if !read(t, s, revoked) {
			t.Error("the family outlives its client")
		}
	})
}

package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func newPasskey(poolID, sub, id string) *model.Passkey {
	return &model.Passkey{
		PoolID: poolID, ID: id, Sub: sub, RelyingParty: "example.com", PublicKey: []byte{0, 1}, SignCount: 1 << 31, BackupEligible: true,
		Name: "Ann's \u260E", Transports: []string{"hybrid", "internal"}, Attachment: "platform", CreatedAt: start,
	}
}

func testPasskeys(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	create := func(k *model.Passkey) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.CreatePasskey(k) }
	}
	get := func(id string) *model.Passkey {
		return read(t, s, func(tx *store.Tx) (*model.Passkey, error) { return tx.Passkey("p", id) })
	}
	ids := func(sub string) string {
		list := read(t, s, func(tx *store.Tx) ([]*model.Passkey, error) { return tx.Passkeys("p", sub) })
		var ids []string
		for _, k := range list {
			ids = append(ids, k.ID)
		}
		return strings.Join(ids, " ")
	}

	t.Run("a passkey is read as it was stored", func(t *testing.T) {
		absent(t, s, func(tx *store.Tx) (*model.Passkey, error) { return tx.Passkey("p", "a") })
		bare := &model.Passkey{PoolID: "p", ID: strings.Repeat("x", 1364), Sub: "bob", PublicKey: []byte{1}, Transports: []string{}, CreatedAt: start}
		for _, want := range []*model.Passkey{newPasskey("p", "ann", "a"), bare} {
			update(t, s, create(want))
			if got := get(want.ID); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	})

	t.Run("a credential id stands for one user of a pool", func(t *testing.T) {
		refused(t, s, store.ErrExists, create(newPasskey("p", "bob", "a")))
		if got := get("a").Sub; got != "ann" {
			t.Errorf("it is %s's now", got)
		}
		update(t, s, create(newPasskey("other", "bob", "a")))
	})

	t.Run("a user's are listed, the oldest first", func(t *testing.T) {
		for i, id := range []string{"c", "b"} {
			k := newPasskey("p", "ann", id)
			k.CreatedAt = start.Add(time.Duration(i+1) * time.Second)
			update(t, s, create(k))
		}
		if got, want := ids("ann"), "a c b"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if n := read(t, s, func(tx *store.Tx) (int, error) { return tx.CountPasskeys("p", "ann") }); n != 3 {
			t.Errorf("counted %d", n)
		}
		if got := ids("nobody"); got != "" {
			t.Errorf("nobody has %s", got)
		}
	})

	t.Run("a counter moves from what it was", func(t *testing.T) {
		k, at := get("a"), start.Add(time.Hour)
		use := func(count int64) func(*store.Tx) error {
			return func(tx *store.Tx) error { return tx.UsePasskey(k, count, at) }
		}
		update(t, s, use(1<<32-1))
		if got := get("a"); got.SignCount != 1<<32-1 || !got.UsedAt.Equal(at) {
			t.Errorf("got %+v", got)
		}
		refused(t, s, store.ErrNotFound, use(5)) // as k was read before
		k = get("a")
		k.Sub = "bob"
		refused(t, s, store.ErrNotFound, use(1<<32))
	})

	t.Run("a user's own can be taken away", func(t *testing.T) {
		take := func(poolID, sub, id string) func(*store.Tx) error {
			return func(tx *store.Tx) error { return tx.DeletePasskey(poolID, sub, id) }
		}
		refused(t, s, store.ErrNotFound, take("p", "bob", "b"))
		refused(t, s, store.ErrNotFound, take("other", "ann", "b"))
		update(t, s, take("p", "ann", "b"))
		refused(t, s, store.ErrNotFound, take("p", "ann", "b"))
		if got := ids("ann"); got != "a c" {
			t.Errorf("left are %s", got)
		}
	})

	t.Run("a list is bounded", func(t *testing.T) {
		for i := range model.MaxPasskeys + 1 {
			update(t, s, create(newPasskey("p", "many", fmt.Sprint("k", i))))
		}
		if n := len(strings.Fields(ids("many"))); n != model.MaxPasskeys {
			t.Errorf("got %d, want %d", n, model.MaxPasskeys)
		}
	})
}

package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func testDevices(t *testing.T, database func(testing.TB) string) {
	s := OpenURL(t, database(t))
	get := func(sub, key string) *model.Device {
		return read(t, s, func(tx *store.Tx) (*model.Device, error) { return tx.Device("p", sub, key) })
	}
	phone := &model.Device{
		PoolID: "p", Sub: "ann", Key: "eu_1", GroupKey: "-g", Name: "Ann's \u260E", Remembered: true, Secret: []byte{0, 1}, KnownAs: "k",
		SDK: "aws-sdk", LastIP: "192.0.2.1", CreatedAt: start, ModifiedAt: start, AuthenticatedAt: start,
	}

	t.Run("a device is read as it was stored, by its user alone", func(t *testing.T) {
		update(t, s, func(tx *store.Tx) error { return tx.CreateDevice(phone) })
		if got := get("ann", "eu_1"); !reflect.DeepEqual(got, phone) {
			t.Errorf("got  %+v\nwant %+v", got, phone)
		}
		refused(t, s, store.ErrExists, func(tx *store.Tx) error { return tx.CreateDevice(phone) })
		absent(t, s, func(tx *store.Tx) (*model.Device, error) { return tx.Device("p", "bob", "eu_1") })
		absent(t, s, func(tx *store.Tx) (*model.Device, error) { return tx.Device("other", "ann", "eu_1") })
		update(t, s, func(tx *store.Tx) error {
			return tx.CreateDevice(&model.Device{PoolID: "p", Sub: "bob", Key: "eu_1"})
		})
		if got := get("bob", "eu_1"); got.Secret != nil || !got.AuthenticatedAt.IsZero() {
			t.Errorf("a device without a secret that was never used is read as %+v", got)
		}
	})

	t.Run("status and use change what they are about, and nobody else's", func(t *testing.T) {
		want, later := *phone, start.Add(time.Hour)
		want.Remembered, want.ModifiedAt = false, later
		want.LastIP, want.AuthenticatedAt = "198.51.100.7", later.Add(time.Hour)
		update(t, s, func(tx *store.Tx) error { return tx.RememberDevice("p", "ann", "eu_1", false, later) })
		update(t, s, func(tx *store.Tx) error {
			return tx.UseDevice("p", "ann", "eu_1", want.LastIP, want.AuthenticatedAt)
		})
		if got := get("ann", "eu_1"); !reflect.DeepEqual(got, &want) {
			t.Errorf("got  %+v\nwant %+v", got, &want)
		}
		if got := get("bob", "eu_1"); got.LastIP != "" || got.ModifiedAt.Equal(later) {
			t.Errorf("the device of somebody else became %+v", got)
		}
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.RememberDevice("p", "ann", "none", true, later) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.UseDevice("p", "cleo", "eu_1", "", later) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteDevice("other", "ann", "eu_1") })
		update(t, s, func(tx *store.Tx) error { return tx.DeleteDevice("p", "ann", "eu_1") })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteDevice("p", "ann", "eu_1") })
		get("bob", "eu_1")
	})

	t.Run("pages follow the keys, and the ones not used for longest make room", func(t *testing.T) {
		keys := func(sub, after string, limit int) (list []string) {
			for _, d := range read(t, s, func(tx *store.Tx) ([]*model.Device, error) { return tx.Devices("p", sub, after, limit) }) {
				list = append(list, d.Key)
			}
			return list
		}
		update(t, s, func(tx *store.Tx) error {
			for i := range 7 {
				d := &model.Device{PoolID: "p", Sub: "many", Key: fmt.Sprint("eu_", i), AuthenticatedAt: start.Add(-time.Duration(i) * time.Hour)}
				if err := tx.CreateDevice(d); err != nil {
					return err
				}
			}
			return nil
		})
		if got, want := keys("many", "eu_2", 3), []string{"eu_3", "eu_4", "eu_5"}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		for _, keep := range []int{7, 4} {
			update(t, s, func(tx *store.Tx) error { return tx.TrimDevices("p", "many", keep) })
			if got := keys("many", "", 10); len(got) != keep || got[0] != "eu_0" {
				t.Errorf("of 7, %d should be left, and are %v", keep, got)
			}
		}
		if got := keys("bob", "", 10); len(got) != 1 {
			t.Errorf("somebody else has %v", got)
		}
	})

	t.Run("of the sign-ins that wait for a device the newest of each client does, until its end", func(t *testing.T) {
		wait := func(client, session string, until time.Time) *model.DeviceWait {
			w := &model.DeviceWait{PoolID: "p", Sub: "ann", ClientID: client, DeviceKey: "eu_1", Session: session, Network: "192.0.2.1/32", ExpiresAt: until}
			update(t, s, func(tx *store.Tx) error { return tx.SaveDeviceWait(w) })
			return w
		}
		find := func(client string) (*model.DeviceWait, error) {
			var w *model.DeviceWait
			err := s.View(t.Context(), func(tx *store.Tx) (err error) {
				w, err = tx.DeviceWait("p", "ann", client, "eu_1")
				return err
			})
			return w, err
		}
		wait("a", "first", start)
		second, other := wait("a", "second", start.Add(time.Minute)), wait("b", "other", start)
		if got, err := find("a"); err != nil || !reflect.DeepEqual(got, second) {
			t.Errorf("got %+v, %v, want %+v", got, err, second)
		}
		if got, err := find("b"); err != nil || !reflect.DeepEqual(got, other) {
			t.Errorf("got %+v, %v, want %+v", got, err, other)
		}
		if err := s.Sweep(t.Context(), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := find("b"); err != store.ErrNotFound {
			t.Errorf("after its end: %v", err)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DropDeviceWait("p", "ann", "a", "eu_1") })
		if _, err := find("a"); err != store.ErrNotFound {
			t.Errorf("once dropped: %v", err)
		}
		update(t, s, func(tx *store.Tx) error { return tx.DropDeviceWait("p", "ann", "a", "eu_1") })
	})

	t.Run("a family is tied to its device once that is confirmed", func(t *testing.T) {
		f := &model.Family{ID: "f", PoolID: "p", ClientID: "c", Sub: "ann", AuthTime: start, ExpiresAt: start.Add(time.Hour), Device: "eu_1"}
		update(t, s, func(tx *store.Tx) error { return tx.CreateFamily(f) })
		refused(t, s, store.ErrNotFound, func(tx *store.Tx) error { return tx.BindFamily("other", "f") })
		for _, bound := range []bool{false, true} {
			got := read(t, s, func(tx *store.Tx) (*model.Family, error) { return tx.Family("p", "f") })
			if got.Device != "eu_1" || got.DeviceBound != bound {
				t.Errorf("got %+v, want bound %v", got, bound)
			}
			update(t, s, func(tx *store.Tx) error { return tx.BindFamily("p", "f") })
		}
	})
}

package model_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

func TestEventID(t *testing.T) {
	t.Run("an id tells the millisecond of its event", func(t *testing.T) {
		for _, at := range []time.Time{
			time.Date(2026, 3, 2, 9, 0, 0, 123_999_999, time.UTC),
			time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600)),
			time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			time.UnixMilli(1),
		} {
			id, err := model.NewEventID(at, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := model.EventIDTime(id); !ok || !got.Equal(at.Truncate(time.Millisecond)) {
				t.Errorf("%s of %v tells %v, %v", id, at, got, ok)
			}
		}
	})
	t.Run("two of one moment differ", func(t *testing.T) {
		at := time.Now()
		one, err1 := model.NewEventID(at, rand.Reader)
		other, err2 := model.NewEventID(at, rand.Reader)
		if one == other || errors.Join(err1, err2) != nil {
			t.Errorf("got %s and %s, %v, %v", one, other, err1, err2)
		}
	})
	t.Run("what is no id of ours tells nothing", func(t *testing.T) {
		ours, err := model.NewEventID(time.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{
			"", "x", uuid.NewString(), strings.ToUpper(ours), strings.ReplaceAll(ours, "-", ""),
			"{" + ours + "}", "urn:uuid:" + ours, ours + "0", ours[:14] + "4" + ours[15:], ours[:19] + "f" + ours[20:],
		} {
			if at, ok := model.EventIDTime(id); ok {
				t.Errorf("%q tells %v", id, at)
			}
		}
	})
	t.Run("without randomness there is none", func(t *testing.T) {
		if id, err := model.NewEventID(time.Now(), iotest.ErrReader(errors.New("gone"))); err == nil {
			t.Errorf("got %s", id)
		}
	})
}

func FuzzEventIDTime(f *testing.F) {
	f.Add("018f3c2a-1b1c-7d39-9d6a-3c3a0c0f2a11")
	f.Add("4e0bdc2a-1b1c-4d39-9d6a-3c3a0c0f2a11")
	f.Add("018F3C2A-1B1C-7D39-9D6A-3C3A0C0F2A11")
	f.Fuzz(func(t *testing.T, id string) {
		at, ok := model.EventIDTime(id)
		if !ok {
			return
		}
		again, err := model.NewEventID(at, strings.NewReader(strings.Repeat("x", 10)))
		if err != nil || again[:13] != id[:13] {
			t.Errorf("%q is of %v, whose ids begin with %s (%v)", id, at, again, err)
		}
	})
}

package threat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// kept is an export, as somebody would read it.
type kept struct {
	Sub, Username string
	Profile       *struct{ SignIns float64 }
	Events        []struct {
		ID     string
		Detail struct{ City string }
	}
	Feedback []struct {
		EventID, Value string
		Changed        []struct{ Where string }
	}
}

func (d *desk) export(name string) (k kept) {
	d.Helper()
	var out bytes.Buffer
	if err := threat.NewHistory(d.store, nil).Export(d.Context(), d.pool.ID, name, &out); err != nil {
		d.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &k); err != nil {
		d.Fatalf("%v in %.400s", err, out.String())
	}
	return k
}

func TestExport(t *testing.T) {
	t.Run("it holds events from the newest, answers and what was learned", func(t *testing.T) {
		d := newDesk(t)
		d.answer(model.FeedbackInvalid)
		d.answer(model.FeedbackValid)
		d.now = d.now.Add(time.Hour)
		later := d.happen(model.EventCredentialCheck)
		k := d.export(d.user.Sub)
		if k.Sub != d.user.Sub || k.Username != "ann" || k.Profile == nil || k.Profile.SignIns != 1 {
			t.Errorf("got %+v", k)
		}
		if len(k.Events) != 2 || k.Events[0].ID != later.ID || k.Events[1].ID != d.event.ID || k.Events[1].Detail.City != "Moscow" {
			t.Errorf("events: %+v", k.Events)
		}
		if len(k.Feedback) != 2 || k.Feedback[0].Value != "Invalid" || k.Feedback[1].Value != "Valid" || len(k.Feedback[1].Changed) == 0 {
			t.Errorf("feedback: %+v", k.Feedback)
		}
	})
	t.Run("each of many events once", func(t *testing.T) {
		d := newDesk(t)
		d.update(func(tx *store.Tx) error {
			for i := range 1200 {
				e := &model.Event{PoolID: d.pool.ID, Sub: d.user.Sub, ID: fmt.Sprint(i), Type: model.EventSignIn, CreatedAt: d.now.Add(time.Duration(i/7) * time.Second)}
				if err := tx.SaveEvent(e); err != nil {
					return err
				}
			}
			return nil
		})
		seen := map[string]bool{}
		for _, e := range d.export(d.user.Sub).Events {
			seen[e.ID] = true
		}
		if k := d.export(d.user.Sub); len(k.Events) != 1201 || len(seen) != 1201 || k.Profile != nil || k.Feedback == nil {
			t.Errorf("%d events, %d different, profile %v", len(k.Events), len(seen), k.Profile)
		}
	})
	t.Run("a profile that is damaged is told to be lost", func(t *testing.T) {
		d := newDesk(t)
		d.update(func(tx *store.Tx) error { return tx.SaveProfile(d.pool.ID, d.user.Sub, []byte("damaged")) })
		var out bytes.Buffer
		if err := threat.NewHistory(d.store, nil).Export(t.Context(), d.pool.ID, d.user.Sub, &out); err != nil || !strings.Contains(out.String(), `"lost":true`) {
			t.Errorf("got %s, %v", out.String(), err)
		}
	})
	t.Run("who is not there has nothing", func(t *testing.T) {
		d := newDesk(t)
		var out bytes.Buffer
		err := threat.NewHistory(d.store, nil).Export(t.Context(), d.pool.ID, "nobody", &out)
		if fmt.Sprint(err) != "UserNotFoundException: User does not exist." || out.Len() != 0 {
			t.Errorf("got %q, %v", out.String(), err)
		}
	})
	t.Run("what cannot be written is an error", func(t *testing.T) {
		d := newDesk(t)
		full := errors.New("the disk is full")
		if err := threat.NewHistory(d.store, nil).Export(t.Context(), d.pool.ID, d.user.Sub, fullDisk{full}); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
}

type fullDisk struct{ error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.error }

func TestErase(t *testing.T) {
	d := newDesk(t)
	h := threat.NewHistory(d.store, nil)
	d.answer(model.FeedbackValid)
	if err := h.Erase(t.Context(), d.pool.ID, d.user.Sub, true); err != nil {
		t.Fatal(err)
	}
	if list, _ := d.answers(); len(d.events(d.user.Sub)) != 0 || len(list) != 0 || d.profile() == "" {
		t.Errorf("events %d, answers %d, profile kept %v", len(d.events(d.user.Sub)), len(list), d.profile() != "")
	}
	if err := h.Erase(t.Context(), d.pool.ID, d.user.Sub, false); err != nil || d.profile() != "" {
		t.Errorf("the profile is left, %v", err)
	}
	if err := h.Erase(t.Context(), d.pool.ID, "nobody", false); fmt.Sprint(err) != "UserNotFoundException: User does not exist." {
		t.Errorf("got %v", err)
	}
}

package threat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/risk"
)

// All reads up to limit events of a user by any name, also of types of our own
// and while the pool's threat protection is off: for operators. Otherwise it is List.
func (h *History) All(ctx context.Context, poolID, name string, before model.Event, limit int) (list []model.Event, err error) {
	err = h.view(ctx, poolID, name, func(tx *store.Tx, u *model.User) (err error) {
		list, err = tx.Events(u.PoolID, u.Sub, before, limit)
		return err
	})
	return list, err
}

// view runs fn on a user by any name.
func (h *History) view(ctx context.Context, poolID, name string, fn func(*store.Tx, *model.User) error) error {
	return h.store.View(ctx, func(tx *store.Tx) error {
		p, err := findPool(tx, poolID)
		if err != nil {
			return err
		}
		u, err := findUser(tx, p, name)
		if err != nil {
			return err
		}
		return fn(tx, u)
	})
}

// Told is everything that is kept of one event.
type Told struct {
	Event    model.Event
	Username string // empty where the user is gone, or never came to be
	Policy   PolicyRef
	Answers  []Answered
}

// Answered is an answer about an event, and what it changed.
type Answered struct {
	model.Feedback
	Change risk.Change
}

// Find reads one event by its id.
func (h *History) Find(ctx context.Context, poolID, eventID string) (t *Told, err error) {
	err = h.store.View(ctx, func(tx *store.Tx) error {
		if _, err := findPool(tx, poolID); err != nil {
			return err
		}
		e, err := tx.FindEvent(poolID, eventID)
		if errors.Is(err, store.ErrNotFound) {
			return noEvent
		}
		if err != nil {
			return fmt.Errorf("read event %s: %w", eventID, err)
		}
		t = &Told{Event: *e}
		u, err := tx.User(poolID, e.Sub)
		switch {
		case err == nil:
			t.Username = u.Username
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read user %s: %w", e.Sub, err)
		}
		if t.Policy, err = policyAt(tx, e); err != nil {
			return fmt.Errorf("find the policy of event %s: %w", e.ID, err)
		}
		answers, err := tx.Feedback(poolID, e.Sub, e.ID, maxAnswers)
		if err != nil {
			return fmt.Errorf("read feedback on event %s: %w", e.ID, err)
		}
		for _, f := range answers {
			did, err := former{f}.effect()
			if err != nil {
				return err
			}
			t.Answers = append(t.Answers, Answered{f, did.Change})
		}
		return nil
	})
	return t, err
}

// PolicyRef is the version of the policy that held when an event was created, by
// the clocks of those who set it and recorded it. Of nobody: none did, or it was
// that of a client who is gone.
type PolicyRef struct {
	Of      Owner
	Version int64
}

func policyAt(tx *store.Tx, e *model.Event) (PolicyRef, error) {
	for _, place := range []struct {
		of       Owner
		clientID string
	}{{OfClient, e.ClientID}, {OfPool, ""}} {
		if place.of == OfClient && place.clientID == "" {
			continue
		}
		version, set, err := tx.PolicyAt(e.PoolID, place.clientID, e.CreatedAt)
		if err != nil || set {
			return PolicyRef{place.of, version}, err
		}
	}
	return PolicyRef{Of: OfNobody}, nil
}

// exportPage is how much of an export one transaction reads.
const exportPage = 500

// The parts of an export.
type (
	exportHead struct {
		PoolID     string       `json:"userPoolId"`
		Sub        string       `json:"sub"`
		Username   string       `json:"username"`
		ExportedAt time.Time    `json:"exportedAt"`
		Profile    *risk.Export `json:"profile"` // null: nothing is learned of the user
	}
	exportEvent struct {
		ID        string              `json:"id"`
		Type      model.EventType     `json:"type"`
		Response  model.EventResponse `json:"response"`
		CreatedAt time.Time           `json:"createdAt"`
		ClientID  string              `json:"clientId,omitzero"`
		Detail    model.EventDetail   `json:"detail"`
	}
	exportAnswer struct {
		EventID  string      `json:"eventId"`
		Value    string      `json:"value"`
		Provider string      `json:"provider"`
		At       time.Time   `json:"at"`
		UndoneAt time.Time   `json:"undoneAt,omitzero"`
		Changed  []risk.Mark `json:"changed"`
	}
)

// Export writes all that is kept of a user's sign-ins as one object of JSON: the
// profile, the events from the newest, the answers about them. It reads page by
// page: what happens meanwhile may be missing.
func (h *History) Export(ctx context.Context, poolID, name string, to io.Writer) error {
	head := exportHead{PoolID: poolID, ExportedAt: h.now().UTC()}
	err := h.view(ctx, poolID, name, func(tx *store.Tx, u *model.User) error {
		head.Sub, head.Username = u.Sub, u.Username
		image, err := tx.Profile(u.PoolID, u.Sub)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var p risk.Profile
		if err := p.UnmarshalBinary(image); err != nil && !p.Lost() {
			return err
		}
		head.Profile = new(p.Export())
		return nil
	})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(to)
	text := wire.Must(head)
	fmt.Fprintf(out, "%s,\n\"events\":[", text[:len(text)-1])
	if err := h.exportEvents(ctx, head, out); err != nil {
		return err
	}
	fmt.Fprint(out, "],\n\"feedback\":[")
	if err := h.exportAnswers(ctx, head, out); err != nil {
		return err
	}
	fmt.Fprint(out, "]}\n")
	return out.Flush()
}

func (h *History) exportEvents(ctx context.Context, of exportHead, out io.Writer) error {
	return pages(out, func(before *model.Event) (list []model.Event, err error) {
		err = h.store.View(ctx, func(tx *store.Tx) error {
			list, err = tx.Events(of.PoolID, of.Sub, *before, exportPage)
			return err
		})
		return list, err
	}, func(e *model.Event) any {
		return exportEvent{e.ID, e.Type, e.Response, e.CreatedAt, e.ClientID, e.Detail}
	})
}

func (h *History) exportAnswers(ctx context.Context, of exportHead, out io.Writer) error {
	return pages(out, func(after *model.Feedback) (list []model.Feedback, err error) {
		after.PoolID, after.Sub = of.PoolID, of.Sub
		err = h.store.View(ctx, func(tx *store.Tx) error {
			list, err = tx.AllFeedback(*after, exportPage)
			return err
		})
		return list, err
	}, func(f *model.Feedback) any {
		// What cannot be read any more has no marks to tell.
		did, _ := former{*f}.effect() //nolint:errcheck // said above
		return exportAnswer{f.EventID, f.Value, f.Provider, f.At, f.UndoneAt, did.Marks}
	})
}

// pages writes the elements of a list that is read page by page, each on a line.
func pages[T any](out io.Writer, read func(last *T) ([]T, error), show func(*T) any) error {
	var last T
	for first := true; ; {
		list, err := read(&last)
		if err != nil {
			return err
		}
		for i := range list {
			text, err := wire.Encode(show(&list[i]))
			if err != nil {
				return err
			}
			comma := ","
			if first {
				comma, first = "", false
			}
			if _, err := fmt.Fprintf(out, "%s\n%s", comma, text); err != nil {
				return err
			}
		}
		if len(list) < exportPage {
			return nil
		}
		last = list[len(list)-1]
	}
}

// Erase forgets all that is kept of a user's sign-ins: events, answers about them
// and, unless it is to be kept, what was learned. The user stays.
func (h *History) Erase(ctx context.Context, poolID, name string, keepProfile bool) error {
	var u *model.User
	err := h.view(ctx, poolID, name, func(_ *store.Tx, found *model.User) error {
		u = found
		return nil
	})
	if err != nil {
		return err
	}
	err = h.steps(ctx, func(tx *store.Tx) (bool, error) { return tx.DropEvents(u.PoolID, u.Sub, forgetStep) })
	if err != nil || keepProfile {
		return err
	}
	return h.store.Update(ctx, func(tx *store.Tx) error { return tx.DropProfile(u.PoolID, u.Sub) })
}

package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// Stage is what tests of flows stand on: a store on disk and a clock that moves
// only when told. Embed it.
type Stage struct {
	Store *store.Store

	t   testing.TB
	mu  sync.Mutex
	now time.Time // guarded by mu
}

// NewStage makes a Stage whose clock stands at a time.
func NewStage(t testing.TB, now time.Time) *Stage { return &Stage{Store: Open(t), t: t, now: now} }

// Clock tells the time.
func (s *Stage) Clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Pass moves the clock.
func (s *Stage) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// Update is store.Update, which must succeed.
func (s *Stage) Update(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.Store.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

// View is store.View, which must succeed.
func (s *Stage) View(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.Store.View(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

// Mails are the messages that the mailbox keeps, the newest first.
func (s *Stage) Mails() (list []*model.Mail) {
	s.t.Helper()
	s.View(func(tx *store.Tx) (err error) {
		list, err = tx.Mails("", 100)
		return err
	})
	return list
}

// Due tells when the outbox wants attention; the zero time when it is empty.
func (s *Stage) Due() (at time.Time) {
	s.t.Helper()
	s.View(func(tx *store.Tx) (err error) {
		at, err = tx.NextDue()
		return err
	})
	return at
}

package outbox_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal/sealtest"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/store/storetest"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

const (
	poolID = "us-east-1_Stage0001"
	secret = "482913" // what the letters carry
)

var (
	annMail  = outbox.Letter{Channel: notify.Email, To: "ann@example.com", Subject: "Your code", Text: "Your code is " + secret, Kind: "SignUp"}
	annPhone = outbox.Letter{Channel: notify.SMS, To: "+12065550123", Text: "Your code is " + secret, Kind: "SignUp"}
)

// stage is a store on disk, an outbox and a clock that stands still.
type stage struct {
	t      *testing.T
	store  *store.Store
	outbox *outbox.Outbox

	mu  sync.Mutex
	now time.Time
}

func newStage(t *testing.T, cfg outbox.Config) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)}
	s.store = storetest.Open(t)
	cfg.Store, cfg.Ring, cfg.Now = s.store, sealtest.Ring(t), s.clock
	s.outbox = outbox.New(cfg)
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.t.Helper()
	if err := s.store.Update(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

// post posts a letter that is good for a day unless an edit says otherwise.
func (s *stage) post(l outbox.Letter, edits ...func(*outbox.Letter)) {
	s.t.Helper()
	l = s.fresh(l)
	for _, edit := range edits {
		edit(&l)
	}
	s.update(func(tx *store.Tx) error { return s.outbox.Post(tx, poolID, l) })
}

func (s *stage) fresh(l outbox.Letter) outbox.Letter {
	l.Until = s.clock().Add(outbox.GiveUpAfter).UnixMicro()
	return l
}

func (s *stage) deliver() int {
	s.t.Helper()
	n, err := s.outbox.Deliver(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) mails() []*model.Mail {
	s.t.Helper()
	var list []*model.Mail
	err := s.store.View(s.t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.Mails("", 100)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// due tells when the outbox wants attention; the zero time when it is empty.
func (s *stage) due() (at time.Time) {
	s.t.Helper()
	err := s.store.View(s.t.Context(), func(tx *store.Tx) (err error) {
		at, err = tx.NextDue()
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// sender remembers what it was given and answers from a script, the last line again and again.
type sender struct {
	mu     sync.Mutex
	script []error
	got    []notify.Message
	sent   chan notify.Message // unless nil, each message goes there too
}

func (s *sender) Send(_ context.Context, m notify.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, m)
	if s.sent != nil {
		s.sent <- m
	}
	if len(s.script) == 0 {
		return nil
	}
	err := s.script[0]
	if len(s.script) > 1 {
		s.script = s.script[1:]
	}
	return err
}

// caller is to webhooks what sender is to messages.
type caller struct {
	script []error
	got    []notify.Call
}

func (c *caller) Post(_ context.Context, call notify.Call) error {
	c.got = append(c.got, call)
	if len(c.script) == 0 {
		return nil
	}
	err := c.script[0]
	if len(c.script) > 1 {
		c.script = c.script[1:]
	}
	return err
}

package outbox_test

import (
	"context"
	"sync"
	"testing"
	"time"

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
	*storetest.Stage
	t      *testing.T
	outbox *outbox.Outbox
}

func newStage(t *testing.T, cfg outbox.Config) *stage {
	t.Helper()
	s := &stage{Stage: storetest.NewStage(t, time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)), t: t}
	cfg.Store, cfg.Ring, cfg.Now = s.Store, sealtest.Ring(t), s.Clock
	s.outbox = outbox.New(cfg)
	return s
}

// post posts a letter that is good for a day unless an edit says otherwise.
func (s *stage) post(l outbox.Letter, edits ...func(*outbox.Letter)) {
	s.t.Helper()
	l = s.fresh(l)
	for _, edit := range edits {
		edit(&l)
	}
	s.Update(func(tx *store.Tx) error { return s.outbox.Post(tx, poolID, l) })
}

func (s *stage) fresh(l outbox.Letter) outbox.Letter {
	l.Until = s.Clock().Add(outbox.GiveUpAfter).UnixMicro()
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

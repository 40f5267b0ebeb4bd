// Package outbox gives messages their way out: posted by the transaction that causes them, delivered at least once.
//
//	Post ── a sealed row                              one Update, together with what the flow does
//	Wake ── after the commit
//	Run ─── lease ── send ── done | later | dropped   a worker of each process
//
// Nobody who reads the database can read a message: it may carry a code, a
// password or a token.
package outbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// GiveUpAfter is when a message that was not sent is dropped, unless its own end comes first.
const GiveUpAfter = 24 * time.Hour

// Config of an outbox.
type Config struct {
	Store *store.Store
	Ring  *seal.Ring
	// Email and SMS carry messages; nil keeps them in the development mailbox.
	Email, SMS notify.Sender
	Caller     Caller        // nil = that of notify.Config
	Meter      *report.Meter // nil counts nothing
	Log        *slog.Logger
	Now        func() time.Time
	Rand       io.Reader
}

// Caller posts to webhooks. What its errors mean is what those of a notify.Sender mean.
type Caller interface {
	Post(ctx context.Context, c notify.Call) error
}

// Outbox takes messages and delivers them. It is safe for concurrent use.
type Outbox struct {
	cfg  Config
	wake chan struct{}
}

// New makes an Outbox.
func New(cfg Config) *Outbox {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	mailbox := &Mailbox{Store: cfg.Store, Now: cfg.Now}
	if cfg.Email == nil {
		cfg.Email = mailbox
	}
	if cfg.SMS == nil {
		cfg.SMS = mailbox
	}
	if cfg.Caller == nil {
		cfg.Caller = notify.Config{Now: cfg.Now}.Caller()
	}
	return &Outbox{cfg, make(chan struct{}, 1)}
}

// Letter is a message to one person.
type Letter struct {
	Channel notify.Channel `json:"channel"`
	To      string         `json:"to,omitzero"` // empty: a pretence, not sent
	From    string         `json:"from,omitzero"`
	ReplyTo string         `json:"replyTo,omitzero"`
	// Identity is the ARN of the SES identity that the pool names, if it does.
	Identity string `json:"identity,omitzero"`
	Subject  string `json:"subject,omitzero"`
	Text     string `json:"text,omitzero"`
	HTML     string `json:"html,omitzero"`
	Kind     string `json:"kind"` // a name of ours: what the message is for
	// Until, microseconds, is when the message has become pointless.
	Until int64 `json:"until"`
}

// String hides the letter, should it ever be printed.
func (Letter) String() string { return "[redacted]" }

// GoString hides the letter.
func (Letter) GoString() string { return "[redacted]" }

// Call is JSON for a webhook.
type Call struct {
	URL    string `json:"url"`
	Body   []byte `json:"body"`
	Secret []byte `json:"secret"` // what it is signed with
	Kind   string `json:"kind"`   // a name of ours: what the call is for
	// Until, microseconds, is when the call has become pointless.
	Until int64 `json:"until"`
}

// String hides the call, should it ever be printed.
func (Call) String() string { return "[redacted]" }

// GoString hides the call.
func (Call) GoString() string { return "[redacted]" }

const (
	kindLetter    = "message"
	kindCall      = "call"
	purposeLetter = "outbox message"
	purposeCall   = "outbox call"
)

// Post seals a letter of a pool into the outbox: it is sent if, and only if, this
// transaction commits. Call Wake after the commit.
func (o *Outbox) Post(tx *store.Tx, poolID string, l Letter) error {
	return o.post(tx, poolID, kindLetter, purposeLetter, wire.Must(l))
}

// PostCall does with a call what Post does with a letter.
func (o *Outbox) PostCall(tx *store.Tx, poolID string, c Call) error {
	return o.post(tx, poolID, kindCall, purposeCall, wire.Must(c))
}

func (o *Outbox) post(tx *store.Tx, poolID, kind, purpose string, plain []byte) error {
	var random [16]byte
	if _, err := io.ReadFull(o.cfg.Rand, random[:]); err != nil {
		return fmt.Errorf("draw the id of a message: %w", err)
	}
	id := hex.EncodeToString(random[:])
	now := o.cfg.Now()
	err := tx.Post(&model.Notice{
		ID: id, PoolID: poolID, Kind: kind, DueAt: now, CreatedAt: now,
		Payload: o.cfg.Ring.Seal(purpose, plain, poolID, id),
	})
	if err != nil {
		return fmt.Errorf("post message: %w", err)
	}
	return nil
}

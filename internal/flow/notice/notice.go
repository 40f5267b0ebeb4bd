// Package notice gives users word of risky sign-ins to their accounts, and operations word of findings.
//
//	Send ──── template by what was done, the pool's or ours ── filled ── outbox     in the Update that
//	Alert ─── webhook or mail, for findings that the policy names ───── outbox     saves the event
//	Read ──── feedback token -> the event it is about
//	Answer ── what the user says of that event: Valid or Invalid
//
// Everything that a stranger may have chosen, such as user names and what a
// browser calls itself, goes into messages as one line of bounded length, and
// escaped where the message is HTML.
package notice

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/flow/outbox"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
	"github.com/gatehouse-id/gatehouse/internal/part/notify"
)

// Config of the notices.
type Config struct {
	Store  *store.Store
	Ring   *seal.Ring
	Outbox *outbox.Outbox
	// Feedback takes answers.
	Feedback Recorder
	// BaseURL is where users reach this server: the beginning of the links in mails.
	BaseURL string
	Log     *slog.Logger
	Now     func() time.Time
	Rand    io.Reader
}

// Recorder takes what somebody says of an event: value is FeedbackValid or
// FeedbackInvalid of package model. It may be called again with another value, or
// the same. A fault tells why it is not taken: the pool keeps no events any more,
// the user is gone, the event is.
type Recorder interface {
	Record(ctx context.Context, poolID, sub, eventID string, at time.Time, value, provider string) error
}

// Notices is safe for concurrent use.
type Notices struct{ cfg Config }

// New makes Notices.
func New(cfg Config) *Notices {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Notices{cfg}
}

// Wake tells that a transaction with a Send or an Alert was committed. It never blocks.
func (n *Notices) Wake() { n.cfg.Outbox.Wake() }

// Notice is what a user is told of.
type Notice struct {
	Pool   *model.Pool
	Client *model.Client
	User   *model.User
	Event  *model.Event
	// Action is what was done. An MFA_IF_CONFIGURED that found no factor and let the
	// sign-in pass is a NoAction.
	Action model.Action
}

// letterKind is what the outbox calls a notice, after the trigger of Cognito that it would go to.
const letterKind = "AccountTakeOverNotification"

// between is how long a user hears no more of the same.
const between = time.Hour

// Send posts a notice, unless the user has no e-mail address, or was told of the
// same within the hour. The address need not be verified. Its error is of the
// store alone: no message that cannot be written fails a sign-in.
func (n *Notices) Send(tx *store.Tx, about Notice) error {
	to := about.User.Attributes["email"]
	if about.Event == nil || !notify.ValidEmail(to) {
		return nil
	}
	kind := kindOf(about.Action)
	within, err := tx.Spend(about.Pool.ID, about.User.Sub, "notice of "+kind.name, 1, between, n.cfg.Now())
	if err != nil {
		return fmt.Errorf("count notices: %w", err)
	}
	if !within {
		return nil
	}
	conf := configured(about.Pool, about.Client)
	text := n.write(kind, conf, about)
	from := sender(conf)
	return n.cfg.Outbox.Post(tx, about.Pool.ID, outbox.Letter{
		Channel: notify.Email, To: to, From: from.address, ReplyTo: from.replyTo, Identity: from.identity,
		Subject: text.subject, Text: text.plain, HTML: text.html,
		Kind: letterKind, Until: n.cfg.Now().Add(outbox.GiveUpAfter).UnixMicro(),
	})
}

// configured is what the risk configuration says of notices, the client's or else
// the pool's, as a whole. Where it says nothing, ours go out as the server sends mail.
func configured(p *model.Pool, c *model.Client) *shape.NotifyConfigurationType {
	r := threat.RiskOf(p, c)
	if r == nil || r.Takeover == nil || r.Takeover.NotifyConfiguration == nil {
		return &shape.NotifyConfigurationType{}
	}
	return r.Takeover.NotifyConfiguration
}

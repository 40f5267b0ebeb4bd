// Package threat judges passwords against what is known to be leaked, and keeps the record of attempts.
//
//	configuration   the client's own risk configuration, else the pool's, as a whole
//	mode            OFF looks at nothing, AUDIT records, ENFORCED acts
//	corpus          breach: is this password known to be leaked?
//
// A corpus that cannot be read neither opens nor hides anything: whether such a
// password passes is a setting, and the event says that it was not checked.
package threat

import (
	"crypto/rand"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// Event is what a password was given for, as the event filter names it.
type Event string

// The events of a compromised-credentials filter.
const (
	SignIn         = Event(shape.EventFilterTypeSignIn)
	SignUp         = Event(shape.EventFilterTypeSignUp)
	PasswordChange = Event(shape.EventFilterTypePasswordChange)
)

// Config of threat protection.
type Config struct {
	// Corpus knows leaked passwords; nil = breach.Builtin().
	Corpus breach.Corpus
	// NoDefaults leaves an absent section of the risk configuration without
	// effect. By default it means what Cognito documents: all three events, BLOCK.
	NoDefaults bool
	// FailClosed refuses a password that could not be looked up.
	FailClosed bool

	Log  *slog.Logger
	Now  func() time.Time
	Rand io.Reader
}

// Threat is safe for concurrent use.
type Threat struct{ cfg Config }

// New makes a Threat.
func New(cfg Config) *Threat {
	if cfg.Corpus == nil {
		cfg.Corpus = breach.Builtin()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Threat{cfg}
}

// Finding is what is known of one password.
type Finding struct {
	Checked     bool // it was looked up
	Compromised bool // it is known to be leaked
	Block       bool // the configuration wants it refused, and the mode is ENFORCED
	// Unchecked says why it could not be looked up; empty otherwise.
	Unchecked string
}

// Password judges a password that was given for an event. c may be nil where
// no client is known; then the pool's configuration holds.
func (t *Threat) Password(p *model.Pool, c *model.Client, e Event, password string) Finding {
	mode := p.Mode()
	if mode == model.ModeOff {
		return Finding{}
	}
	action, ok := t.compromisedAction(p, c, e)
	if !ok {
		return Finding{}
	}
	block := action == shape.CompromisedCredentialsEventActionTypeBlock && mode == model.ModeEnforced
	count, err := t.cfg.Corpus.Count(breach.Sum(password))
	if err != nil && count == 0 { // a hit counts even when a part of the corpus cannot be read
		t.cfg.Log.Error("leaked passwords cannot be looked up", "pool", p.ID, "closed", t.cfg.FailClosed, "error", err)
		return Finding{Unchecked: "the corpus cannot be read", Block: block && t.cfg.FailClosed}
	}
	return Finding{Checked: true, Compromised: count > 0, Block: block && count > 0}
}

// compromisedAction resolves the configured action for an event; ok is false
// when the event is not checked at all.
func (t *Threat) compromisedAction(p *model.Pool, c *model.Client, e Event) (action string, ok bool) {
	r := p.Risk
	if c != nil && c.Risk != nil {
		r = c.Risk // as a whole: an absent section does not fall back to the pool's
	}
	if r == nil || r.Compromised == nil {
		return shape.CompromisedCredentialsEventActionTypeBlock, !t.cfg.NoDefaults
	}
	if f := r.Compromised.EventFilter; len(f) > 0 && !slices.Contains(f, string(e)) {
		return "", false
	}
	if r.Compromised.Actions == nil {
		return shape.CompromisedCredentialsEventActionTypeNoAction, true
	}
	return wire.Of(r.Compromised.Actions.EventAction), true
}

// Refusal is the fault for a new password that the configuration wants
// refused; nil when it may pass.
func (f Finding) Refusal() error {
	if !f.Block {
		return nil
	}
	return fault.New(fault.InvalidPassword, "Provided password cannot be used for security reasons.")
}

// Record makes the event of an attempt, or nil when the pool's mode is OFF:
// then nothing is kept. An empty id makes a new one. Save it in the same Update
// as what the attempt did.
func (t *Threat) Record(p *model.Pool, clientID, sub string, typ model.EventType, r model.EventResponse, f Finding, o model.Origin, id string) *model.Event {
	if p.Mode() == model.ModeOff {
		return nil
	}
	if id == "" {
		id = t.NewID()
	}
	decision := "NoRisk"
	if f.Block {
		decision = "Block"
	}
	return &model.Event{
		PoolID: p.ID, Sub: sub, ID: id, ClientID: clientID, Type: typ, Response: r, CreatedAt: t.cfg.Now(),
		Detail: model.EventDetail{
			RiskDecision: decision, Compromised: f.Compromised, Unchecked: f.Unchecked, IP: o.IP, UserAgent: o.UserAgent,
		},
	}
}

// NewID makes the id of an event, which the tokens carry as event_id.
func (t *Threat) NewID() string {
	id, err := uuid.NewRandomFromReader(t.cfg.Rand)
	if err != nil {
		panic("the source of randomness failed: " + err.Error()) // no safe way on without it
	}
	return id.String()
}

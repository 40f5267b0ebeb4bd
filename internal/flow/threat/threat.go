// Package threat judges passwords against what is known to be leaked, and keeps the record of attempts.
//
//	mode            OFF looks at nothing, AUDIT records, ENFORCED acts
//	configuration   the client's own risk configuration, else the pool's, as a whole
//	policy          the client's own policy document, else the pool's, as a whole
//	corpus          breach: is this password known to be leaked, by itself or with this user's name?
//
// rule.go makes one rule of the first three, password.go asks the corpus and
// holds the answer against the rule, exposure.go is what stays known of a user's
// password, policies.go keeps the documents.
//
// A corpus that cannot be read neither opens nor hides anything: whether such a
// password passes is a setting, and event and metric say that it was not checked.
package threat

import (
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
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
	// Pairs knows passwords that leaked with a user name; nil = none.
	Pairs breach.PairCorpus
	// NoDefaults leaves an absent section of the risk configuration without
	// effect. By default it means what Cognito documents: all three events, BLOCK.
	NoDefaults bool
	// FailClosed refuses a password that could not be looked up, where no policy says otherwise.
	FailClosed bool

	Meter *report.Meter // nil counts nothing
	Log   *slog.Logger
	Now   func() time.Time
	Rand  io.Reader
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

// Record makes the event of an attempt, or nil when the pool's mode is OFF:
// then nothing is kept. An empty id makes a new one. Save it in the same Update
// as what the attempt did.
func (t *Threat) Record(p *model.Pool, clientID, sub string, typ model.EventType, r model.EventResponse, f Finding, o model.Origin, id string) *model.Event {
	if p.Mode() == model.ModeOff {
		return nil
	}
	now := t.cfg.Now()
	if id == "" {
		id = t.NewID(now)
	}
	decision := "NoRisk"
	if f.Block {
		decision = "Block"
	}
	return &model.Event{
		PoolID: p.ID, Sub: sub, ID: id, ClientID: clientID, Type: typ, Response: r, CreatedAt: now,
		Detail: model.EventDetail{
			RiskDecision: decision, Compromised: f.Compromised, Matched: string(f.Matched), Flagged: f.Flag,
			Unchecked: f.Unchecked, IP: o.IP, UserAgent: o.UserAgent,
		},
	}
}

// NewID makes the id of an event that is created at a time, which the tokens
// carry as event_id. The id tells that time: see model.NewEventID.
func (t *Threat) NewID(at time.Time) string {
	id, err := model.NewEventID(at, t.cfg.Rand)
	if err != nil {
		panic("the source of randomness failed: " + err.Error()) // no safe way on without it
	}
	return id
}

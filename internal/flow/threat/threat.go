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
	"hash/maphash"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
	"github.com/gatehouse-id/gatehouse/internal/base/seal"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/part/agent"
	"github.com/gatehouse-id/gatehouse/internal/part/geo"
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

	// Places tells where addresses are; nil = the atlas in the program.
	Places *geo.Finder
	// Ring names users' devices and keys their profiles; Store keeps what was
	// learned of everybody. Both are needed where sign-ins are judged.
	Ring  *seal.Ring
	Store *store.Store

	Meter *report.Meter // nil counts nothing
	Log   *slog.Logger
	Now   func() time.Time
	Rand  io.Reader
}

// Threat is safe for concurrent use.
type Threat struct {
	cfg       Config
	agents    *agent.Cache
	passwords maphash.Seed // passwords are compared within this process alone
	worlds    worlds
	engines   engines
	settled   sync.Map // pool id -> model.Event: up to where challenges left unanswered were looked for
}

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
	if cfg.Places == nil {
		var err error
		if cfg.Places, err = geo.New(geo.Config{}); err != nil {
			panic("the atlas in the program cannot be used: " + err.Error())
		}
	}
	return &Threat{cfg: cfg, agents: agent.NewCache(0), passwords: maphash.MakeSeed()}
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

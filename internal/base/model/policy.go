package model

import (
	"errors"
	"fmt"
	"time"
)

// ThreatPolicy is our own document beside Cognito's risk configuration: what
// that cannot say. A pool has one, and a client may have its own, which replaces
// the pool's as a whole. An absent member means its default.
type ThreatPolicy struct {
	Breach   *BreachPolicy   `json:"breach,omitzero"`
	Adaptive *AdaptivePolicy `json:"adaptive,omitzero"`
	Lockout  *LockoutPolicy  `json:"lockout,omitzero"`
	History  *HistoryPolicy  `json:"history,omitzero"`
	Alerts   *AlertPolicy    `json:"alerts,omitzero"`
	Feedback *FeedbackPolicy `json:"feedback,omitzero"`
	// Shadows are candidates: every attempt is judged by them too, and what they
	// would have done is kept with the event. Nothing is done.
	Shadows []Shadow `json:"shadows,omitzero"`
}

// BreachPolicy says what leaked passwords are held against, and what follows.
// Which events are looked at is the event filter of the risk configuration.
type BreachPolicy struct {
	// Match is what a password is held against; default both.
	Match Match `json:"match,omitzero"`
	// MinimumCount is how often a password must have been seen, by event, to
	// count as leaked; default 1. A pair counts however seldom it was seen.
	MinimumCount *MinimumCount `json:"minimumCount,omitzero"`
	// Response replaces the action of the risk configuration; default: that action.
	Response BreachResponse `json:"response,omitzero"`
	// Unreadable says what becomes of a password while the corpus cannot be
	// read; default: what the server is set to.
	Unreadable Unreadable `json:"unreadable,omitzero"`
	// ChangeAfterReset has whoever reset a leaked password by a code set another one
	// at the next sign-in; default no.
	ChangeAfterReset bool `json:"changeAfterReset,omitzero"`
	// SignOut ends every session of a user whose sign-in is blocked for a leaked
	// password; default no: whoever holds one proved themselves then.
	SignOut bool `json:"signOut,omitzero"`
}

// MinimumCount is a number of sightings for each event; 0 means the default, 1.
type MinimumCount struct {
	SignIn         uint32 `json:"signIn,omitzero"`
	SignUp         uint32 `json:"signUp,omitzero"`
	PasswordChange uint32 `json:"passwordChange,omitzero"`
}

// Match is what a password is held against, and what it was found by.
type Match string

// MatchPasswords is the password by itself, MatchPairs the password with the user's name.
const (
	MatchPasswords = Match("passwords")
	MatchPairs     = Match("pairs")
	MatchBoth      = Match("both")
)

// BreachResponse is what follows a leaked password.
type BreachResponse string

// RespondBlock and RespondNone are Cognito's BLOCK and NO_ACTION. RespondFlag
// lets a sign-in pass with tokens that say that a new password is due, and that
// can do nothing but set one or sign out; a new password is refused as by
// RespondBlock, since there is nothing to let pass.
const (
	RespondBlock = BreachResponse("block")
	RespondFlag  = BreachResponse("flag")
	RespondNone  = BreachResponse("none")
)

// Unreadable is what becomes of a password that could not be looked up.
type Unreadable string

// UnreadableOpen lets it pass, recorded and counted; UnreadableClosed refuses it.
const (
	UnreadableOpen   = Unreadable("open")
	UnreadableClosed = Unreadable("closed")
)

// Check refuses values that nobody knows. The error names the member.
func (p *ThreatPolicy) Check() error {
	return errors.Join(
		p.Breach.check(), p.Adaptive.check("adaptive"), p.Lockout.check(), p.History.check(), p.Alerts.check(), checkShadows(p.Shadows),
	)
}

func (b *BreachPolicy) check() error {
	if b == nil {
		return nil
	}
	return errors.Join(
		oneOf("breach.match", b.Match, MatchPasswords, MatchPairs, MatchBoth),
		oneOf("breach.response", b.Response, RespondBlock, RespondFlag, RespondNone),
		oneOf("breach.unreadable", b.Unreadable, UnreadableOpen, UnreadableClosed),
	)
}

func oneOf[T ~string](member string, is T, known ...T) error {
	for _, k := range known {
		if is == k || is == "" {
			return nil
		}
	}
	return fmt.Errorf("%s: %.40q is none of %q", member, string(is), known)
}

// PolicyVersion is a policy as it was set once. Versions are kept, so that one
// can go back to an earlier one.
type PolicyVersion struct {
	PoolID    string
	ClientID  string // empty for the pool's own
	Version   int64  // 1, 2 ...
	Policy    *ThreatPolicy
	Author    string // who set it, for people
	CreatedAt time.Time
}

// Exposure is what is known of a user's present password in leaks.
type Exposure struct {
	// Edition of the corpus in which the password was last looked up and not
	// found leaked; 0 = never (see breach.EditionOf).
	Edition uint64
	// LeakedAt is since when the password is known to be leaked; zero = it is not.
	LeakedAt time.Time
	// LeakedBy is how: MatchPasswords, MatchPairs, or "similar" for a neighbour of a pair.
	LeakedBy Match
}

// Leaked tells whether the present password is known to be leaked.
func (e Exposure) Leaked() bool { return !e.LeakedAt.IsZero() }

// Candidate is a password that leaked with the name of a user, to be held
// against the user's record. Box is sealed, and the row is gone once it was tried.
type Candidate struct {
	ID     string
	PoolID string
	Sub    string
	Box    []byte
	DueAt  time.Time // when it may be tried, or tried again after a worker died
}

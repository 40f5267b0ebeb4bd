package threat

import (
	"errors"

	"github.com/google/uuid"

	"github.com/gatehouse-id/gatehouse/breach"
	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/report"
)

// MatchSimilar is how a new password was found that is a small change to one
// that leaked with the user's name.
const MatchSimilar = model.Match("similar")

// Finding is what is known of one password, and what is to be done about it.
type Finding struct {
	Checked     bool // it was looked up
	Compromised bool // it is known to be leaked
	// Matched is how it was found: MatchPasswords, MatchPairs or MatchSimilar.
	Matched model.Match
	Block   bool // refuse it
	Flag    bool // let it sign in, for a new password only
	// Unchecked says why it could not be looked up; empty otherwise.
	Unchecked string
	// Edition is that of the corpus that was asked; 0 when it was not.
	Edition uint64
}

// Password judges a password that was given for an event, for a user who may
// not be stored yet. c may be nil where no client is known.
//
// Ask only about a password that was just verified, or is being set by somebody
// who may know whether the name is taken: the answer tells of leaks.
func (t *Threat) Password(p *model.Pool, c *model.Client, u *model.User, e Event, password string) Finding {
	r, ok := t.rule(p, c, e)
	if !ok {
		return Finding{}
	}
	f, err := t.look(r, u, password)
	if err != nil && !f.Compromised { // a hit counts even when a part of the corpus cannot be read
		t.cfg.Log.Error("leaked passwords cannot be looked up", "pool", p.ID, "event", string(e), "closed", r.closed, "error", err)
		t.cfg.Meter.Add(report.BreachUnreadable, p.ID, string(e))
		known := e == SignIn && f.Edition != 0 && u.Exposure.Edition == f.Edition // it was found clean in this very corpus
		return Finding{
			Unchecked: "the corpus cannot be read",
			Block:     r.closed && r.response != model.RespondNone && !known,
		}
	}
	f.Checked = true
	return t.respond(p, r, f)
}

// Stored judges the password of a user who signs in without showing it, as by
// SRP: by what was found out earlier.
func (t *Threat) Stored(p *model.Pool, c *model.Client, u *model.User) Finding {
	r, ok := t.rule(p, c, SignIn)
	if !ok || !u.Exposure.Leaked() {
		return Finding{}
	}
	return t.respond(p, r, Finding{Compromised: true, Matched: u.Exposure.LeakedBy})
}

// Due tells whether the user must set a new password before anything else: the
// policy flags leaked passwords, and theirs is one.
func (t *Threat) Due(p *model.Pool, c *model.Client, u *model.User) bool {
	if !u.Exposure.Leaked() {
		return false
	}
	r, ok := t.rule(p, c, SignIn)
	return ok && r.response == model.RespondFlag
}

// respond adds what is to be done about what was found.
func (t *Threat) respond(p *model.Pool, r rule, f Finding) Finding {
	if !f.Compromised {
		return f
	}
	switch r.response {
	case model.RespondBlock:
		f.Block = true
	case model.RespondFlag:
		// A password that is only being set need not be let pass to be replaced.
		f.Flag, f.Block = r.event == SignIn, r.event != SignIn
	}
	t.cfg.Meter.Add(report.CompromisedCredentials, p.ID, string(r.event), string(f.Matched), f.response())
	return f
}

// response names what is done, for a metric.
func (f Finding) response() string {
	switch {
	case f.Block:
		return string(model.RespondBlock)
	case f.Flag:
		return string(model.RespondFlag)
	}
	return string(model.RespondNone)
}

// look asks the corpus what the rule wants to know.
func (t *Threat) look(r rule, u *model.User, password string) (f Finding, err error) {
	// First: a corpus that is replaced meanwhile must not pass for the one that was asked.
	f.Edition = breach.EditionOf(t.cfg.Corpus)
	var unread []error
	if r.match != model.MatchPairs {
		count, err := t.cfg.Corpus.Count(breach.Sum(password))
		if f.Compromised = count >= r.minimum; f.Compromised {
			f.Matched = model.MatchPasswords
		}
		unread = append(unread, err)
	}
	if r.match != model.MatchPasswords && t.cfg.Pairs != nil {
		matched, err := t.lookPairs(r, u, password)
		if matched != "" { // tells more than that somebody has the same password
			f.Compromised, f.Matched = true, matched
		}
		unread = append(unread, err)
	}
	return f, errors.Join(unread...)
}

// lookPairs asks whether the password leaked with one of the user's names. A
// new password is held against its neighbours too.
func (t *Threat) lookPairs(r rule, u *model.User, password string) (model.Match, error) {
	var unread []error
	known := func(name, password string) bool {
		n, err := t.cfg.Pairs.CountPair(name, password)
		unread = append(unread, err)
		return n > 0
	}
	names := Names(u)
	for _, name := range names {
		if known(name, password) {
			return model.MatchPairs, nil
		}
	}
	if r.event == SignIn || errors.Join(unread...) != nil {
		return "", errors.Join(unread...)
	}
	for _, name := range names {
		for other := range breach.Similar(password) {
			if known(name, other) {
				return MatchSimilar, nil
			}
		}
	}
	return "", errors.Join(unread...)
}

// named are the attributes by which lists of leaked pairs may know a user.
var named = []string{"email", "phone_number", "preferred_username"}

// Names are the names by which lists of leaked pairs may know a user: at most four.
func Names(u *model.User) []string {
	var names []string
	if uuid.Validate(u.Username) != nil { // nobody signs up elsewhere under a UUID of ours
		names = append(names, u.Username)
	}
	for _, attribute := range named {
		if v := u.Attributes[attribute]; v != "" {
			names = append(names, v)
		}
	}
	return names
}

// Refusal is the fault for a new password that is to be refused; nil when it may pass.
func (f Finding) Refusal() error {
	if !f.Block {
		return nil
	}
	return fault.New(fault.InvalidPassword, "Provided password cannot be used for security reasons.")
}

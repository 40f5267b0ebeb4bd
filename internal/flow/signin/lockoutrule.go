package signin

import (
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
)

// Cognito's curve (spec 10.1): the fifth failure locks for a second, each further
// one doubles that, up to about 15 minutes. 15 quiet minutes after the last failure
// and its lock forget all.
const (
	freeFailures = 5
	longestLock  = 15 * time.Minute
	quietPeriod  = 15 * time.Minute
)

// What is looked at from a known place while the account is locked: so many
// failures, until a success there or a day without one.
const (
	spareFailures = 5
	spareMemory   = 24 * time.Hour
)

// rule is the lockout policy of a pool, with its defaults.
type rule struct{ model.LockoutPolicy }

func ruleOf(p *model.Pool) rule {
	if p.Policy == nil {
		return rule{(*model.LockoutPolicy)(nil).Filled()}
	}
	return rule{p.Policy.Lockout.Filled()}
}

// locked tells whether attempts are refused.
func locked(l model.Lockout, now time.Time) bool { return now.Before(l.LockedUntil) }

// failed counts one more wrong password.
func (r rule) failed(l model.Lockout, now time.Time) model.Lockout { return r.count(l, 1, now) }

// wrongCode counts one more wrong code of a second factor, which may weigh less.
func (r rule) wrongCode(l model.Lockout, now time.Time) model.Lockout {
	return r.count(l, *r.FactorWeight, now)
}

func (r rule) count(l model.Lockout, weight float64, now time.Time) model.Lockout {
	l = live(l, now)
	l.Failures++
	l.LastAt = now
	n := l.Failures
	if weight < 1 {
		n = int64(float64(n)*weight + 1e-9) // ten times a tenth are one
	}
	if lock := r.lock(n); lock > 0 {
		l.LockedUntil = now.Add(lock)
	}
	l.ForgetAt = r.forgetAt(l)
	return l
}

// live is what of a count still says something.
func live(l model.Lockout, now time.Time) model.Lockout {
	if !now.Before(l.ForgetAt) {
		return model.Lockout{PoolID: l.PoolID, Subject: l.Subject}
	}
	return l
}

// lock is for how long the n-th failure locks.
func (r rule) lock(n int64) (lock time.Duration) {
	if over := n - freeFailures; r.Kind != model.LockoutThreshold && over >= 0 {
		lock = longestLock
		if over < 10 { // 2^10 s is past the longest already
			lock = min(lock, time.Second<<over)
		}
	}
	if r.Kind != model.LockoutCognito && n >= int64(r.Failures) {
		lock = max(lock, time.Duration(r.Duration))
	}
	return lock
}

// forgetAt is from when on a count begins anew.
func (r rule) forgetAt(l model.Lockout) (at time.Time) {
	if r.Kind != model.LockoutThreshold {
		at = later(l.LastAt, l.LockedUntil).Add(quietPeriod)
	}
	if r.Kind != model.LockoutCognito {
		at = later(at, later(l.LastAt.Add(time.Duration(r.Window)), l.LockedUntil))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// counts are what one attempt is held against.
type counts struct {
	rule    rule
	account model.Lockout
	// place has a Subject where the user is known for where the attempt comes
	// from; device, if that is by its key, and not only by its network.
	place  model.Lockout
	device bool
	// network is how many failures came from there, over all accounts.
	network int64
}

// view is how far an attempt is looked at.
type view int

const (
	shut  view = iota // not at all: right and wrong passwords are refused alike
	quiet             // a right password passes, a wrong one reads as if shut
	open              // and either is told
)

func (c counts) view(now time.Time) view {
	switch {
	case c.crowded() && !(c.device && c.spare(now)):
		return shut
	case !locked(c.account, now):
		return open
	case c.spare(now):
		return quiet
	}
	return shut
}

// crowded tells whether too many failures came from the network. Nobody but a
// known device gets past that: the network by itself is what is refused.
func (c counts) crowded() bool {
	return c.rule.PerNetwork > 0 && c.network >= int64(c.rule.PerNetwork)
}

// spare tells whether the attempt comes from a known place that has failures to spare.
func (c counts) spare(now time.Time) bool {
	allowed := int64(spareFailures)
	if c.rule.Kind != model.LockoutCognito {
		allowed = min(allowed, int64(c.rule.Failures))
	}
	return c.place.Subject != "" && live(c.place, now).Failures < allowed
}

// failed counts a wrong password that was looked at.
func (c counts) failed(now time.Time) counts {
	if c.view(now) == open {
		c.account = c.rule.failed(c.account, now)
		c.network++
	}
	if c.place.Subject != "" {
		c.place = live(c.place, now)
		c.place.Failures++
		c.place.LastAt = now
		// Not before the account's: who is alone at an account must see its curve.
		c.place.ForgetAt = later(now.Add(spareMemory), c.account.ForgetAt)
	}
	return c
}

// passed forgets, after a right password, the failures from where it came from,
// and those of the account, unless it is locked: whoever tries passwords elsewhere
// must not be helped by the owner who signs in at home.
func (c counts) passed(now time.Time) counts {
	if c.view(now) == open {
		c.account.Failures = 0
	}
	c.place.Failures = 0
	return c
}

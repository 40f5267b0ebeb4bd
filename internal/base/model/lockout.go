package model

import (
	"errors"
	"net/netip"
	"time"

	"github.com/gatehouse-id/gatehouse/risk"
)

// LockoutPolicy says when failures lock. It is the pool's: that of a client counts
// for nothing, because the failures of an account are counted over all clients.
type LockoutPolicy struct {
	// Kind is the curve; default cognito.
	Kind LockoutKind `json:"kind,omitzero"`
	// Failures lock for Duration, with LockoutThreshold and LockoutBoth, and so
	// does each further one. They count together while less than Window lies
	// between one and the next, and until a success. Defaults 5, 15m and 15m.
	Failures int           `json:"failures,omitzero"`
	Window   risk.Duration `json:"window,omitzero"`
	Duration risk.Duration `json:"duration,omitzero"`
	// FactorWeight is how much of a failure a wrong code of a second factor is, in
	// the count of wrong codes; 0.1 to 1, default 1.
	FactorWeight *float64 `json:"factorWeight,omitzero"`
	// PerNetwork is how many failures can come from one network within Window,
	// over all accounts, before it is refused for the rest of that; default 0,
	// which is no limit: offices and mobile carriers share addresses.
	PerNetwork int `json:"perNetwork,omitzero"`
}

// LockoutKind is a curve of locks.
type LockoutKind string

// LockoutCognito locks 2^(n-5) s from the fifth failure, up to 15 minutes;
// LockoutThreshold locks by Failures, Window and Duration; LockoutBoth by
// whichever locks longer.
const (
	LockoutCognito   = LockoutKind("cognito")
	LockoutThreshold = LockoutKind("threshold")
	LockoutBoth      = LockoutKind("both")
)

// Filled is the policy with its defaults, also of none.
func (l *LockoutPolicy) Filled() LockoutPolicy {
	p := LockoutPolicy{}
	if l != nil {
		p = *l
	}
	if p.Kind == "" {
		p.Kind = LockoutCognito
	}
	if p.Failures == 0 {
		p.Failures = 5
	}
	for _, d := range []*risk.Duration{&p.Window, &p.Duration} {
		if *d == 0 {
			*d = risk.Duration(15 * time.Minute)
		}
	}
	if p.FactorWeight == nil {
		whole := 1.0
		p.FactorWeight = &whole
	}
	return p
}

// leastFactorWeight keeps wrong codes from being free: there are only a million.
const leastFactorWeight = 0.1

func (l *LockoutPolicy) check() error {
	if l == nil {
		return nil
	}
	errs := []error{
		oneOf("lockout.kind", l.Kind, LockoutCognito, LockoutThreshold, LockoutBoth),
		between("lockout.failures", l.Failures, 0, 1000),
		between("lockout.perNetwork", l.PerNetwork, 0, 1_000_000),
	}
	for _, d := range []struct {
		member string
		is     risk.Duration
	}{{"lockout.window", l.Window}, {"lockout.duration", l.Duration}} {
		if d.is != 0 && (time.Duration(d.is) < time.Second || time.Duration(d.is) > 24*time.Hour) {
			errs = append(errs, errors.New(d.member+": not between 1s and 24h"))
		}
	}
	if w := l.FactorWeight; w != nil && !(*w >= leastFactorWeight && *w <= 1) {
		errs = append(errs, errors.New("lockout.factorWeight: not between 0.1 and 1"))
	}
	return errors.Join(errs...)
}

// Lockout is one count of failures.
type Lockout struct {
	PoolID string
	// Subject is whose failures: a sub, a keyed hash of an unknown name, or a part
	// of a user, such as FactorSubject.
	Subject string
	// Failures counted since the last success or quiet period.
	Failures    int64
	LastAt      time.Time // the last counted failure
	LockedUntil time.Time
	// ForgetAt is from when on the count says nothing more.
	ForgetAt time.Time
}

// FactorSubject is under what wrong codes of a user's second factor are counted:
// apart from passwords, because only who knows the password can try a code.
func FactorSubject(sub string) string { return sub + "/mfa" }

// PlaceSubject is under what the failures are counted that came from one place
// where the user is known. The name of the place is a keyed hash of it.
func PlaceSubject(sub, place string) string { return sub + "/at/" + place }

// NetworkFailures is under what kind the failures of a Network are counted.
const NetworkFailures = "failed passwords"

// Network is whom an address stands for where many are counted: a /24 of IPv4,
// a /48 of IPv6; "nowhere" for what is no address.
func Network(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "nowhere"
	}
	addr = addr.Unmap().WithZone("")
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	return netip.PrefixFrom(addr, bits).Masked().String()
}
